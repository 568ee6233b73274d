import { expect, onTestFinished, test } from "vitest";
import { settableClock } from "../clock-under-test.contract.ts";
import { UnavailableError } from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";
import { createTelemetry } from "../telemetry/metrics.ts";
import { clockDiffers, createStoreClock, onceCompared } from "./store-clock.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A process and a store whose time passes together, until somebody sets one of their clocks. */
function open({ aheadMs = 0, roundTripMs = 0 } = {}) {
  const own = settableClock();
  own.set(aheadMs);
  let steady = 0;
  let storeAhead = -aheadMs;
  let [asked, away] = [0, false];
  const lines: string[] = [];
  const say = (_fields: unknown, message: string) => void lines.push(message);
  const telemetry = createTelemetry();
  let due = () => {};
  const pass = (ms: number) => {
    steady += ms;
    own.advance(ms);
  };
  const clock = createStoreClock({
    clock: {
      now: own.now,
      after(_ms, run) {
        due = run;
        return () => {};
      },
    },
    async time() {
      asked++;
      if (away) throw new UnavailableError("store-unavailable", "away");
      pass(roundTripMs / 2);
      const answer = own.now() + storeAhead;
      pass(roundTripMs / 2);
      return answer;
    },
    log: { debug: say, info: say, warn: say, error: say },
    telemetry,
    steady: () => steady,
  });
  onTestFinished(() => clock.stop());
  return {
    ...{ clock, own, lines, pass },
    /** A minute, and what falls due in it. */
    async minute() {
      pass(60_000);
      due();
      await new Promise(setImmediate);
    },
    storeNow: () => own.now() + storeAhead,
    /** Whoever sets a clock moves it against the other one. */
    setOwn(byMs: number) {
      own.set(byMs);
      storeAhead -= byMs;
    },
    setStore(byMs: number) {
      storeAhead += byMs;
    },
    leave: (gone: boolean) => {
      away = gone;
    },
    asked: () => asked,
    metric: async () => (await telemetry.clockAhead.get()).values[0]?.value,
  };
}

test.each([40 * DAY, -40 * DAY, 2 * HOUR, 5000])(
  "a clock that is %i ms ahead tells the store's time once they were compared",
  async (aheadMs) => {
    const { clock, storeNow, metric } = open({ aheadMs });

    await clock.compared();

    expect(clock.now()).toBe(storeNow());
    expect(clock.aheadMs()).toBe(aheadMs);
    expect(await metric()).toBe(aheadMs / 1000);
  },
);

test("a difference of no more than an answer took on its way moves nothing", async () => {
  const { clock, storeNow, setStore, minute } = open({ roundTripMs: 4000 });
  await clock.compared();
  setStore(3000);

  await minute();

  expect(storeNow() - clock.now()).toBe(3000);
});

test("it runs evenly while somebody sets the machine's clock, and the two are compared at once", async () => {
  const { clock, own, setOwn, storeNow, pass, asked } = open();
  await clock.compared();
  const before = asked();

  setOwn(-40 * DAY);

  expect(clock.now()).toBe(storeNow());
  expect(clock.isCompared()).toBe(false);
  await clock.compared();
  expect(asked()).toBe(before + 1);
  expect(clock.isCompared()).toBe(true);
  expect(clock.aheadMs()).toBe(-40 * DAY);
  pass(10 * HOUR);
  expect(clock.now()).toBe(storeNow());
  expect(own.now()).not.toBe(storeNow());
});

test("a machine that slept is compared before it goes on", async () => {
  const { clock, own, storeNow } = open();
  await clock.compared();
  own.advance(8 * HOUR); // and the steady clock slept, too

  expect(clock.isCompared()).toBe(false);
  await clock.compared();

  expect(clock.now()).toBe(storeNow());
});

test("a store whose clock is set is followed within a minute", async () => {
  const { clock, setStore, storeNow, minute } = open();
  await clock.compared();
  setStore(3 * DAY);

  await minute();

  expect(clock.now()).toBe(storeNow());
});

test("more than an hour is told once, with the cure, and once that it is over", async () => {
  const { clock, lines, minute, setOwn } = open({ aheadMs: HOUR });
  await clock.compared();
  expect(lines).toEqual([]);

  setOwn(1000);
  for (let n = 0; n < 3; n++) await minute();
  setOwn(-HOUR);
  for (let n = 0; n < 3; n++) await minute();

  expect(lines).toEqual([
    expect.stringMatching(/^this clock is 60 min ahead of the store's; Wadi goes by the store's.*; synchronise .* NTP/),
    "this clock agrees with the store's again",
  ]);
});

test("a step waits for the first comparison, refuses while the store is away, and keeps the order of its events", async () => {
  const { clock, leave } = open({ aheadMs: DAY });
  const handled: string[] = [];
  const handle = onceCompared(clock, async ({ id }) => {
    handled.push(id);
    return undefined;
  });
  const event = (id: string) => ({ id }) as Event;
  leave(true);
  await expect(handle(event("refused"))).rejects.toBeInstanceOf(UnavailableError);
  leave(false);

  const waiting = ["a", "b", "c"].map((id) => handle(event(id)));
  expect(handled).toEqual([]);
  await Promise.all(waiting);
  handle(event("d"));

  expect(handled).toEqual(["a", "b", "c", "d"]);
});

test("a store that goes by the clock of its process has no other, and nobody is kept waiting", async () => {
  const own = settableClock();
  const clock = createStoreClock({ clock: own, time: undefined });
  own.advance(DAY);
  own.set(-40 * DAY);

  expect(clock.now()).toBe(own.now());
  expect(clock.isCompared()).toBe(true);
  expect(clock.aheadMs()).toBeUndefined();
});

test("what differs is said in words, from an hour on", () => {
  expect(clockDiffers(undefined)).toBeUndefined();
  expect(clockDiffers(-HOUR)).toBeUndefined();
  expect(clockDiffers(40 * DAY)).toMatch(/^this clock is 40 d ahead of the store's/);
  expect(clockDiffers(-40 * DAY)).toMatch(/^this clock is 40 d behind the store's/);
});
