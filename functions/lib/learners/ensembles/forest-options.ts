// What a pipeline file may say of an adaptive random forest. Defaults are River's.

import { seedSchema } from "../seeded-random.ts";
import { TREE_OPTIONS } from "../trees/nodes.ts";
import { DETECTOR_OPTIONS } from "./forest-tree.ts";
import { type MaxFeatures, maxFeaturesSchema } from "./random-subspaces.ts";

export interface ForestOptions {
  readonly trees: number;
  readonly maxFeatures: MaxFeatures;
  readonly lambda: number;
  readonly warningDelta: number;
  readonly driftDelta: number;
  readonly gracePeriod: number;
  readonly maxDepth: number;
  readonly delta: number;
  readonly tau: number;
  readonly seed: number;
}

/** How often an example counts, on average, as a pipeline file gives it. */
export const lambdaSchema = (usual: number) => ({
  type: "number",
  exclusiveMinimum: 0,
  maximum: 100,
  default: usual,
  description: "How often an example counts in each member, on average: drawn anew for each, Poisson-distributed.",
});

export const FOREST_OPTIONS = {
  trees: { type: "integer", minimum: 1, maximum: 100, default: 10, description: "Trees." },
  maxFeatures: maxFeaturesSchema,
  lambda: lambdaSchema(6),
  ...DETECTOR_OPTIONS,
  ...TREE_OPTIONS,
  gracePeriod: { ...TREE_OPTIONS.gracePeriod, default: 50 },
  delta: { ...TREE_OPTIONS.delta, default: 0.01 },
  seed: seedSchema,
};
