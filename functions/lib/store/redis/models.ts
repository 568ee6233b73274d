// The ModelStore in Redis. What a commit checks and writes is in commit.lua; here is what goes in and comes out.

import { DEFAULT_SNAPSHOTS, type SnapshotPolicy } from "../kept-models.ts";
import type { Commit, CommitAnswer, ModelStore, SetPage } from "../store.ts";
import type { LearnedId, StoredModel } from "../stored-model.ts";
import type { RedisConnection } from "./connection.ts";
import { canonicalId, canonicalIds } from "./ids.ts";
import { createRedisKeptModels } from "./kept-models.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";

const PAGE = 1000;
/** Less than that is not worth a round trip: some of them may not be committed. */
const FEW = 100;

type Stored = readonly [generation: string, version: string, revision: string, state: string];
type CommitReply =
  | readonly ["committed", version: string, contended: number]
  | readonly ["held", until: string]
  | readonly ["conflict", ...Stored, learned: readonly number[], turnMs: number]
  | readonly ["duplicate", learned: readonly number[]];

export function createRedisModels(
  redis: RedisConnection,
  keys: RedisKeys,
  now: () => number,
  { every, keep }: SnapshotPolicy = DEFAULT_SNAPSHOTS,
): ModelStore {
  const { run, call } = redis;
  /** Sets that are in the index for certain. */
  let indexed = new Set<string>();
  /** Sets that were committed to for certain: nothing takes that back but the loss of what the store held. */
  let committed = new Set<string>();
  redis.onLoss(() => {
    indexed = new Set();
    committed = new Set();
  });

  /** It lies elsewhere than the set: what stands there need not be committed, so what is listed is looked at. */
  async function index(set: string): Promise<void> {
    if (indexed.has(set)) return;
    await call("ZADD", keys.sets, 0, set);
    indexed.add(set);
  }

  async function isCommitted(set: string): Promise<boolean> {
    if (committed.has(set)) return true;
    if ((await call("HEXISTS", keys.set(set), "committed")) !== 1) return false;
    committed.add(set);
    return true;
  }

  /**
   * The index is also the list of places: it is one key, on one node of a cluster, where a script counts and adds in one
   * step; and ZLEXCOUNT does not walk what it counts.
   */
  async function reserve(set: string, most: number): Promise<boolean> {
    if (indexed.has(set)) return true;
    const pipeline = set.slice(0, set.indexOf("/"));
    // The sign behind the slash is the zero.
    const args = [set, `[${pipeline}/`, `(${pipeline}0`, most];
    const kept = (await run(SCRIPTS.reserve, [keys.sets], args)) === 1;
    if (kept) indexed.add(set);
    return kept || isCommitted(set);
  }

  async function load(set: string, generation: string, what: "state" | "head"): Promise<StoredModel> {
    return modelOf((await run(SCRIPTS.load, [keys.set(set)], [generation, what])) as Stored);
  }

  /** `generation`: "" for the one in force. */
  async function commitTo(generation: string, set: string, commit: Commit): Promise<CommitAnswer> {
    const { expectedRevision, revision, state, history = "", turnMs = 0, ids } = commit;
    const args: (string | number)[] = [
      now(),
      generation,
      commit.generation,
      expectedRevision,
      revision,
      state,
      history,
      turnMs,
      every,
      keep,
    ];
    for (const id of canonicalIds(ids)) args.push(id.id, id.expiresHour);
    const indexing = index(set).catch(() => undefined);
    const reply = (await run(SCRIPTS.commit, [keys.set(set)], args)) as CommitReply;
    const answer = answerOf(reply, ids);
    // Who is told of a set's first commit finds it listed; otherwise nobody waits for the index, or for its node.
    if (answer.outcome === "committed" && answer.version === 1) await indexing;
    return answer;
  }

  /** `generation`: "" for the one in force. */
  async function learned(set: string, ids: readonly string[], generation = "") {
    const args = [now(), generation, ...ids.map(canonicalId)];
    const [count, indexes] = (await run(SCRIPTS.learned, [keys.set(set)], args)) as [number, readonly number[]];
    return { count, ids: indexes.map((i) => ids[i] as string) };
  }

  async function* pages(after: string, prefix: string, size = PAGE): AsyncGenerator<readonly string[]> {
    // No name goes on with the last sign there is.
    const to = prefix === "" ? "+" : `(${prefix}\u{10ffff}`;
    for (let from = after > prefix ? `(${after}` : `[${prefix}`; ; ) {
      const page = (await call("ZRANGEBYLEX", keys.sets, from, to, "LIMIT", 0, size)) as string[];
      const found = await Promise.all(page.map(isCommitted));
      yield page.filter((_, i) => found[i]);
      if (page.length < size) return;
      from = `(${page.at(-1)}`;
    }
  }

  async function sets({ after = "", limit = Number.POSITIVE_INFINITY, prefix = "" }: SetPage = {}): Promise<string[]> {
    const found: string[] = [];
    for await (const page of pages(after, prefix, Math.min(PAGE, Math.max(limit, FEW)))) {
      found.push(...page);
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  const { removeRetired, ...kept } = createRedisKeptModels(redis, keys, keep, now, index);
  const holding = async (set: string, ...args: readonly (string | number)[]) =>
    (await run(SCRIPTS.hold, [keys.set(set)], args)) === 1;

  return {
    pipelineRevision: async (pipeline, digest) =>
      (await run(SCRIPTS.pipeline, [keys.pipeline(pipeline)], [digest])) as number,
    head: async (set) => {
      const { state: _, ...head } = await load(set, "", "head");
      return head;
    },
    load: (set) => load(set, "", "state"),
    loadGeneration: async (set, generation) => {
      // Its name may be given anew while it is being removed, or though that was killed half-way.
      const retired = keys.set(set).replace(/set$/, "retired");
      if ((await call("SISMEMBER", retired, generation)) === 1) await removeRetired(set);
      return load(set, generation, "state");
    },
    commit: (set, commit) => commitTo("", set, commit),
    commitGeneration: (set, commit) => commitTo(commit.generation, set, commit),
    history: async (set, limit) => {
      const { generation } = await load(set, "", "head");
      if (limit < 1) return [];
      const key = keys.set(set).replace(/set$/, `history:${generation}`);
      const points = (await call("LRANGE", key, 0, limit - 1)) as string[];
      return points.map((text) => {
        const end = text.indexOf(" ");
        return { version: Number(text.slice(0, end)), point: text.slice(end + 1) };
      });
    },
    sets,
    reserve,
    setCount: async (prefix = "") => {
      let count = 0;
      for await (const page of pages("", prefix)) count += page.length;
      return count;
    },
    learnedOf: async (set, ids, generation) => (await learned(set, ids, generation)).ids,
    learnedCount: async (set) => (await learned(set, [])).count,
    hold: (set, token, ttlMs) => holding(set, "hold", now(), token, ttlMs),
    release: async (set, token) => void (await holding(set, "release", now(), token)),
    promote: async (set, { token, generation, expectedRevision }) => {
      const promoted = await holding(set, "promote", now(), token, generation, expectedRevision);
      if (promoted) await removeRetired(set);
      return promoted;
    },
    ...kept,
  };
}

function modelOf([generation, version, revision, state]: Stored): StoredModel {
  return { generation, version: Number(version), revision, state };
}

function answerOf(reply: CommitReply, ids: readonly LearnedId[]): CommitAnswer {
  const named = (indexes: readonly number[]) => indexes.map((i) => (ids[i] as LearnedId).id);
  switch (reply[0]) {
    case "committed":
      return { outcome: "committed", version: Number(reply[1]), ...(reply[2] > 0 && { contended: reply[2] }) };
    case "held":
      return { outcome: "held", until: Number(reply[1]) };
    case "duplicate":
      return { outcome: "duplicate", learned: named(reply[1]) };
    case "conflict": {
      const [outcome, generation, version, revision, state, learned, turnMs] = reply;
      const current = modelOf([generation, version, revision, state]);
      return { outcome, current, learned: named(learned), ...(turnMs > 0 && { turnMs }) };
    }
  }
}
