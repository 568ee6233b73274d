// The state of an anomaly task that was changed by hand, or by something that was not Wadi.

import { expect, test } from "vitest";
import { createModelSet } from "../../lib/learners/model-set.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import { fitOf } from "./fitting-state.ts";
import { checkSound } from "./sound-state.ts";

const pipeline = parsePipeline(
  `
name: readings
event:
  schemas:
    1:
      type: record
      name: Reading
      fields:
        - { name: x, type: double }
        - { name: odd, type: ["null", boolean], default: null }
target: { task: anomaly, field: odd, alarm: 0.9 }
labelHorizon: 1d
features: [ { from: x, as: number } ]
models:
  forest: [ min-max-scaler, { half-space-trees: { nTrees: 2, height: 3, windowSize: 10 } } ]
metrics: [ roc_auc, precision, f1, confusion_matrix, { rolling: precision, over: 5 }, alarm_rate, mean_score ]
`,
  "readings.yaml",
);

/** Observations without labels, and then late labels of all of them. */
function learned(): ModelSetState {
  const set = createModelSet(pipeline);
  const open = set.open(set.init(1));
  const all = Array.from({ length: 60 }, (_, i) => ({ x: { x: (i * 7) % 11 } }));
  open.learn(all, "1");
  const labels = all.map(({ x }, i) => {
    const served = { generation: "1", version: 1, model: "forest", values: open.predict(x) };
    return { x, y: i % 9 === 0, served, onlyScored: true as const };
  });
  open.learn(labels, "1");
  return JSON.parse(JSON.stringify(open.close(1))) as ModelSetState;
}

/** As an import does it. */
function check(state: unknown): void {
  fitOf(pipeline, "the set", state as ModelSetState);
  checkSound(pipeline, "the set", state as ModelSetState);
}

/** With another value at a path. */
function spoilt(path: string, value: unknown): ModelSetState {
  const state = learned();
  const keys = path.split(".");
  const last = keys.pop() as string;
  const holder = keys.reduce((at: unknown, key) => (at as Record<string, unknown>)[key], state);
  (holder as Record<string, unknown>)[last] = value;
  return state;
}

test("what was learned and scored is sound, with more scores than a model that was served early had examples", () => {
  const state = learned();

  expect([state.count, state.onlyScored, state.scoredOnServed]).toEqual([60, 60, 60]);
  expect(() => check(state)).not.toThrow();
});

const ALARM = "models.forest.alarm";

test.each<[string, string, unknown, RegExp]>([
  ["heights that fall", `${ALARM}.heights`, [5, 4, 3, 2, 1], /alarm has heights that do not ascend/],
  ["heights in words", `${ALARM}.heights`, ["a", "b", "c", "d", "e"], /alarm\.heights\[0\] must be a finite number/],
  ["half an alarm", ALARM, { schema: 1, quantile: 0.9 }, /alarm\.n must be a whole number/],
  ["a count of scores in words", `${ALARM}.n`, "7", /alarm\.n must be a whole number/],
  ["more labels on what was served than there were", "scoredOnServed", 121, /scoredOnServed is 121/],
  ["more alarms counted than observations", "models.forest.metrics.alarm_rate.n", 121, /alarm_rate\.n is 121/],
])("a state with %s is refused, and the place is named", (_, path, value, words) => {
  expect(() => check(spoilt(path, value))).toThrow(words);
});
