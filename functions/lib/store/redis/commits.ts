// Commits to a model set in Redis. What a commit checks and writes is in commit.lua; here is what goes in and comes out.

import { type Commit, type CommitAnswer, noBase } from "../commit.ts";
import type { Generations } from "../generations.ts";
import type { SnapshotPolicy } from "../snapshots.ts";
import type { StateWriter } from "../store.ts";
import type { LearnedId } from "../stored-model.ts";
import type { RedisConnection } from "./connection.ts";
import { canonicalIds } from "./ids.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";
import { type StoredReply, storedModel } from "./stored.ts";
import type { TestTime } from "./time.ts";

type CommitReply =
  | readonly ["committed", version: string, contended: number]
  | readonly ["held", until: string]
  | readonly ["conflict", ...StoredReply, learned: readonly number[], turnMs: number]
  | readonly ["duplicate", learned: readonly number[]]
  | readonly ["no base"];

export function createCommits(
  { run }: RedisConnection,
  keys: RedisKeys,
  testTime: TestTime,
  { every, keep }: SnapshotPolicy,
  addToIndex: (set: string) => Promise<void>,
): StateWriter & Pick<Generations, "commitGeneration"> {
  /** `generation`: "" for the one in force. */
  async function commitTo(generation: string, set: string, commit: Commit): Promise<CommitAnswer> {
    const { expectedRevision, expectedVersion = -1, revision, history = "", turnMs = 0, ids } = commit;
    const left = commit.state === undefined ? ["entry", commit.entry] : ["state", commit.state];
    const args: (string | number)[] = [
      testTime(),
      generation,
      commit.generation,
      expectedRevision,
      expectedVersion,
      revision,
      ...left,
      history,
      turnMs,
      every,
      keep,
    ];
    for (const id of canonicalIds(ids)) args.push(id.id, id.expiresHour);
    const indexing = addToIndex(set).catch(() => undefined);
    const reply = (await run(SCRIPTS.commit, [keys.set(set)], args)) as CommitReply;
    if (reply[0] === "no base") throw noBase(set);
    const answer = answerOf(reply, ids);
    // A set is listed by the time its first commit is answered; later commits wait for neither the index nor its node.
    if (answer.outcome === "committed" && answer.version === 1) await indexing;
    return answer;
  }

  return {
    commit: (set, commit) => commitTo("", set, commit),
    commitGeneration: (set, commit) => commitTo(commit.generation, set, commit),
  };
}

function answerOf(reply: Exclude<CommitReply, readonly ["no base"]>, ids: readonly LearnedId[]): CommitAnswer {
  const named = (indexes: readonly number[]) => indexes.map((i) => (ids[i] as LearnedId).id);
  switch (reply[0]) {
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
