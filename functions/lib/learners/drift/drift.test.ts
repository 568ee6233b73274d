import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../errors.ts";
import type { Part } from "../learner.ts";
import { detectorContract } from "./detector.contract.ts";
import { createDetector, detectorTypes } from "./index.ts";
import { compareSamples } from "./kolmogorov-smirnov.ts";

for (const type of Object.values(detectorTypes)) detectorContract(type);

/** Where a detector tells a drift. */
function detections(part: Part, values: readonly number[]): number[] {
  const detector = createDetector(part);
  const live = detector.open(detector.init());
  return values.flatMap((value, i) => (live.update(value) ? [i] : []));
}

// Thirty values each, many of them equal.
const LOW = [-0.5, 0.25, -2, 1.75, 0, 0, 0.5, 0.25, 0.25, -1, 0, 0.5, 1, 0, 0, 0.25, 0.5, 0.25, -0.25, -0.5].concat([
  1, 0.25, 0, 3.5, 1, 0.75, 0.25, -1, 1.25, 0,
]);
const HIGH = [
  0.75, 1.75, 1.5, 0.75, 0.5, 2.75, 1.25, -0.5, 1.25, 0.75, 0.75, 1.25, 0.75, 2.5, 0.75, 0.75, 1.75, 0,
].concat([1.5, 0.5, 1.75, -0.25, 1, -1, 0.25, 0.5, 1, 2.5, 2.5, -0.75]);

const times = (n: number, value: number) => Array.from({ length: n }, () => value);

test("a detector that does not exist is refused, and those that do are named", () => {
  expect(() => createDetector("adwim")).toThrow(/there is: adwin, page-hinkley/);
});

describe("adwin", () => {
  test("keeps a state of some hundred numbers, however many values have come", () => {
    const detector = createDetector("adwin");
    const live = detector.open(detector.init());

    for (let i = 0; i < 100_000; i++) live.update(i % 2);

    expect(JSON.stringify(live.close()).length).toBeLessThan(3000);
  });

  test("finds a change with one bucket of each size, too", () => {
    const found = detections({ adwin: { maxBuckets: 1, clock: 1 } }, [...times(500, 0), ...times(100, 1)]);

    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toBeLessThan(600);
  });
});

describe("eddm", () => {
  test("wants its warning before its drift", () => {
    expect(() => createDetector({ eddm: { alpha: 0.8, beta: 0.9 } })).toThrow(ConfigurationError);
  });
});

describe("kswin", () => {
  // River 0.26.1, drift.KSWIN(seed=1): which values are drawn does not matter here.
  test("tells a jump where River does", () => {
    expect(detections("kswin", [...times(200, 0), ...times(200, 5)])).toEqual([213]);
    expect(
      detections({ kswin: { alpha: 0.0001, windowSize: 60, statSize: 20 } }, [...times(90, 1), ...times(90, 0)]),
    ).toEqual([103]);
  });

  test("draws the same from the same seed, and other values from another one", () => {
    const noise = Array.from({ length: 3000 }, (_, i) => Math.sin(i * i));
    const eager = (seed: number) => ({ kswin: { alpha: 0.05, seed } });

    expect(detections(eager(1), noise)).toEqual(detections(eager(1), noise));
    expect(detections(eager(1), noise)).not.toEqual(detections(eager(2), noise));
  });

  test("wants a window of at least twice what it compares", () => {
    expect(() => createDetector({ kswin: { windowSize: 50 } })).toThrow(ConfigurationError);
  });

  test.each([
    [[0, 0.4, -0.4, 0.3, 0.9], [1, 2.1, -0.3, 0.7, -0.1], 0.4, 0.873015873015873],
    [[-2, -1, 0.3, 0.3, 2, 7, 3, -5, 0.3, -2], [0, 6, 0.3, -4, 3, 0.3, -2, -1, 0, 2], 0.1, 1],
    [LOW, HIGH, 0.4666666666666667, 0.0025300622362698397],
    [[1, 2, 3], [4, 5, 6], 1, 0.1],
    [[1, 2, 3], [3, 2, 1], 0, 1],
  ])("has the distance and the p that SciPy has, %#", (a, b, distance, p) => {
    const ours = compareSamples(a, b);

    expect(ours.distance).toBeCloseTo(distance, 12);
    expect(Math.abs(ours.pValue - p)).toBeLessThanOrEqual(1e-12 * Math.max(1, p));
  });
});
