// Rows of a noisy line, y = beta x + noise, whose slope may change on the way; the same seed gives the same rows.

import type { Row } from "../rows/row.ts";
import { normal, seededRandom } from "./chance.ts";
import type { RowGenerator } from "./generator.ts";

export interface LineOptions {
  /** Absent: without end. */
  readonly n?: number;
  readonly beta: number;
  /** Standard deviation of the noise, which is normal. */
  readonly sigma: number;
  readonly seed: number;
  /** From row `at` (from 1) on the slope is `beta`. */
  readonly change?: { readonly beta: number; readonly at: number };
}

export const line: RowGenerator<LineOptions> = { pipeline: "line", target: "y", plan: {}, rows: lineRows };

/**
 * x is uniform in -1 to 1; both are rounded to six decimals. Beta and sigma are read for each row: who holds the options may
 * change them on the way.
 */
export function* lineRows(options: LineOptions): Generator<Row, void, void> {
  const { n = Number.POSITIVE_INFINITY, seed, change } = options;
  const random = seededRandom(seed);
  for (let number = 1; number <= n; number++) {
    const slope = change !== undefined && number >= change.at ? change.beta : options.beta;
    const x = round(2 * random() - 1);
    const fields = { x, y: round(slope * x + options.sigma * normal(random)) };
    yield { number, text: JSON.stringify(fields), fields };
  }
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
