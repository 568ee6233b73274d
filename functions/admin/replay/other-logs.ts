// Logs that have fed the same store and cannot be read here: a generation that was replayed from one log lacks the examples of
// the others.

import { RejectedError } from "../../lib/errors.ts";
import type { LogOwner } from "../../lib/store/agreement.ts";
import type { LearnedIds } from "../../lib/store/learned-ids.ts";
import { together } from "./together.ts";

export interface OtherLogs {
  list(): Promise<readonly LogOwner[]>;
  /** The command that makes the store forget logs that are gone. */
  readonly forgetting: string;
}

export interface Candidate {
  readonly models: LearnedIds;
  readonly generation: string;
  /** They are held, so that the generation in force learns nothing meanwhile. */
  readonly sets: readonly string[];
  readonly otherLogs: OtherLogs;
  /** Prolongs the hold of a set. If a hold has ended, the revision shows it when the set is flipped. */
  prolong(set: string): Promise<unknown>;
  readonly signal: AbortSignal;
}

/** Pages of ids between two prolongations: some hundred milliseconds. */
const PROLONG_EVERY = 50;
const MOST_NAMED = 5;

/** @throws RejectedError where the generation lacks what the one in force has learned, and other logs are known. */
export async function checkNothingLacks(candidate: Candidate): Promise<void> {
  const others = await candidate.otherLogs.list();
  if (others.length === 0) return;
  const counts = await together(candidate.sets, (set) => countLacking(candidate, set));
  const lacking = counts.reduce((sum, n) => sum + n, 0);
  if (lacking > 0) throw new RejectedError("other-logs", textOf(candidate, lacking, others));
}

/** How many ids the generation in force has learned and the new one has not. */
async function countLacking({ models, generation, prolong, signal }: Candidate, set: string): Promise<number> {
  let lacking = 0;
  let after: string | undefined;
  for (let pages = 1; ; pages++) {
    const page = await models.learnedPage(set, after);
    const ids = page.ids.map(({ id }) => id);
    lacking += ids.length - (await models.learnedOf(set, ids, generation)).length;
    if (page.next === undefined) return lacking;
    after = page.next;
    signal.throwIfAborted();
    if (pages % PROLONG_EVERY === 0) await prolong(set);
  }
}

function textOf({ generation, otherLogs }: Candidate, lacking: number, others: readonly LogOwner[]): string {
  const named = others.slice(0, MOST_NAMED).map(({ where, at }) => `${where} (in use ${new Date(at).toISOString()})`);
  const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : "";
  const examples = lacking === 1 ? "1 example" : `${lacking} examples`;
  return (
    `generation ${generation} lacks ${examples} that the generation in force has learned, so nothing is put in force. ` +
    `The store has also learned from logs that are not read here: ${named.join(", ")}${more}. Send no events there for a ` +
    "while, run this replay without --promote at each of them, then run it here again. Where such a log is gone for good " +
    `and its examples may be given up, make the store forget it (logs in use announce themselves again): ${otherLogs.forgetting}`
  );
}
