// The ids that model sets have learned, in Redis. How they are packed is in learned-ids.lua.

import { HOUR_MS } from "../../duration.ts";
import type { LearnedIds } from "../learned-ids.ts";
import type { RedisConnection } from "./connection.ts";
import { canonicalId, canonicalIds } from "./ids.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";
import type { TestTime } from "./time.ts";

/** Ids of a page, and of a command that adds some: each stays well below ten milliseconds. */
const PAGE = 1000;
const ADDED = 200;

type PageReply = readonly [hour: number, end: string, bucket: string, ids: readonly string[]];

export function createLearnedIds({ run }: RedisConnection, keys: RedisKeys, testTime: TestTime): LearnedIds {
  /** `generation`: "" for the one in force. */
  async function learned(set: string, ids: readonly string[], generation = "") {
    const args = [testTime(), generation, ...ids.map(canonicalId)];
    const [count, indexes] = (await run(SCRIPTS.learned, [keys.set(set)], args)) as [number, readonly number[]];
    return { count, ids: indexes.map((i) => ids[i] as string) };
  }

  return {
    learnedOf: async (set, ids, generation) => (await learned(set, ids, generation)).ids,
    learnedCount: async (set) => (await learned(set, [])).count,
    async learnedPage(set, after = ":") {
      const [fromEnd = "", fromBucket = ""] = after.split(":");
      const args = [testTime(), fromEnd, fromBucket, PAGE];
      const reply = (await run(SCRIPTS.learnedPage, [keys.set(set)], args)) as PageReply;
      const [hour, end, bucket, ids] = reply;
      return {
        ids: ids.map((id) => ({ id, expiresAt: hour * HOUR_MS })),
        ...(end !== "" && { next: `${end}:${bucket}` }),
      };
    },
    async addLearned(set, generation, ids) {
      const canonical = canonicalIds(ids);
      const commands = Array.from({ length: Math.ceil(canonical.length / ADDED) }, (_, n) => {
        const some = canonical.slice(n * ADDED, (n + 1) * ADDED).flatMap(({ id, expiresHour }) => [id, expiresHour]);
        return run(SCRIPTS.learnedAdd, [keys.set(set)], [testTime(), generation, ...some]);
      });
      // They go out together, and Redis writes them to disk together.
      return (await Promise.all(commands)).every((added) => added === 1);
    },
  };
}
