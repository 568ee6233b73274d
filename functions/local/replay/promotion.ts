// Putting a replayed generation in force, while the stream goes on: no example is lost or learned twice by it.
//
//   P1  What the old generation has learned lies before the end of the log that is read under the hold, for nothing is
//       committed to it any more: so the new generation has it too.
//   P2  What comes behind that end waits (learn answers 503) and is learned by the new generation.
//   P3  A set is flipped only while the hold still stands and its revision has not moved; else all of it is done once more.

import { randomUUID } from "node:crypto";
import { distance, type EventLog } from "../../lib/broker/event-log.ts";
import { UnavailableError } from "../../lib/errors.ts";
import type { ModelStore } from "../../lib/store/store.ts";
import type { Replay } from "./replay.ts";

export interface PromotionTools {
  readonly log: EventLog;
  readonly models: ModelStore;
  /** All sets of the pipeline that the store has. */
  sets(): Promise<readonly string[]>;
}

const HOLD_MS = 20_000;
const ATTEMPTS = 5;
/** Before the hold: it catches up until so few events are left, or has tried so often. */
const SOON = 2_000;
const ROUNDS = 10;

/** @throws UnavailableError where the stream never let it; the old generation is still in force then, or goes on being so. */
export async function promote(
  replay: Replay,
  generation: string,
  { log, models, sets }: PromotionTools,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    await catchUp();
    const token = randomUUID();
    const held = new Set<string>();
    try {
      if (await flip(token, held)) return;
    } finally {
      for (const set of held) await models.release(set, token);
    }
  }
  throw new UnavailableError(
    "not-promoted",
    `generation ${generation} did not come into force in ${ATTEMPTS} attempts: more comes than is replayed in ` +
      `${HOLD_MS / 1000} s, or another promotion is under way; the old one still learns. Try again when less comes`,
  );

  async function catchUp(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      const end = await log.end();
      const left = distance(replay.place, end);
      await replay.advance(end, signal);
      if (left <= SOON) return;
    }
  }

  async function flip(token: string, held: Set<string>): Promise<boolean> {
    const revisions = new Map<string, string>();
    for (let grown = true; grown; ) {
      grown = false;
      for (const set of new Set([...replay.sets, ...(await sets())])) {
        if (revisions.has(set)) continue;
        if (!(await models.hold(set, token, HOLD_MS))) return false;
        held.add(set);
        const head = await models.head(set);
        revisions.set(set, head.revision);
        grown = true;
      }
      // P1. Sets that it meets on the way are held as well, and then there may be more again.
      await replay.advance(await log.end(), signal);
    }
    for (const set of replay.sets) {
      const expectedRevision = revisions.get(set) ?? "";
      if (!(await models.promote(set, { token, generation, expectedRevision }))) return false;
    }
    return true;
  }
}
