// The history of a model set as a chart takes it: points, and what happened between them.

import type { FileChange, HistoryPoint } from "../../../../admin/shapes/history.ts";
import type { ModelSetDetail } from "../../../../admin/shapes/shapes.ts";
import { count } from "../../../../lib/figures.ts";
import type { Mark } from "../../parts/marks.ts";

/** What a view knows of a set. */
export interface Known {
  readonly detail: ModelSetDetail;
  /** Oldest first. */
  readonly points: readonly HistoryPoint[];
}

/** A mark with the point at which it happened. */
export interface Happening extends Omit<Mark, "x"> {
  readonly point: HistoryPoint;
}

/** As many as a page holds; the memory of a tab stays flat. */
const MOST_POINTS = 20_000;

/** With those that came since, newest first as the API has them; the oldest go where there are too many. */
export function grown(known: readonly HistoryPoint[], newestFirst: readonly HistoryPoint[]): readonly HistoryPoint[] {
  const last = known.at(-1)?.version ?? 0;
  const fresh = newestFirst.filter(({ version }) => version > last).reverse();
  return fresh.length === 0 ? known : [...known, ...fresh].slice(-MOST_POINTS);
}

/** Oldest first. */
export function happenings(points: readonly HistoryPoint[]): readonly Happening[] {
  return points.flatMap((point, i) => told(point, points[i - 1]));
}

function told(point: HistoryPoint, before: HistoryPoint | undefined): Happening[] {
  const { champion, drift = [], restarted = [], restored, file } = point;
  return [
    ...(restored === undefined ? [] : [{ point, kind: "warn", text: rollbackText(restored, point, before) } as const]),
    ...(file === undefined ? [] : [{ point, kind: "plain", text: fileText(file) } as const]),
    ...drift.map(({ model, detector, change, challenger }): Happening => {
      const began = challenger === undefined ? "" : `; ${challenger} began to learn anew beside it`;
      const text = `drift: the error of ${model} ${change === "rise" ? "rose" : "fell"}, by ${detector}${began}`;
      return { point, kind: change === "rise" ? "warn" : "plain", text };
    }),
    ...restarted.map(
      ({ model, challenger, why }): Happening => ({
        point,
        kind: "good",
        text: `${challenger} replaced ${model}: ${why}`,
      }),
    ),
    ...(champion === undefined
      ? []
      : [{ point, kind: "good", text: `${champion.to} serves instead of ${champion.from}: ${champion.why}` } as const]),
  ];
}

function rollbackText(to: number, point: HistoryPoint, before: HistoryPoint | undefined): string {
  const from = before === undefined ? "" : `from ${count(before.count)} to `;
  return `rollback to version ${count(to)}: ${from}${count(point.count)} examples`;
}

function fileText({ from, to, added, removed }: FileChange): string {
  const models = [
    ...(added.length > 0 ? [`with ${added.join(", ")}`] : []),
    ...(removed.length > 0 ? [`without ${removed.join(", ")}`] : []),
  ];
  const words = models.length > 0 ? models.join(", ") : "the same models";
  return `pipeline revision ${to} instead of ${from}: ${words}`;
}
