// Learned ids as SQLite stores them.

import { HOUR_MS } from "../../duration.ts";
import type { LearnedId } from "../stored-model.ts";

export interface Id {
  readonly id: string;
  /** A JavaScript number would lose bits of it. */
  readonly number: bigint;
  readonly expiresHour: number;
}

/** @throws RangeError for what only a fault of the caller can bring. */
export function readIds(ids: readonly LearnedId[]): readonly Id[] {
  const read = ids.map(({ id, expiresAt }) => ({
    id,
    number: BigInt(id),
    expiresHour: Math.ceil(expiresAt / HOUR_MS),
  }));
  const tooLong = read.find(({ number }) => BigInt.asUintN(63, number) !== number);
  if (tooLong !== undefined) throw new RangeError(`the learned id ${tooLong.id} has more than 63 bits`);
  if (new Set(read.map(({ number }) => number)).size < read.length) {
    throw new RangeError("a commit names an id twice: its state has learned that example twice");
  }
  return read;
}
