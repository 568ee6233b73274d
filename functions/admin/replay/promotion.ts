// Putting a replayed generation in force, while the stream goes on: no example is lost or learned twice by it.
//
//   P1  What the old generation has learned lies before the end of the log that is read under the hold, for nothing is
//       committed to it any more: so the new generation has it too.
//   P2  What comes behind that end waits (learn answers 503) and is learned by the new generation.
//   P3  A set is flipped only while the hold still stands and its revision has not moved; else all of it is done once more.
//   P4  A set that was flipped is done: it is not held again, whatever becomes of the others.
//   P5  Where other logs have fed the store, too, the new generation must have all that the old one has learned: it is
//       counted under the hold, before anything is put in force.

import { randomUUID } from "node:crypto";
import { distance, type EventLog } from "../../lib/broker/event-log.ts";
import type { Clock } from "../../lib/clock.ts";
import { RejectedError, UnavailableError } from "../../lib/errors.ts";
import type { ModelStore } from "../../lib/store/store.ts";
import { checkNothingLacks, type OtherLogs } from "./other-logs.ts";
import { mayPass, type Replay } from "./replay.ts";
import { together } from "./together.ts";

export interface PromotionTools {
  readonly log: EventLog;
  readonly models: ModelStore;
  readonly clock: Clock;
  /** All sets of the pipeline that the store has. */
  sets(): Promise<readonly string[]>;
  /** P5. */
  readonly otherLogs: OtherLogs;
}

const HOLD_MS = 20_000;
/** Without a set that was flipped. */
const ATTEMPTS = 5;
/** Before the hold: it catches up until so few events are left, or has tried so often. */
const SOON = 2_000;
const ROUNDS = 10;
const PAUSE_MS = 500;
/** An export or another promotion has its hold for so long, then it is let be. */
const PATIENCE_MS = 60_000;

/** Each attempt ends in one of these. `held`: by somebody else. `away`: the store or the log. */
type Outcome = "flipped" | "moved" | "held" | "away";

/**
 * @throws RejectedError where there is nothing to put in force.
 * @throws UnavailableError where the stream never let it: the old generation is in force then wherever it was not flipped,
 * and the same again goes on with those sets.
 */
export async function promote(
  replay: Replay,
  generation: string,
  { log, models, clock, sets, otherLogs }: PromotionTools,
  signal: AbortSignal,
): Promise<void> {
  let waited = 0;
  for (let attempts = 0; attempts < ATTEMPTS && waited < PATIENCE_MS; ) {
    const done = replay.inForce.size;
    const outcome = await attempt();
    if (outcome === "flipped") return checkFlipped();
    if (replay.inForce.size > done) [attempts, waited] = [0, 0];
    if (outcome === "moved") attempts++;
    if (outcome === "held") waited += PAUSE_MS;
    if (outcome !== "moved") await new Promise<void>((resolve) => void clock.after(PAUSE_MS, resolve));
    signal.throwIfAborted();
  }
  const why =
    waited < PATIENCE_MS
      ? `in ${ATTEMPTS} attempts: more comes than is replayed in ${HOLD_MS / 1000} s`
      : `in ${PATIENCE_MS / 1000} s: its model sets are being exported, or promoted by somebody else`;
  const part = replay.inForce.size === 0 ? "the old one still learns" : `${replay.inForce.size} sets have it by now`;
  throw new UnavailableError(
    "not-promoted",
    `generation ${generation} did not come into force ${why}; ${part}. The same again goes on from here: try it later`,
  );

  function checkFlipped(): void {
    if (replay.inForce.size > 0) return;
    throw new RejectedError(
      "nothing-learned",
      `generation ${generation} has learned nothing of what was replayed, so nothing is put in force; to go back to the ` +
        `generation before as it is: wadi models rollback <set> --to-generation ${generation}`,
    );
  }

  async function attempt(): Promise<Outcome> {
    const token = randomUUID();
    const held = new Set<string>();
    try {
      await catchUp();
      return await flip(token, held);
    } catch (error) {
      if (mayPass(error)) return "away";
      throw error;
    } finally {
      await release(token, held);
    }
  }

  /** Where the store is away they end by themselves. */
  async function release(token: string, held: Iterable<string>): Promise<void> {
    try {
      await together(held, (set) => models.release(set, token));
    } catch (error) {
      if (!mayPass(error)) throw error;
    }
  }

  /** P4 */
  async function leave(set: string, token: string): Promise<void> {
    replay.inForce.add(set);
    await models.release(set, token);
  }

  async function catchUp(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      const end = await log.end();
      const left = distance(replay.place, end);
      await replay.advance(end, signal);
      if (left <= SOON) return;
    }
  }

  async function flip(token: string, held: Set<string>): Promise<Outcome> {
    const revisions = new Map<string, string>();
    const unheld = async () =>
      [...new Set([...replay.sets, ...(await sets())])].filter((set) => !held.has(set) && !replay.inForce.has(set));
    for (let fresh = await unheld(); fresh.length > 0; fresh = await unheld()) {
      const holds = await together(fresh, async (set) => {
        if (!(await models.hold(set, token, HOLD_MS))) return false;
        held.add(set);
        const head = await models.head(set);
        revisions.set(set, head.revision);
        if (head.generation === generation) await leave(set, token); // somebody else's promotion of the same
        return true;
      });
      if (holds.includes(false)) return "held";
      // P1. Sets that it meets on the way are held as well, and then there may be more again.
      await replay.advance(await log.end(), signal);
    }
    const flipping = [...replay.sets].filter((set) => !replay.inForce.has(set));
    const prolong = (set: string) => models.hold(set, token, HOLD_MS);
    await checkNothingLacks({ models, generation, sets: flipping, otherLogs, prolong, signal });
    const flips = await together(flipping, async (set) => {
      // Of many sets the first ones' hold may have ended: P3 is seen to by the revision.
      if (!(await models.hold(set, token, HOLD_MS))) return false;
      const expectedRevision = revisions.get(set) ?? "";
      if (!(await models.promote(set, { token, generation, expectedRevision }))) return false;
      replay.inForce.add(set);
      return true;
    });
    return flips.includes(false) ? "moved" : "flipped";
  }
}
