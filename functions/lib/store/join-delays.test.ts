import fc from "fast-check";
import { expect, test } from "vitest";
import { DELAY_ENDS, delayBin, NO_DELAYS } from "./join-delays.ts";

test("the ends rise, and are lengths that people say", () => {
  expect(DELAY_ENDS.map((end) => end / 1000)).toEqual([
    ...[1, 2, 5, 10, 30, 60, 120, 300, 600, 1800],
    ...[3600, 7200, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000],
  ]);
  expect(NO_DELAYS).toHaveLength(DELAY_ENDS.length + 1);
});

test("every delay is in one bin: longer than the end before, at most the bin's own", () => {
  const delay = fc.oneof(
    fc.double({ noNaN: true }),
    fc.constantFrom(...DELAY_ENDS, ...DELAY_ENDS.map((end) => end + 1)),
  );
  fc.assert(
    fc.property(delay, (ms) => {
      const bin = delayBin(ms);

      expect(ms).toBeLessThanOrEqual(DELAY_ENDS[bin] ?? Number.POSITIVE_INFINITY);
      if (bin > 0) expect(ms).toBeGreaterThan(DELAY_ENDS[bin - 1] as number);
    }),
  );
});
