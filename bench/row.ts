// What a row of the table is: something measured in several rounds beside its anchor, and the bar it is held to.

import type { Session } from "./session.ts";

/** Measurements of one thing, one a round. */
export interface Samples {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** Microseconds of CPU for one of what `unit` counts, one a round; absent where it was not looked at, or cannot be. */
  readonly cpu?: readonly number[];
}

/** `of` says what is held to it: the median of the ratios, or of our own figures. */
export interface Bar {
  readonly of: "ratio" | "ours";
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Result {
  readonly what: string;
  readonly anchor?: Samples;
  readonly ours: Samples;
  /** `ours` over `anchor`, round by round; turned round where a rate is compared by its time. */
  readonly ratio?: readonly number[];
  readonly bar?: Bar;
}

export interface Context {
  readonly rounds: number;
  /** Also what takes many minutes. */
  readonly full: boolean;
  /** Fewer events: for a test of the bench itself, not for figures. */
  readonly small: boolean;
  readonly session: Session;
  /** What is going on, for who waits. */
  progress(text: string): void;
  /** What must be known to read the figures; printed under the table. */
  note(text: string): void;
}

/** Rounds that do not count. In the first two ours is still compiled, beside the loop: an event then costs half as much again. */
export const WARM_UP = 3;

export interface Row {
  readonly name: string;
  readonly title: string;
  /** @throws Error where what is measured does not do its work rightly: then its speed means nothing. */
  run(context: Context): Promise<readonly Result[]>;
}

/** What became of a row that could not be measured: the others are, all the same. */
export interface FailedRow {
  readonly name: string;
  readonly title: string;
  readonly message: string;
}

/** Ours over the anchor's, pairs of the same round: what slows the machine down slows both. */
export function ratios(ours: readonly number[], anchor: readonly number[]): readonly number[] {
  return ours.map((value, i) => value / (anchor[i] as number));
}

export function microsecondsEach(seconds: number, count: number): number {
  return (seconds / count) * 1e6;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** What the bar is held to: the median of the ratios, or of our own figures. Undefined where there is no bar. */
export function barredFigure({ bar, ours, ratio }: Pick<Result, "bar" | "ours" | "ratio">): number | undefined {
  if (bar === undefined) return undefined;
  return median(bar.of === "ours" ? ours.values : (ratio ?? []));
}

/** Undefined where there is no bar. */
export function isMet(result: Pick<Result, "bar" | "ours" | "ratio">): boolean | undefined {
  const { bar } = result;
  const value = barredFigure(result);
  if (bar === undefined || value === undefined) return undefined;
  return value >= (bar.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (bar.atMost ?? Number.POSITIVE_INFINITY);
}

/** Of a result, with its anchor: no two of a run have the same. */
export function nameOf({
  what,
  anchor,
}: {
  readonly what: string;
  readonly anchor?: { readonly name: string };
}): string {
  return anchor === undefined ? what : `${what}, against ${anchor.name}`;
}

/** A number for people: three digits where it is not large. */
export function figure(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
