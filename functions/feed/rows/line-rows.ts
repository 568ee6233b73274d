// Rows of a noisy line, y = beta x + noise, whose slope may change on the way; the same seed gives the same rows.

import type { Row } from "./row.ts";

export interface LineOptions {
  readonly n: number;
  readonly beta: number;
  /** Standard deviation of the noise, which is normal. */
  readonly sigma: number;
  readonly seed: number;
  /** From row `at` (from 1) on the slope is `beta`. */
  readonly change?: { readonly beta: number; readonly at: number };
}

export function* lineRows({ n, seed, ...line }: LineOptions): Generator<Row> {
  const rows = endlessLine(seed, (number) => atRow(line, number));
  for (let number = 1; number <= n; number++) yield rows.next().value;
}

function atRow({ change, ...line }: Omit<LineOptions, "n" | "seed">, number: number): Slope {
  return change !== undefined && number >= change.at ? { ...line, beta: change.beta } : line;
}

export type Slope = Pick<LineOptions, "beta" | "sigma">;

export interface LineRow extends Row {
  readonly fields: { readonly x: number; readonly y: number };
}

/** x is uniform in -1 to 1; both are rounded to six decimals. `at` is asked for each row. */
export function* endlessLine(seed: number, at: (number: number) => Slope): Generator<LineRow, never> {
  const random = createRandom(seed);
  for (let number = 1; ; number++) {
    const { beta, sigma } = at(number);
    const x = round(2 * random() - 1);
    const fields = { x, y: round(beta * x + sigma * normal(random)) };
    yield { number, text: JSON.stringify(fields), fields };
  }
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** Box and Muller; of the pair one is used, so that each row takes the same share of the stream. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Uniform in [0, 1): mulberry32, a 32-bit generator that is good enough for examples. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
