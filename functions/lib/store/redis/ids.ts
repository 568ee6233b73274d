// Learned ids as the scripts take them.

import { HOUR_MS } from "../../duration.ts";
import type { LearnedId } from "../stored-model.ts";

const MAX_ID = "9223372036854775807";

/** As SQLite would read them. @throws RangeError for what can only be a fault of the caller. */
export function canonicalIds(ids: readonly LearnedId[]): readonly { id: string; expiresHour: number }[] {
  const read = ids.map(({ id, expiresAt }) => ({ id: canonicalId(id), expiresHour: Math.ceil(expiresAt / HOUR_MS) }));
  if (read.length > 1 && new Set(read.map(({ id }) => id)).size < read.length) {
    throw new RangeError("a commit names an id twice: its state has learned that example twice");
  }
  return read;
}

/** Redis packs only integers in their canonical form. @throws RangeError, as `canonicalIds`. */
export function canonicalId(text: string): string {
  const id = /^(?:0|[1-9]\d{0,18})$/.test(text) ? text : BigInt(text).toString();
  if (id.length < MAX_ID.length ? id.startsWith("-") : id.length > MAX_ID.length || id > MAX_ID) {
    throw new RangeError(`the learned id ${text} has more than 63 bits`);
  }
  return id;
}
