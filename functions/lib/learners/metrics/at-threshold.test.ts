import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Prediction } from "../../events/vocabulary.ts";
import type { MetricSpec } from "../task.ts";
import { createMetric } from "./index.ts";

const OF_CLASSES = [
  "accuracy",
  "balanced_accuracy",
  "precision",
  "recall",
  "f1",
  "macro_f1",
  "micro_f1",
  "kappa",
  "mcc",
];
const OF_PROBABILITIES = ["log_loss", "roc_auc"];

const pairs = fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 60 });
const thresholds = fc.double({ min: 0.01, max: 0.99, noNaN: true });

function scored(spec: MetricSpec, all: readonly (readonly [boolean, Prediction])[], threshold?: number) {
  const metric = createMetric(spec, threshold === undefined ? {} : { threshold });
  let live = metric.open(metric.init());
  for (const [i, [y, prediction]] of all.entries()) {
    if (i === 20) live = metric.open(live.close());
    live.update(y, prediction);
  }
  return { value: live.get(), matrix: live.matrix?.() };
}

describe.each<[string, (name: string) => MetricSpec]>([
  ["over all examples", (name) => name],
  ["over the last ones", (name) => ({ rolling: name, over: 7 })],
])("%s", (_over, spec) => {
  test.each([...OF_CLASSES, "confusion_matrix"])("%s counts classes at the threshold of the target", (name) => {
    fc.assert(
      fc.property(pairs, thresholds, (all, threshold) => {
        const classes = all.map(([y, p]) => [y, Number(p > threshold)] as const);

        expect(scored(spec(name), all, threshold)).toEqual(scored(spec(name), classes));
      }),
    );
  });

  test.each(OF_PROBABILITIES)("%s scores the probability, whatever the threshold is", (name) => {
    fc.assert(
      fc.property(pairs, thresholds, (all, threshold) => {
        expect(scored(spec(name), all, threshold)).toEqual(scored(spec(name), all));
      }),
    );
  });
});

test("what is no prediction is not scored", () => {
  const all = [
    [true, null],
    [true, Number.NaN],
    [true, 0.4],
  ] as const;

  expect(scored("recall", all, 0.3).value).toBe(1);
});
