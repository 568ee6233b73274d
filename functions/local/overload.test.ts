// Twenty minutes in which events come three times as fast as they can be learned, and the time it takes to catch up. The
// clock is the test's, and so is the speed of the store: the minutes pass in seconds.

import { afterEach, expect, test } from "vitest";
import { eventsInMemory } from "../lib/broker/broker-under-test.contract.ts";
import { RECENT_ENTRIES } from "../lib/broker/embedded/recent.ts";
import { type Clock, manualClock } from "../lib/clock.ts";
import { openStore } from "../lib/store/open.ts";
import type { Store } from "../lib/store/store.ts";
import type { LocalWadi } from "./start.ts";
import { cleanUp, headersOf, observation, outcomeOf, startHere, temporaryFolder } from "./wadi-under-test.contract.ts";

afterEach(cleanUp);

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** 64 are in flight at once and share a commit: four a second are learned, and twelve come. */
const COMMIT_MS = 16 * SECOND;
const PER_SECOND = 12;
/** A commit now and then that takes longer than the broker waits for an answer. */
const STUCK_MS = 45 * SECOND;
const STUCK_EVERY = 10;

/** A store like any other, but for its commits: they take time by `clock`. */
function slowStore(clock: Clock): typeof openStore {
  let commits = 0;
  return async (...options) => {
    const store = await openStore(...options);
    const commit: Store["models"]["commit"] = async (...what) => {
      const ms = ++commits % STUCK_EVERY === 0 ? STUCK_MS : COMMIT_MS;
      await new Promise<void>((resolve) => void clock.after(ms, resolve));
      return store.models.commit(...what);
    };
    return { ...store, models: { ...store.models, commit } };
  };
}

const triggerOf = (wadi: LocalWadi, step: string) => {
  const found = wadi.broker.status().triggers.find(({ name }) => name === step);
  if (found === undefined) throw new Error(`there is no ${step}`);
  return found;
};

/** Until all but learning have handled what is there: their time is real, and a moment. */
async function othersDone(wadi: LocalWadi): Promise<void> {
  const others = () => wadi.broker.status().triggers.filter(({ name }) => name !== "learn");
  while (others().some(({ lag }) => lag > 0)) await new Promise((resolve) => setImmediate(resolve));
}

async function metric(wadi: LocalWadi): Promise<number> {
  const text = await (await fetch(`${wadi.url}/metrics`)).text();
  return Number(/wadi_trigger_lag\{trigger="learn"\} (\d+)/.exec(text)?.[1]);
}

test("three times too much for twenty minutes is lag that everybody can see: nothing is lost, given up or held in memory", async () => {
  const clock = manualClock();
  const wadi = await startHere(temporaryFolder(), { clock, openStore: slowStore(clock) });
  const memory = eventsInMemory();
  wadi.broker.tap(memory.show);
  let sent = 0;
  const publish = async () => {
    const { data, ...one } = observation(sent++, true);
    const headers = headersOf({ ...one, data });
    const attributes = Object.entries(headers).map(([name, value]) => [name.replace("ce-", ""), value]);
    await wadi.broker.publish({ ...Object.fromEntries(attributes), datacontenttype: "application/json", data });
  };
  const second = async (events: number) => {
    await Promise.all(Array.from({ length: events }, publish));
    await othersDone(wadi);
    clock.advance(SECOND);
    await new Promise((resolve) => setImmediate(resolve));
  };

  const lags: number[] = [];
  const held: number[] = [];
  for (let minute = 0; minute < 20; minute++) {
    for (let at = 0; at < MINUTE; at += SECOND) await second(PER_SECOND);
    lags.push(triggerOf(wadi, "learn").lag);
    if (minute % 4 === 3) held.push(await memory.count());
  }
  const shown = await metric(wadi);
  const atPeak = triggerOf(wadi, "learn");
  const draining: number[] = [];
  while (triggerOf(wadi, "learn").lag > 0) {
    for (let at = 0; at < MINUTE; at += SECOND) await second(0);
    draining.push(triggerOf(wadi, "learn").lag);
  }
  held.push(await memory.count());

  expect(sent).toBe(20 * 60 * PER_SECOND);
  // It grew by more than half of what came, minute after minute, and then shrank in the same way.
  expect(lags).toEqual([...lags].sort((a, b) => a - b));
  expect(atPeak.lag).toBeGreaterThan(sent / 2);
  expect(shown).toBe(atPeak.lag);
  expect(draining).toEqual([...draining].sort((a, b) => b - a));
  // Attempts did run out of time, and were tried again.
  expect(atPeak.retries).toBeGreaterThan(0);
  expect(await outcomeOf(wadi)).toMatchObject({ count: sent, learned: sent, deadLetters: 0 });
  // Of more than 50,000 events the newest are at hand, and those that the four steps have in flight.
  expect(Math.max(...held)).toBeLessThanOrEqual(RECENT_ENTRIES + 4 * 64);
}, 180_000);
