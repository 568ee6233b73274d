// Putting a replayed generation in force, while the stream goes on: no example is lost or learned twice by it.
//
//   P1  What the old generation has learned lies before the end of the log that is read under the hold, for nothing is
//       committed to it any more: so the new generation has it too.
//   P2  What comes after that end waits (learn answers 503) and is learned by the new generation.
//   P3  A set is flipped only while the hold stands and its revision has not moved; otherwise there is another attempt.
//   P4  A set that was flipped is done: it is not held again, whatever becomes of the others.
//   P5  Where other logs have fed the store, too, the new generation must have all that the old one has learned: that is
//       counted under the hold, before anything is put in force.

import { randomUUID } from "node:crypto";
import { distance, type EventLog } from "../../lib/broker/event-log.ts";
import type { Clock } from "../../lib/clock.ts";
import { RejectedError, UnavailableError } from "../../lib/errors.ts";
import type { Generations } from "../../lib/store/generations.ts";
import type { LearnedIds } from "../../lib/store/learned-ids.ts";
import type { StateReader } from "../../lib/store/store.ts";
import { checkNothingLacks, type OtherLogs } from "./other-logs.ts";
import { mayPass, type Replay } from "./replay.ts";
import { together } from "./together.ts";

export interface PromotionDeps {
  readonly log: EventLog;
  readonly models: StateReader & Generations & LearnedIds;
  readonly clock: Clock;
  /** All sets of the pipeline that the store has. */
  sets(): Promise<readonly string[]>;
  /** P5. */
  readonly otherLogs: OtherLogs;
}

const HOLD_MS = 20_000;
/** Attempts in a row in which no set was flipped. */
const ATTEMPTS = 5;
/** Before the hold the replay catches up until so few events are left, at most so many times. */
const SOON = 2_000;
const ROUNDS = 10;
const PAUSE_MS = 500;
/** An export or another promotion that holds a set is waited for so long. */
const PATIENCE_MS = 60_000;

/** How an attempt ended. `held`: by an export or another promotion. `away`: the store or the log. */
type Outcome = "flipped" | "moved" | "held" | "away";

interface Attempt {
  readonly replay: Replay;
  readonly generation: string;
  readonly deps: PromotionDeps;
  readonly signal: AbortSignal;
  readonly token: string;
  /** Sets that this attempt holds, and the revision that each had then. */
  readonly held: Map<string, string>;
}

/**
 * @throws RejectedError where there is nothing to put in force.
 * @throws UnavailableError where too much came all the time: the old generation is in force then wherever it was not
 * flipped, and the same request goes on with those sets.
 */
export async function promote(
  replay: Replay,
  generation: string,
  deps: PromotionDeps,
  signal: AbortSignal,
): Promise<void> {
  let waited = 0;
  for (let attempts = 0; attempts < ATTEMPTS && waited < PATIENCE_MS; ) {
    const done = replay.inForce.size;
    const outcome = await attempt({ replay, generation, deps, signal, token: randomUUID(), held: new Map() });
    if (outcome === "flipped") return checkFlipped(replay, generation);
    if (replay.inForce.size > done) [attempts, waited] = [0, 0];
    if (outcome === "moved") attempts++;
    if (outcome === "held") waited += PAUSE_MS;
    if (outcome !== "moved") await new Promise<void>((resolve) => void deps.clock.after(PAUSE_MS, resolve));
    signal.throwIfAborted();
  }
  throw notPromoted(replay, generation, waited);
}

async function attempt(one: Attempt): Promise<Outcome> {
  try {
    await catchUp(one);
    if (!(await holdAll(one))) return "held";
    return await flip(one);
  } catch (error) {
    if (mayPass(error)) return "away";
    throw error;
  } finally {
    await releaseAll(one);
  }
}

async function catchUp({ replay, deps: { log }, signal }: Attempt): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const end = await log.end();
    const left = distance(replay.position, end);
    await replay.advance(end, signal);
    if (left <= SOON) return;
  }
}

/** P1. The replay may meet new sets on the way to the end of the log: they are held, too. False where one is held by another. */
async function holdAll({ replay, generation, deps, signal, token, held }: Attempt): Promise<boolean> {
  const { log, models, sets } = deps;
  const unheld = async () =>
    [...new Set([...replay.sets, ...(await sets())])].filter((set) => !held.has(set) && !replay.inForce.has(set));
  for (let fresh = await unheld(); fresh.length > 0; fresh = await unheld()) {
    const holds = await together(fresh, async (set) => {
      if (!(await models.hold(set, token, HOLD_MS))) return false;
      held.set(set, "");
      const head = await models.head(set);
      held.set(set, head.revision);
      // P4, by another promotion of the same generation.
      if (head.generation === generation) {
        replay.inForce.add(set);
        await models.release(set, token);
      }
      return true;
    });
    if (holds.includes(false)) return false;
    await replay.advance(await log.end(), signal);
  }
  return true;
}

async function flip({ replay, generation, deps, signal, token, held }: Attempt): Promise<Outcome> {
  const { models, otherLogs } = deps;
  const sets = [...replay.sets].filter((set) => !replay.inForce.has(set));
  const prolong = (set: string) => models.hold(set, token, HOLD_MS);
  await checkNothingLacks({ models, generation, sets, otherLogs, prolong, signal });
  const flips = await together(sets, async (set) => {
    // Of many sets the first ones' hold may have ended: their revision shows whether they moved (P3).
    if (!(await prolong(set))) return false;
    if (!(await models.promote(set, { token, generation, expectedRevision: held.get(set) ?? "" }))) return false;
    replay.inForce.add(set);
    return true;
  });
  return flips.includes(false) ? "moved" : "flipped";
}

/** Where the store is away the holds end by themselves. */
async function releaseAll({ deps: { models }, token, held }: Attempt): Promise<void> {
  try {
    await together(held.keys(), (set) => models.release(set, token));
  } catch (error) {
    if (!mayPass(error)) throw error;
  }
}

function checkFlipped({ inForce }: Replay, generation: string): void {
  if (inForce.size > 0) return;
  throw new RejectedError(
    "nothing-learned",
    `generation ${generation} has learned nothing of what was replayed, so nothing is put in force; to go back to the ` +
      `generation before as it is: wadi models rollback <set> --to-generation ${generation}`,
  );
}

function notPromoted({ inForce }: Replay, generation: string, waited: number): UnavailableError {
  const why =
    waited < PATIENCE_MS
      ? `in ${ATTEMPTS} attempts: more comes than is replayed in ${HOLD_MS / 1000} s`
      : `in ${PATIENCE_MS / 1000} s: its model sets are being exported, or promoted by somebody else`;
  const part = inForce.size === 0 ? "the old one still learns" : `${inForce.size} sets have it by now`;
  return new UnavailableError(
    "not-promoted",
    `generation ${generation} did not come into force ${why}; ${part}. The same again goes on from here: try it later`,
  );
}
