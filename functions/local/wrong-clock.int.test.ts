// Wadis on one Redis, of which one has a wrong clock: each example is learned once all the same, and it is said.

import { describe, expect, test } from "vitest";
import { type Running, startRunning } from "../admin/fixtures/running.ts";
import { checkStoreClock } from "../cli/doctor/clock.ts";
import { systemClock } from "../lib/clock.ts";
import { hasRedisServer, startRedis } from "../lib/store/fixtures/redis-server.ts";

const DAY = 86_400_000;
/** At once. */
const SENDERS = 20;

async function start(days: number) {
  const redis = await startRedis();
  const store = redis.address();
  const right = await startRunning({ store });
  const wrong = await startRunning({ store, clock: { ...systemClock, now: () => Date.now() + days * DAY } });
  const feed = async (to: Running, from: number, count: number) => {
    const sender = async (first: number) => {
      for (let i = first; i < from + count; i += SENDERS) {
        await to.send("observation", `o${i}`, { x: (i % 20) / 10 - 1, y: i });
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, (_, i) => sender(from + i)));
    for (const { settled } of [right, wrong]) await settled();
  };
  const learned = async () => {
    const { state } = await right.wadi.store.models.load("line");
    return state === "" ? 0 : (JSON.parse(state) as { count: number }).count;
  };
  const letters = () => [right, wrong].map(({ wadi }) => wadi.broker.status().deadLetters);
  return { redis, right, wrong, feed, learned, letters };
}

describe.runIf(hasRedisServer)("a Wadi whose clock is wrong", { timeout: 120_000 }, () => {
  test.each([
    [40, 200],
    [-40, 200],
    [40, 1500],
  ])("by %i days: of %i events and 51 more, all that come again, each is learned once", async (days, many) => {
    const { right, wrong, feed, learned, letters } = await start(days);

    await feed(right, 0, many);
    expect(await learned()).toBe(many);
    await feed(wrong, 5000, 1);
    expect(await learned()).toBe(many + 1);
    await feed(right, 0, many);
    expect(await learned()).toBe(many + 1);
    await feed(wrong, 6000, 50);
    await feed(right, 6000, 50);

    expect(await learned()).toBe(many + 51);
    expect(await right.wadi.store.models.learnedCount("line")).toBe(many + 51);
    expect(letters()).toEqual([0, 0]);
  });

  test.each([40, -40])("by %i days: labels find their observations, whoever takes them", async (days) => {
    const { right, wrong, learned, letters } = await start(days);
    await right.send("observation", "oa", { x: 0.5 }, { subject: "a" });
    await wrong.send("observation", "ob", { x: 0.5 }, { subject: "b" });
    for (const { settled } of [right, wrong]) await settled();

    await wrong.send("label", "la", { y: 1 }, { subject: "a" });
    await right.send("label", "lb", { y: 1 }, { subject: "b" });
    for (const { settled } of [right, wrong]) await settled();

    expect(await learned()).toBe(2);
    expect(letters()).toEqual([0, 0]);
  });

  test("by 40 days: health, metrics, status and doctor say so", async () => {
    const { right, wrong } = await start(40);
    const seconds = async ({ wadi, ask }: Running) => {
      await wadi.store.check();
      const text = await (await fetch(`${wadi.url}/metrics`)).text();
      const health = (await (await fetch(`${wadi.url}/health/ready`)).json()) as { clockAheadSeconds: number };
      const status = (await (await ask("/api/v1/status")).json()) as { store: { clockAheadSeconds: number } };
      const metric = Number(/^wadi_clock_ahead_seconds (\S+)/m.exec(text)?.[1]);
      return [metric, health.clockAheadSeconds, status.store.clockAheadSeconds];
    };

    for (const told of await seconds(wrong)) expect(Math.abs(told - (40 * DAY) / 1000)).toBeLessThan(10);
    for (const told of await seconds(right)) expect(Math.abs(told)).toBeLessThan(10);
    const [finding] = checkStoreClock((await seconds(wrong))[2]);
    expect(finding).toMatchObject({ level: "warn", cure: expect.stringMatching(/NTP.*chrony/) });
  });
});
