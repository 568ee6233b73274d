// Recent happenings in Redis. A happening that cannot be written is dropped: nothing waits for it.

import type { Activity, Happening } from "../store.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisKeys } from "./keys.ts";

const KEPT = 1000;

export function createRedisActivity({ call }: RedisConnection, { activity }: RedisKeys): Activity {
  return {
    append(happening) {
      const written = [call("LPUSH", activity, JSON.stringify(happening)), call("LTRIM", activity, 0, KEPT - 1)];
      for (const one of written) one.catch(() => undefined);
    },
    tail: async (limit) => {
      if (limit < 1) return [];
      const texts = (await call("LRANGE", activity, 0, limit - 1)) as string[];
      return texts.map((text) => JSON.parse(text) as Happening);
    },
  };
}
