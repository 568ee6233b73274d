// The clock of the Redis, which decides what has expired: see time.lua.

import type { RedisConnection } from "./connection.ts";

/** What a script is given in place of the time: "" for none, except in a test that lets days pass. */
export type TestTime = () => number | "";

export interface StoreTime {
  /** Epoch milliseconds by the store's clock. */
  time(): Promise<number>;
  readonly testTime: TestTime;
}

export function createStoreTime({ call }: RedisConnection, testTime?: () => number): StoreTime {
  if (testTime !== undefined) return { time: async () => testTime(), testTime };
  return {
    async time() {
      const [seconds, microseconds] = (await call("TIME")) as readonly [string, string];
      return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
    },
    testTime: () => "",
  };
}
