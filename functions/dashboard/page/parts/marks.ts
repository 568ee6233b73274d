// What happened, as vertical lines in a chart. Those that are too close to be told apart are one line, which says how many.

export interface Mark {
  readonly x: number;
  readonly text: string;
  readonly kind: "good" | "warn" | "plain";
}

/** In CSS pixels: less than that, and words beside lines lie on one another. */
const LEAST_GAP = 48;
/** Words beside lines that are close lie in rows by turns. */
const ROWS = 2;
const ROW = 12;

export interface MarkGroup {
  /** Of its first mark, in pixels. */
  readonly at: number;
  readonly kind: Mark["kind"];
  /** The number of its mark in the list below the chart; of several the first and the last, and how many they are. */
  readonly text: string;
}

interface PlacedMark {
  readonly at: number;
  readonly kind: Mark["kind"];
  /** In the list. */
  readonly number: number;
}

/** @param placed from left to right. @param leastGap between two groups, in the same pixels. */
export function groupsOf(placed: readonly PlacedMark[], leastGap: number): readonly MarkGroup[] {
  const groups: PlacedMark[][] = [];
  for (const mark of placed) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && mark.at - last[0].at < leastGap) last.push(mark);
    else groups.push([mark]);
  }
  return groups.map((group) => {
    const [first, last] = [group[0] as PlacedMark, group.at(-1) as PlacedMark];
    const kinds = group.map(({ kind }) => kind);
    const kind = kinds.find((one) => one === "warn") ?? kinds.find((one) => one === "good") ?? "plain";
    const text = group.length === 1 ? `${first.number}` : `${first.number}–${last.number} (${group.length})`;
    return { at: first.at, kind, text };
  });
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly area: Area;
  /** Canvas pixels a CSS pixel. */
  readonly ratio: number;
  readonly place: (x: number) => number;
  readonly colourOf: (kind: Mark["kind"]) => string;
}

export function drawMarks(marks: readonly Mark[], { context, area, ratio, place, colourOf }: Drawing): void {
  const right = area.left + area.width;
  const placed = marks
    .map(({ x, kind }, i) => ({ at: Math.round(place(x)), kind, number: i + 1 }))
    .filter(({ at }) => at >= area.left && at <= right);
  context.save();
  context.font = `${11 * ratio}px system-ui, sans-serif`;
  context.setLineDash([4, 4]);
  for (const [i, { at, kind, text }] of groupsOf(placed, LEAST_GAP * ratio).entries()) {
    context.strokeStyle = colourOf(kind);
    context.fillStyle = context.strokeStyle;
    context.beginPath();
    context.moveTo(at, area.top);
    context.lineTo(at, area.top + area.height);
    context.stroke();
    const isCut = at + 3 + context.measureText(text).width > right;
    context.textAlign = isCut ? "right" : "left";
    context.fillText(text, at + (isCut ? -3 : 3), area.top + ROW * ratio * (1 + (i % ROWS)));
  }
  context.restore();
}
