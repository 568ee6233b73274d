// Counts what became of the rows, and keeps the first few that were refused, with their reasons.

import type { Refused } from "./examples.ts";

export interface RefusedRow {
  /** From 1, the header not counted. */
  readonly row: number;
  /** The line of the file, where its format has lines. */
  readonly line?: number;
  readonly reason: string;
  /** In words. */
  readonly why: string;
}

export interface Tally {
  rows: number;
  unlabelled: number;
  refused: number;
  /** Rows that the pipeline took. */
  taken: number;
  readonly refusedBy: Record<string, number>;
  readonly firstRefused: RefusedRow[];
  /** What is kept of it, if it is among the first few. */
  refuse(row: Refused): RefusedRow | undefined;
}

const SHOWN = 5;

export function createTally(): Tally {
  const tally: Tally = {
    rows: 0,
    unlabelled: 0,
    refused: 0,
    taken: 0,
    refusedBy: {},
    firstRefused: [],
    refuse({ i, line, reason, why }) {
      tally.refused++;
      tally.refusedBy[reason] = (tally.refusedBy[reason] ?? 0) + 1;
      if (tally.firstRefused.length >= SHOWN) return undefined;
      const kept = { row: i + 1, ...(line !== undefined && { line }), reason, why };
      tally.firstRefused.push(kept);
      return kept;
    },
  };
  return tally;
}
