// How far the truth may be from a prediction, learned from how far it was: adaptive conformal inference.
//
//   Gibbs, Candes 2021, "Adaptive conformal inference under distribution shift" (NeurIPS 34), equations 1 and 2:
//     C_t = all y with a score of at most Q_t(1 - a_t)            a_{t+1} = a_t + RATE (a - err_t),   a = 1 - level
//     err_t = 1 where the truth was outside C_t, else 0           Q_t(p) = of the n last scores the one at place ceil(p (n + 1)),
//                                                                 no bound past the last place, nothing before the first
//   By their proposition 4.1 the share outside differs from a by at most (max(a_1, 1 - a_1) + RATE) / (RATE T) in T examples,
//   whatever comes: less than 2 points in 10,000.
//
//   K1  One level is followed so. At another, 1 - level is shifted by the same factor as at the one that is followed:
//       (1 - level) a_t / a. So a greater level never gives less, and what is asked for does not change the state.
//   K2  There is nothing to tell before there are enough scores: LEAST, and as many as it takes for a place at this level.
//   K3  The state is a function of the scores, one by one, and has a bound: SCORES numbers of 4 bytes. They are rounded up, so what
//       is told holds the truths that it was made from.
//   K4  How often the truth was in the interval that was known before it is counted at the level that is followed, and begins anew with
//       another. An interval without a bound holds every truth, as in the paper.

import type { State } from "./learner.ts";
import { type Check, unsound } from "./state-form.ts";

export interface ConformalState extends State {
  /** The level that `alpha` follows. */
  readonly level: number;
  readonly alpha: number;
  /** The last scores, oldest first: the base64 of their float32s, little-endian, each rounded up. */
  readonly window: string;
  /** Examples whose interval at this level was known before their truth, and how many truths were in it; absent for none. */
  readonly n?: number;
  readonly inside?: number;
}

/** Up to which score the truth is expected; not finite for no bound, or below 0 for nothing. Or why there is none yet. */
export type Radius = { readonly radius: number } | { readonly none: string };

export interface OpenConformal {
  /** Takes the score of one example: 0 or more, the greater the worse. */
  take(score: number): void;
  /** @param level in (0, MOST_LEVEL]. */
  radius(level: number): Radius;
  /** Undefined where no score was taken. */
  close(): ConformalState | undefined;
}

/** Scores that are kept of a model. */
export const SCORES = 250;
export const LEAST = 30;
/** A level nearer to 1 has no place among so many scores. */
export const MOST_LEVEL = 0.99;
/** The level that is followed where the pipeline file says none. */
export const DEFAULT_LEVEL = 0.9;
const RATE = 0.005;
/** More than a float32 is off, so that it is not below. */
const ROUNDED_UP = 1 + 2 ** -23;

export function openConformal(followed: number, state?: ConformalState): OpenConformal {
  const goesOn = state?.schema === 1 ? state : undefined;
  const same = goesOn?.level === followed ? goesOn : undefined;
  let { alpha = 1 - followed, n = 0, inside = 0 }: Partial<ConformalState> = same ?? {};
  let opened: Scores | undefined;
  // Not before it is needed: who only predicts opens every new state, and seldom asks.
  const scores = () => {
    opened ??= new Scores(decode(goesOn?.window ?? "").slice(-SCORES));
    return opened;
  };
  return {
    take(score) {
      if (scores().count >= needed(followed)) {
        const isOutside = score > scores().quantile(1 - alpha);
        alpha += RATE * (1 - followed - (isOutside ? 1 : 0));
        n++;
        if (!isOutside) inside++;
      }
      scores().push(score);
    },
    radius(level) {
      const { count } = scores();
      const least = needed(level);
      if (count < least) return { none: `${count} of the ${least} scores that it takes are there so far` };
      const share = level === followed ? alpha : ((1 - level) * alpha) / (1 - followed);
      return { radius: scores().quantile(1 - share) };
    },
    close() {
      if (opened === undefined && same !== undefined) return same;
      const window = opened === undefined ? goesOn?.window : encode(opened.inOrder());
      if (window === undefined || window === "") return undefined;
      return { schema: 1, level: followed, alpha, window, ...(n > 0 && { n, inside }) };
    },
  };
}

