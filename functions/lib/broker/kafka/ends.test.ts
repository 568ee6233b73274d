import fc from "fast-check";
import { expect, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { Ends } from "./ends.ts";

function open() {
  const clock = manualClock(1_000_000);
  return { clock, ends: new Ends(() => clock.now()) };
}

test("an event has been there since the log was seen to reach past it", () => {
  const { clock, ends } = open();
  const begun = clock.now();
  ends.grown(0, 10);
  clock.advance(5000);
  ends.grown(0, 20);

  expect([0, 9, 10, 19].map((offset) => ends.since(0, offset))).toEqual([begun, begun, begun + 5000, begun + 5000]);
  expect(ends.since(0, 20)).toBeUndefined();
  expect(ends.since(1, 0)).toBeUndefined();
});

test("a topic that was recreated begins anew", () => {
  const { clock, ends } = open();
  ends.grown(0, 100);
  clock.advance(60_000);

  ends.set(0, 5);

  expect(ends.of(0)).toBe(5);
  expect(ends.since(0, 4)).toBe(clock.now());
});

test("however long and fast it grows: never older than it is, and what is no longer known exactly is told as younger", () => {
  const steps = fc.array(fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 50 })), { minLength: 1, maxLength: 2000 });
  fc.assert(
    fc.property(steps, fc.nat(), (all, pick) => {
      const { clock, ends } = open();
      const written: number[] = [];
      for (const [pause, events] of all) {
        clock.advance(pause);
        for (let i = 0; i < events; i++) written.push(clock.now());
        ends.grown(0, written.length);
      }

      const offset = pick % written.length;
      const since = ends.since(0, offset) as number;
      expect(since).toBeGreaterThanOrEqual(written[offset] as number);
      expect(since).toBeLessThanOrEqual(clock.now());
      // A lag that lasts is seen: it does not shrink to nothing while nothing is handled.
      const span = clock.now() - (written[0] as number);
      expect(clock.now() - (ends.since(0, 0) as number)).toBeGreaterThanOrEqual(span / 2 - 4000);
    }),
    { numRuns: 50 },
  );
});
