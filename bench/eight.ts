// A model set of scaler + linear regression on 8 features with its metrics, and examples for it.

import { randomBytes } from "node:crypto";
import { createModelSet } from "../functions/lib/learners/model-set.ts";
import type { LabelledExample } from "../functions/lib/learners/model-set-state.ts";
import { parsePipeline } from "../functions/lib/pipeline/parse.ts";

/** An example as it comes where nothing was served for it. */
export type Unserved = Omit<LabelledExample, "served">;

export const SET = "eight";
const NAMES = [..."abcdefgh"];

export const pipeline = parsePipeline(
  `
name: ${SET}
event:
  schemas:
    1:
      type: record
      name: Eight
      fields:
${NAMES.map((name) => `        - { name: ${name}, type: double }`).join("\n")}
        - { name: y, type: [ "null", double ], default: null }
target: { field: y, task: regression }
labelHorizon: 7d
features:
${NAMES.map((name) => `  - { from: ${name}, as: number }`).join("\n")}
models: { linear: [ standard-scaler, linear-regression ] }
serve: linear
metrics: [ mae, rmse, r2 ]
`,
  "eight.yaml",
);

export const models = createModelSet(pipeline);

/** Different ones, over and over. */
export function makeExamples(count: number): readonly Unserved[] {
  const pool = Array.from({ length: Math.min(count, 4096) }, () => {
    const x = Object.fromEntries(NAMES.map((name) => [name, Math.random() * 10]));
    return { set: SET, time: 0, x, y: Object.values(x).reduce((sum, value) => sum + value, Math.random()) };
  });
  return Array.from({ length: count }, (_, i) => pool[i % pool.length] as Unserved);
}

/** So many 63-bit numbers. */
export function makeIds(count: number): readonly string[] {
  const bytes = randomBytes(8 * count);
  return Array.from({ length: count }, (_, i) => (bytes.readBigUInt64LE(8 * i) >> 1n).toString());
}
