// Joins that are put in one turn of the event loop, which go to Redis as one call.

import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { hasRedisServer, startRedis } from "../fixtures/redis-server.ts";
import type { JoinStore } from "../store.ts";
import { WINDOW } from "../store-under-test.contract.ts";
import { createKeys } from "./keys.ts";
import { openRedisStore } from "./redis.ts";

async function open() {
  const redis = await startRedis();
  const clock = manualClock();
  const store = openRedisStore(redis.address(), { now: clock.now, joinWindowMs: () => WINDOW }, clock.now);
  onTestFinished(() => store.close());
  const calls = () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(redis.cli("INFO", "commandstats"))?.[1] ?? 0);
  return { ...store, redis, calls, now: clock.now() };
}

interface Put {
  readonly what: "observation" | "label" | "served";
  readonly key: string;
  readonly n: number;
}

function put(
  { joins, now }: { joins: JoinStore; now: number },
  pipeline: string,
  { what, key, n }: Put,
): Promise<unknown> {
  const half = { pipeline, key, recordedTime: now + n };
  switch (what) {
    case "observation": {
      const label = n % 2 === 0 ? {} : { y: n };
      return joins.putObservation({
        ...{ ...half, ...label, source: "/s", id: `${n}`, learnedId: "7", set: "p", time: n, x: { n } },
      });
    }
    case "label":
      return joins.putLabel({ ...half, eventId: `e${n}`, y: n });
    case "served":
      return joins.putServed(pipeline, key, { generation: "1", version: n, model: "m", values: { m: n } });
  }
}

describe.runIf(hasRedisServer)("joins that are put in one turn", { tags: ["redis"] }, () => {
  test("have the answers that they have one after the other, however many concern one observation", async () => {
    const store = await open();
    const anyPut: fc.Arbitrary<Put> = fc.record({
      what: fc.constantFrom("observation" as const, "label" as const, "served" as const),
      key: fc.constantFrom("a", "b", "c"),
      n: fc.nat(3),
    });
    let run = 0;

    await fc.assert(
      fc.asyncProperty(fc.array(anyPut, { maxLength: 20 }), async (puts) => {
        const [together, inTurn] = [`t${++run}`, `i${run}`];
        const answers = await Promise.all(puts.map((one) => put(store, together, one)));
        const expected: unknown[] = [];
        for (const one of puts) expected.push(await put(store, inTurn, one));

        expect(answers).toEqual(expected);
        for (const key of ["a", "b", "c"]) {
          expect(await store.joins.read(together, key)).toEqual(await store.joins.read(inTurn, key));
        }
        expect(await store.joins.counts(together)).toEqual(await store.joins.counts(inTurn));
      }),
      { numRuns: 60 },
    );
  });

  test("go as few calls, whatever observations they concern", async () => {
    const store = await open();
    await put(store, "p", { what: "observation", key: "first", n: 1 });
    const before = store.calls();

    const keys = Array.from({ length: 130 }, (_, i) => `k${i}`);
    const answers = await Promise.all(keys.map((key) => put(store, "p", { what: "observation", key, n: 1 })));

    expect(answers.length).toBe(130);
    expect(store.calls() - before).toBe(3);
  });

  test("do not fail with one that cannot be put", async () => {
    const store = await open();
    const [record] = createKeys("").join("p", "spoilt");
    store.redis.cli("LPUSH", record, "no record");

    const answers = await Promise.allSettled(
      ["a", "spoilt", "b"].map((key) => put(store, "p", { what: "observation", key, n: 1 })),
    );

    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await store.joins.counts("p")).toMatchObject({ opened: 2, joined: 2 });
  });
});
