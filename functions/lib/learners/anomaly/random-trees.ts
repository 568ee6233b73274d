// Trees drawn at random over the ranges of features, as River's tree.padded draws them.

import type { SeededRandom } from "../seeded-random.ts";

/** The lower end of a range, and the upper one. */
export type Limits = readonly [low: number, high: number];

export interface Drawn {
  /** Of each inner node, tree after tree, as heaps: the place of its feature, and where it halves the range. */
  readonly features: readonly number[];
  readonly thresholds: Float64Array;
}

/** Share of a range at either end in which no node halves it. */
const PADDING = 0.15;

/** @param limits by feature; at least one, each with its lower end below its upper one. */
export function drawTrees(limits: readonly Limits[], trees: number, height: number, random: SeededRandom): Drawn {
  const inner = 2 ** height - 1;
  const features = new Array<number>(trees * inner);
  const thresholds = new Float64Array(trees * inner);

  function draw(ranges: readonly Limits[], first: number, node: number): void {
    if (node >= inner) return;
    const feature = drawFeature(ranges, random);
    const [low, high] = ranges[feature] as Limits;
    const padding = PADDING * (high - low);
    const threshold = low + padding + random.next() * (high - low - 2 * padding);
    features[first + node] = feature;
    thresholds[first + node] = threshold;
    draw(ranges.with(feature, [low, threshold]), first, 2 * node + 1);
    draw(ranges.with(feature, [threshold, high]), first, 2 * node + 2);
  }

  for (let tree = 0; tree < trees; tree++) draw(limits, tree * inner, 0);
  return { features, thresholds };
}

function drawFeature(ranges: readonly Limits[], random: SeededRandom): number {
  const widths = ranges.map(([low, high]) => high - low);
  let left = random.next() * widths.reduce((sum, width) => sum + width, 0);
  const at = widths.findIndex((width) => {
    left -= width;
    return left < 0;
  });
  return at < 0 ? ranges.length - 1 : at;
}
