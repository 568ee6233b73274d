// What all processes that open a Redis agree on: two small hashes.

import { DEFAULT_RETENTION, type FormerRetention } from "../../retention.ts";
import type { Agreement, LogOwner } from "../agreement.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";
import type { TestTime } from "./time.ts";

export function createRedisAgreement({ run, call }: RedisConnection, keys: RedisKeys, testTime: TestTime): Agreement {
  return {
    async retention() {
      const [log, letters] = (await call("HMGET", keys.retention, "log", "letters")) as (string | null)[];
      if (log == null || letters == null) return undefined;
      return { logMs: Number(log), deadLetterMs: Number(letters) };
    },
    async raiseRetention({ logMs = "", deadLetterMs = "" }) {
      const args = [logMs, deadLetterMs, DEFAULT_RETENTION.logMs, DEFAULT_RETENTION.deadLetterMs, testTime()];
      const [log, letters, before] = (await run(SCRIPTS.retention, [keys.retention], args)) as string[];
      return {
        logMs: Number(log),
        deadLetterMs: Number(letters),
        ...(before !== "" && { before: JSON.parse(before as string) as FormerRetention[] }),
      };
    },
    announceLog: async ({ id, where, at }) => void (await call("HSET", keys.logs, id, JSON.stringify({ where, at }))),
    async logs() {
      const found = (await call("HGETALL", keys.logs)) as readonly string[];
      const owners: LogOwner[] = [];
      for (let i = 0; i + 1 < found.length; i += 2) {
        owners.push({ id: found[i] as string, ...(JSON.parse(found[i + 1] as string) as Omit<LogOwner, "id">) });
      }
      return owners;
    },
    forgetting: `redis-cli DEL ${keys.retention}`,
    forgettingLogs: `redis-cli DEL ${keys.logs}`,
  };
}
