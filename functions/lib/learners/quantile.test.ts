import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addValue, estimate, type Markers, noMarkers } from "./quantile.ts";

const quantiles = fc.double({ min: 0.05, max: 0.95, noNaN: true });
const values = fc.array(fc.double({ min: -1000, max: 1000, noNaN: true }), { minLength: 1 });

const markersOf = (list: readonly number[], quantile: number): Markers =>
  list.reduce((markers, value) => addValue(markers, value, quantile), noMarkers);

describe("the P-square estimate of a quantile", () => {
  test("is nothing before the first value", () => {
    expect(estimate(noMarkers, 0.5)).toBeUndefined();
  });

  test.each([
    [[7], 7],
    [[7, 1], 7],
    [[7, 1, 4], 4],
    [[9, 1, 7, 3, 5], 5],
  ])("of the few values %j is the middle one of them, %d", (list, middle) => {
    expect(estimate(markersOf(list, 0.5), 0.5)).toBe(middle);
  });

  test.each([
    [0.25, 3],
    [0.5, 5],
    [0.75, 7],
  ])("the quantile %d of five values is one of them: %d", (quantile, value) => {
    expect(estimate(markersOf([9, 1, 7, 3, 5], quantile), quantile)).toBe(value);
  });

  test("lies among the values seen, whose extremes it keeps", () => {
    fc.assert(
      fc.property(values, quantiles, (list, quantile) => {
        const markers = markersOf(list, quantile);

        const [low, high] = [Math.min(...list), Math.max(...list)];
        expect(estimate(markers, quantile)).toBeGreaterThanOrEqual(low);
        expect(estimate(markers, quantile)).toBeLessThanOrEqual(high);
        expect([markers.heights[0], markers.heights.at(-1)].map((height) => (height as number) + 0)).toEqual(
          [low, high].map((value) => value + 0),
        );
      }),
    );
  });

  test("keeps its heights in order and its five places apart", () => {
    fc.assert(
      fc.property(values, quantiles, (list, quantile) => {
        const { heights, positions } = markersOf(list, quantile);

        expect(heights.every((height, i) => i === 0 || height >= (heights[i - 1] as number))).toBe(true);
        expect(positions.every((at, i) => i === 0 || at > (positions[i - 1] as number))).toBe(true);
        expect(positions.length).toBe(5);
      }),
    );
  });

  test.each([0.1, 0.5, 0.9])("comes near the quantile %d of many evenly spread values", (quantile) => {
    const spread = Array.from({ length: 10_007 }, (_, i) => ((i * 7919) % 10_007) / 10_007);

    expect(estimate(markersOf(spread, quantile), quantile)).toBeCloseTo(quantile, 2);
  });

  test("leaves the markers it was given as they are", () => {
    const markers = markersOf([5, 3, 1, 4, 2, 6], 0.5);
    const before = structuredClone(markers);

    addValue(markers, 0, 0.5);

    expect(markers).toEqual(before);
  });
});
