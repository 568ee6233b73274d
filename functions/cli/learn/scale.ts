// The axes of a chart: which range of values is shown, and where its marks are.

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Beyond these shares of the values some are shown at the edge, where they are far off. */
const SHARES = [0.02, 0.98] as const;

/** Scores past it are infinite for people. */
const MOST = 1e300;
/** A narrower range would show nothing but rounding. */
const LEAST_WIDTH = 1e-9;

/** The range that shows nearly all of the values: the few beyond it are far off, such as scores of the first rows. */
export function rangeOf(values: readonly number[]): Range {
  const sorted = values
    .filter(Number.isFinite)
    .map((value) => Math.max(-MOST, Math.min(MOST, value)))
    .sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(SHARES[0]), at(SHARES[1])];
  const room = high - low;
  const [least, most] = [at(0), at(1)];
  const range = { low: least >= low - room ? least : low, high: most <= high + room ? most : high };
  const width = Math.max(LEAST_WIDTH, LEAST_WIDTH * Math.abs(range.high), LEAST_WIDTH * Math.abs(range.low));
  if (range.high - range.low >= width) return range;
  const around = Math.max(width, Math.abs(range.low) * 0.05);
  return { low: range.low - around, high: range.low + around };
}

/** From 0 to 1, at the edge for what is beyond. */
export function shareOf(value: number, { low, high }: Range): number {
  return Math.max(0, Math.min(1, (value - low) / (high - low)));
}

/** Round numbers within the range, about `wanted` of them: steps of 1, 2 or 5 times a power of ten. */
export function marksOf({ low, high }: Range, wanted: number): readonly number[] {
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((one) => one * power >= rough) ?? 10) * power;
  const marks: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high && marks.length <= 2 * wanted + 2; i++) {
    if (i * step >= low) marks.push(i * step);
  }
  return marks;
}

/** The marks as people read them, with as many digits as tell them apart. */
export function markTexts(marks: readonly number[]): readonly string[] {
  const [first = 0, second = first + 1] = marks;
  const largest = Math.max(...marks.map(Math.abs), 0);
  const step = Math.abs(second - first);
  if (largest >= 1e9 || step < 1e-6) {
    const figures = Math.max(0, Math.min(15, Math.ceil(Math.log10(largest / step))));
    return marks.map((mark) => (Math.abs(mark) < step / 2 ? "0" : mark.toExponential(figures)));
  }
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return marks.map((mark) => {
    const [whole = "", part] = mark.toFixed(digits).split(".");
    return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${part === undefined ? "" : `.${part}`}`.replace(
      /^-(0(\.0+)?)$/,
      "$1",
    );
  });
}
