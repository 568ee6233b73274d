// Chance as an argument: whatever draws takes it, so that tests decide what is drawn.

import { randomBytes } from "node:crypto";

/** At least 0, below 1. */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();

const REVISION_BYTES = 16;
/** To ask for some bytes costs as much as to ask for many. */
const drawn = { bytes: Buffer.alloc(0), used: 0 };

/** A revision of a model set: 128 random bits. */
export function newRevision(): string {
  if (drawn.used >= drawn.bytes.length) {
    drawn.bytes = randomBytes(256 * REVISION_BYTES);
    drawn.used = 0;
  }
  const from = drawn.used;
  drawn.used += REVISION_BYTES;
  return drawn.bytes.toString("hex", from, drawn.used);
}
