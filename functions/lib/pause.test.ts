import { expect, test } from "vitest";
import { manualClock } from "./clock.ts";
import { createPace, pause } from "./pause.ts";

const never = new AbortController().signal;

/** Lets everything happen that needs no time. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("a pause lasts its time", async () => {
  const clock = manualClock();
  let over = false;
  void pause(100, clock, never).then(() => {
    over = true;
  });

  clock.advance(99);
  await settle();
  expect(over).toBe(false);

  clock.advance(1);
  await settle();
  expect(over).toBe(true);
});

test("a signal cuts a pause short, and one that has aborted lets none begin", async () => {
  const clock = manualClock();
  const abort = new AbortController();
  const pausing = pause(100, clock, abort.signal);

  abort.abort();

  await pausing;
  await pause(100, clock, abort.signal);
});

/** How many events are let through in so many milliseconds. */
async function through(perSecond: number, ms: number, stepMs: number): Promise<number> {
  const clock = manualClock();
  const abort = new AbortController();
  const ready = createPace(perSecond, clock, abort.signal);
  let events = 0;
  const run = (async () => {
    for (;;) {
      await ready();
      if (abort.signal.aborted) return;
      events++;
    }
  })();
  for (let now = 0; now < ms; now += stepMs) {
    await settle();
    clock.advance(stepMs);
  }
  await settle();
  abort.abort();
  await run;
  return events;
}

test.each([
  [10, 5],
  [1, 100],
])("%i a second are let through evenly", async (perSecond, stepMs) => {
  const events = await through(perSecond, 3000, stepMs);

  expect(events).toBe(3 * perSecond + 1);
});

test("timers that are late do not slow the pace on average", async () => {
  const events = await through(200, 2000, 7);

  expect(Math.abs(events - 400)).toBeLessThan(15);
});

test("after a hold-up the lost time is not caught up", async () => {
  const clock = manualClock();
  const ready = createPace(10, clock, never);
  await ready();
  clock.advance(60_000);

  let events = 0;
  void (async () => {
    for (;;) {
      await ready();
      events++;
    }
  })();
  await settle();

  expect(events).toBe(1);
});

test("without a rate nothing waits", async () => {
  const ready = createPace(undefined, manualClock(), never);

  for (let i = 0; i < 1000; i++) await ready();
});