/** What is wrong with a state from outside, in words; undefined for one that learning could have made. */
export const checkConformal: Check = (value) => {
  const problem = conformalProblem(value);
  if (problem !== undefined) throw unsound("", problem);
};

export function conformalProblem(state: unknown): string | undefined {
  const { schema, level, alpha, window, n = 0, inside = 0 } = (state ?? {}) as ConformalState;
  if (schema !== 1) return "must have schema 1";
  // A list of one number compares like that number.
  if (!(Number.isFinite(level) && level > 0 && level <= MOST_LEVEL))
    return `must have a level above 0 and up to ${MOST_LEVEL}`;
  if (!(Number.isFinite(alpha) && alpha >= -RATE && alpha <= 1 + RATE)) return "must have an alpha from 0 to 1";
  if (typeof window !== "string") return "must have a window of text";
  if (!isCount(n) || !isCount(inside) || inside > n) return "must have as many or fewer inside than n, both from 0";
  const bytes = Buffer.from(window, "base64");
  const count = bytes.length / Float32Array.BYTES_PER_ELEMENT;
  if (!Number.isInteger(count) || count > SCORES || bytes.toString("base64") !== window) {
    return `must have a window of at most ${SCORES} float32s in base64`;
  }
  return decode(window).every((score) => score >= 0) ? undefined : "must have scores from 0 in its window";
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What is wrong with a level that was asked for, in words with the cure. */
export function levelProblem(level: unknown): string | undefined {
  if (typeof level === "number" && level > 0 && level <= MOST_LEVEL) return undefined;
  const isPercent = typeof level === "number" && level > 1 && level < 100;
  const cure = isPercent
    ? `did you mean ${level / 100}?`
    : `the share that is to have the truth, such as ${DEFAULT_LEVEL}`;
  return `must be a number above 0 and up to ${MOST_LEVEL}: ${cure}`;
}

/** The fewest scores of which the last place is enough for a level. */
function needed(level: number): number {
  return Math.max(LEAST, Math.ceil(level / (1 - level) - 1e-9));
}

function encode(scores: Float32Array): string {
  return Buffer.from(scores.buffer, scores.byteOffset, scores.byteLength).toString("base64");
}

function decode(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** The last scores, in the order in which they came and by size. */
class Scores {
  readonly #ring = new Float32Array(SCORES);
  readonly #sorted = new Float32Array(SCORES);
  #next: number;
  count: number;

  constructor(kept: Float32Array) {
    this.#ring.set(kept);
    this.#sorted.set(kept.slice().sort());
    this.count = kept.length;
    this.#next = kept.length % SCORES;
  }

  push(exact: number): void {
    const score = Math.fround(exact * ROUNDED_UP);
    const sorted = this.#sorted;
    if (this.count === SCORES) {
      const at = placeOf(sorted, this.count, this.#ring[this.#next] as number);
      sorted.copyWithin(at, at + 1, this.count);
      this.count--;
    }
    const at = placeOf(sorted, this.count, score);
    sorted.copyWithin(at + 1, at, this.count);
    sorted[at] = score;
    this.count++;
    this.#ring[this.#next] = score;
    this.#next = (this.#next + 1) % SCORES;
  }

  /** Q of the head of this file. */
  quantile(p: number): number {
    const place = Math.ceil(p * (this.count + 1));
    if (place > this.count) return Number.POSITIVE_INFINITY;
    return place < 1 ? Number.NEGATIVE_INFINITY : (this.#sorted[place - 1] as number);
  }

  /** Oldest first. */
  inOrder(): Float32Array {
    const start = this.count < SCORES ? 0 : this.#next;
    const ordered = new Float32Array(this.count);
    for (let i = 0; i < this.count; i++) ordered[i] = this.#ring[(start + i) % SCORES] as number;
    return ordered;
  }
}

/** The first place of a sorted list whose number is not below this one. */
function placeOf(sorted: Float32Array, count: number, number: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
