// Commits to a model set in Redis. What a commit checks and writes is in commit.lua; here is what goes in and comes out.

import { type Commit, type CommitAnswer, noBase } from "../commit.ts";
import type { Generations } from "../generations.ts";
import type { SnapshotPolicy } from "../snapshots.ts";
import type { StateWriter } from "../store.ts";
import type { LearnedId } from "../stored-model.ts";
import type { RedisConnection } from "./connection.ts";
import { createGroupedCalls } from "./grouped-calls.ts";
import { canonicalIds } from "./ids.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";
import { type StoredReply, storedModel } from "./stored.ts";
import type { TestTime } from "./time.ts";

type CommitReply =
  | number
  | readonly ["committed", version: string, contended: number]
  | readonly ["held", until: string]
  | readonly ["conflict", ...StoredReply, learned: readonly number[], turnMs: number]
  | readonly ["duplicate", learned: readonly number[]]
  | readonly ["no base"];

export function createCommits(
  { runAlone, isCluster, onClose }: RedisConnection,
  keys: RedisKeys,
  testTime: TestTime,
  { every, keep }: SnapshotPolicy,
  addToIndex: (set: string) => Promise<void> | undefined,
): StateWriter & Pick<Generations, "commitGeneration"> {
  const calls = createGroupedCalls(isCluster, (pointers, args) => {
    return runAlone(SCRIPTS.commit, pointers, [testTime(), every, keep, ...args]) as Promise<readonly unknown[]>;
  });
  onClose(calls.sendAll);

  /** `generation`: "" for the one in force. */
  async function commitTo(generation: string, set: string, commit: Commit): Promise<CommitAnswer> {
    const { expectedRevision, expectedVersion = -1, revision, history = "", turnMs = 0, ids } = commit;
    const [kind, left] =
      commit.state === undefined ? ["entry", `${revision} ${commit.entry}`] : ["state", commit.state];
    const args = [generation, commit.generation, expectedRevision, `${expectedVersion}`, revision, kind, left, history];
    args.push(`${turnMs}`, `${ids.length}`);
    for (const { id, expiresHour } of canonicalIds(ids)) args.push(id, `${expiresHour}`);
    const indexing = addToIndex(set)?.catch(() => undefined);
    const answer = answerOf((await calls.send([keys.set(set)], args)) as CommitReply, set, ids);
    // A set is listed by the time its first commit is answered; later commits wait for neither the index nor its node.
    if (answer.outcome === "committed" && answer.version === 1) await indexing;
    return answer;
  }

  return {
    commit: (set, commit) => commitTo("", set, commit),
    commitGeneration: (set, commit) => commitTo(commit.generation, set, commit),
  };
}

/** @throws RangeError for an entry without a base. */
function answerOf(reply: CommitReply, set: string, ids: readonly LearnedId[]): CommitAnswer {
  if (typeof reply === "number") return { outcome: "committed", version: reply };
  const named = (indexes: readonly number[]) => indexes.map((i) => (ids[i] as LearnedId).id);
  switch (reply[0]) {
    case "no base":
      throw noBase(set);
    case "committed":
      return { outcome: "committed", version: Number(reply[1]), ...(reply[2] > 0 && { contended: reply[2] }) };
    case "held":
      return { outcome: "held", until: Number(reply[1]) };
    case "duplicate":
      return { outcome: "duplicate", learned: named(reply[1]) };
    case "conflict": {
      const [outcome, generation, version, revision, base, tail, learned, turnMs] = reply;
      const current = storedModel([generation, version, revision, base, tail]);
      return { outcome, current, learned: named(learned), ...(turnMs > 0 && { turnMs }) };
    }
  }
}
