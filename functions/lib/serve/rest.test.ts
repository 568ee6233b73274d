import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { manualClock } from "../clock.ts";
import { createRest } from "./rest.ts";

function resting() {
  const clock = manualClock();
  let collected = 0;
  const rest = createRest(clock, () => void collected++);
  return { clock, rest, collected: () => collected };
}

test("once nothing came for a second or two, garbage is collected, and not again while nothing comes", () => {
  const { clock, collected } = resting();

  clock.advance(2000);
  const first = collected();
  clock.advance(3_600_000);

  expect([first, collected()]).toEqual([1, 1]);
});

test("while events come nothing is collected", () => {
  const { clock, rest, collected } = resting();

  for (let i = 0; i < 600; i++) {
    rest.stir();
    clock.advance(500);
  }

  expect(collected()).toBe(0);
});

test("an event now and then costs one collection a minute at most", () => {
  const { clock, rest, collected } = resting();

  for (let i = 0; i < 200; i++) {
    clock.advance(3000);
    rest.stir();
  }

  expect(collected()).toBeGreaterThan(5);
  expect(collected()).toBeLessThanOrEqual(10);
});

test("after the stop nothing is collected", () => {
  const { clock, rest, collected } = resting();
  rest.stop();

  clock.advance(60_000);

  expect(collected()).toBe(0);
});

test("what is garbage is gone, and the collector is not left exposed", async () => {
  setFlagsFromString("--no-expose-gc");
  const clock = manualClock();
  createRest(clock);
  const ref = new WeakRef(large());
  // What a WeakRef was just made of stays until this turn of the event loop ends.
  await new Promise(setImmediate);

  clock.advance(2000);

  expect(ref.deref()).toBeUndefined();
  expect(runInNewContext("typeof gc")).toBe("undefined");
});

/** In a function of its own, so that no local of the test holds it. */
function large(): object {
  return { bytes: new Uint8Array(1_000_000) };
}
