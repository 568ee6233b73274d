import { expect, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import { UnavailableError } from "../lib/errors.ts";
import { createSetCount } from "./set-count.ts";

/** A store with so many sets, and how often they were counted. */
function storeOf(sets: number) {
  const clock = manualClock(1_000_000);
  const store = { sets, counts: 0, away: false };
  const models = {
    async setCount() {
      store.counts++;
      if (store.away) throw new UnavailableError("store-unavailable", "away");
      return store.sets;
    },
  };
  return { store, clock, count: createSetCount(models, clock) };
}

test("a hundred thousand sets are not counted for each caller every second", async () => {
  const { store, clock, count } = storeOf(100_000);

  for (let second = 0; second < 60; second++) {
    expect(await Promise.all([count(), count(), count()])).toEqual(Array(3).fill(100_000));
    clock.advance(1000);
  }

  expect(store.counts).toBe(6);
});

test("a new set is counted ten seconds later, at once where sets are few", async () => {
  const [many, few] = [storeOf(101), storeOf(1)];
  await Promise.all([many.count(), few.count()]);
  many.store.sets++;
  few.store.sets++;

  expect([await many.count(), await few.count()]).toEqual([101, 2]);
  many.clock.advance(10_000);
  expect(await many.count()).toBe(102);
});

test("a store that is away is reported each time, and asked again", async () => {
  const { store, count } = storeOf(500);
  store.away = true;

  await expect(count()).rejects.toThrow("away");
  store.away = false;

  expect(await count()).toBe(500);
});
