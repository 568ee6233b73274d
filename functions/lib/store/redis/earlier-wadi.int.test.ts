// A process of an earlier Wadi beside this one, as in a rolling upgrade: its script of the join is the one that it had.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { hasRedisServer, startRedis } from "../fixtures/redis-server.ts";
import { NO_DELAYS } from "../join-delays.ts";
import { HOUR, WINDOW } from "../store-under-test.contract.ts";
import { createKeys } from "./keys.ts";
import { openRedisStore } from "./redis.ts";

const EARLIER = ["scripts/time.lua", "../fixtures/join-of-an-earlier-wadi.lua"]
  .map((file) => readFileSync(join(import.meta.dirname, file), "utf8"))
  .join("\n");

async function open() {
  const redis = await startRedis();
  const clock = manualClock();
  const { joins, close } = openRedisStore(redis.address(), { now: clock.now, joinWindowMs: () => WINDOW }, clock.now);
  onTestFinished(close);
  const keys = createKeys("");
  const earlier = (key: string, ...args: readonly (string | number)[]) => {
    const [record, counts] = keys.join("p", key);
    const [half = "", ...rest] = args;
    const answer = redis.cli("EVAL", EARLIER, "2", record, counts, String(half), `${clock.now()}`, ...rest.map(String));
    expect(answer).not.toMatch(/ERR|error/);
  };
  const half = (key: string) => ({
    source: "/s",
    id: key,
    learnedId: "1",
    set: "p",
    time: 0,
    recordedTime: clock.now(),
    x: {},
  });
  return {
    ...{ redis, clock, joins },
    now: {
      observe: (key: string) => joins.putObservation({ pipeline: "p", key, ...half(key) }),
      tell: (key: string) =>
        joins.putLabel({ pipeline: "p", key, eventId: `label of ${key}`, recordedTime: clock.now(), y: 1 }),
    },
    before: {
      observe: (key: string) => earlier(key, "observation", clock.now(), WINDOW, JSON.stringify(half(key)), ""),
      tell: (key: string) =>
        earlier(key, "label", clock.now(), WINDOW, JSON.stringify({ eventId: "e", recordedTime: clock.now(), y: 1 })),
    },
  };
}

describe.runIf(hasRedisServer)("beside a process of an earlier Wadi", { tags: ["redis"] }, () => {
  test("every join is made and counted whoever puts its halves; its delay only where both are put by this one", async () => {
    const { now, before, joins } = await open();
    for (const [first, second] of [
      [now, now],
      [now, before],
      [before, now],
      [before, before],
    ] as const) {
      const who = `${first === now ? "now" : "before"}, ${second === now ? "now" : "before"}`;
      await first.observe(`observation first: ${who}`);
      await second.tell(`observation first: ${who}`);
      await first.tell(`label first: ${who}`);
      await second.observe(`label first: ${who}`);
    }

    const waits = await joins.waits("p");

    expect(waits).toEqual({
      ...{ opened: 8, joined: 8, expiredUnlabelled: 0, orphanedLabels: 0, waiting: [], waitingLabels: 0 },
      delays: [2, ...NO_DELAYS.slice(1)],
    });
    expect(await joins.read("p", "observation first: before, now")).toMatchObject({ y: 1 });
    expect(await joins.read("p", "observation first: now, before")).toMatchObject({ y: 1 });
  });

  test("what it removes as too old leaves nothing less than none, and what it does not know is left alone", async () => {
    const { now, before, joins, clock } = await open();
    await now.observe("a");
    clock.advance(2000);
    await now.tell("a");
    for (let hour = 0; hour < 100; hour++) {
      clock.advance(HOUR);
      before.observe(`${hour}`);
      if (hour % 10 === 0) await now.tell(`${hour}`);
    }

    const { opened, joined, waiting, expiredUnlabelled, waitingLabels, orphanedLabels, delays } =
      await joins.waits("p");

    const waits = waiting.reduce((sum, { observations }) => sum + observations, 0);
    expect(opened).toBe(joined + waits + expiredUnlabelled);
    expect([waitingLabels, orphanedLabels]).toEqual([0, 0]);
    expect(Math.min(opened, joined, expiredUnlabelled, ...delays)).toBeGreaterThanOrEqual(0);
  });
});
