import { expect, test } from "vitest";
import type { BrokerStatus } from "../lib/broker/broker.ts";
import { manualClock } from "../lib/clock.ts";
import { watchRates } from "./rates.ts";

function watched() {
  const clock = manualClock();
  const counters = { received: 0, handled: 0 };
  const trigger = { name: "learn", lag: 0, inFlight: 0, retries: 0, deadLetters: 0 };
  const status = (): BrokerStatus => ({
    received: counters.received,
    triggers: [{ ...trigger, handled: counters.handled }],
    deadLetters: 0,
  });
  const rates = watchRates({ status }, clock);
  const second = (events: number) => {
    counters.received += events;
    counters.handled += events / 2;
    clock.advance(1000);
  };
  const read = () => [rates.read().received, rates.read().trigger("learn")];
  return { clock, counters, rates, second, read };
}

test("the rate is that of the last ten seconds, and of all there are before", () => {
  const { second, read } = watched();

  second(100);
  expect(read()).toEqual([100, 50]);
  second(0);
  expect(read()).toEqual([50, 25]);
  for (let i = 0; i < 20; i++) second(40);
  expect(read()).toEqual([40, 20]);
  for (let i = 0; i < 10; i++) second(0);
  expect(read()).toEqual([0, 0]);
});

test("what came since the last look counts, and a fraction of a second is not blown up", () => {
  const { clock, counters, second, read } = watched();

  counters.received = 7;
  clock.advance(10);
  expect(read()[0]).toBe(7);
  for (let i = 0; i < 10; i++) second(10);
  counters.received += 50;
  clock.advance(500);

  expect(read()[0]).toBeCloseTo(157 / 10.51);
});

test("an unknown trigger, or a clock that was set back, gives no invented rate", () => {
  const { clock, rates, second } = watched();
  second(10);
  const back = { ...clock, now: () => clock.now() - 3_600_000 };

  expect(rates.read().trigger("none")).toBeUndefined();
  const others = watchRates({ status: () => ({ received: 5, triggers: [], deadLetters: 0 }) }, back);
  expect(others.read().received).toBe(0);
});

test("of groups that tell every five seconds how far they are: unknown at first, then even, and 0 once nothing came for ten", () => {
  const clock = manualClock();
  let [countedSince, sent] = [clock.now(), 0];
  let handled: number | undefined = 0;
  const trigger = () => ({ name: "learn", lag: 0, ...(handled !== undefined && { handled }) });
  const rates = watchRates(
    { status: () => ({ received: sent, countedSince, triggers: [trigger()], deadLetters: 0 }) },
    clock,
  );
  /** 40 events a second, and what was handled is told each five. */
  const pass = (seconds: number, perSecond = 40) => {
    const found = new Set<number | undefined>();
    for (let i = 0; i < seconds; i++) {
      sent += perSecond;
      if (clock.now() % 5000 === 0 && handled !== undefined) handled = sent;
      clock.advance(1000);
      found.add(rates.read().trigger("learn"));
    }
    return [...found];
  };
  const read = () => [rates.read().received, rates.read().trigger("learn")];

  expect(read()).toEqual([undefined, undefined]);
  expect(pass(8)).toEqual([undefined]);
  expect(rates.read().received).toBe(40);
  pass(8);
  expect(pass(30)).toEqual([40]);
  // Once they stop it falls.
  const falling = pass(20, 0);
  expect(Math.max(...falling.map((rate) => rate ?? Infinity))).toBe(40);
  expect(read()).toEqual([0, 0]);
  // What was passed over lets the counting begin anew, and one that is behind what was read is not known.
  [countedSince, sent, handled] = [clock.now(), 7, 0];
  expect(read()).toEqual([undefined, undefined]);
  handled = undefined;
  pass(20);
  expect(read()).toEqual([40, undefined]);
});

test("once stopped it reads no more", () => {
  const { clock, rates } = watched();

  rates.stop();
  let fired = 0;
  const after = clock.after.bind(clock);
  clock.after = (ms, run) => {
    fired++;
    return after(ms, run);
  };
  clock.advance(60_000);

  expect(fired).toBe(0);
});
