// The keys of the run in the shared store: they have a prefix of their own, by which they are removed.

import type { RedisAddress } from "../lib/store/redis/address.ts";
import { connectRedis } from "../lib/store/redis/connection.ts";

const AT_ONCE = 1000;

/** Resolves with how many were removed. `address`: as reached from here, with the key prefix. */
export async function removeKeys(address: RedisAddress): Promise<number> {
  const { namespace } = address;
  if (namespace === "") throw new Error("keys without a name before them belong to somebody else");
  const redis = connectRedis(address);
  const pattern = `${namespace.replace(/[*?[\]\\]/g, "\\$&")}:*`;
  let removed = 0;
  let cursor = "0";
  try {
    do {
      const answer = await redis.call("SCAN", cursor, "MATCH", pattern, "COUNT", String(AT_ONCE));
      const [next, keys] = answer as [string, string[]];
      if (keys.length > 0) removed += Number(await redis.call("UNLINK", ...keys));
      cursor = String(next);
    } while (cursor !== "0");
    return removed;
  } finally {
    await redis.close();
  }
}
