import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Prediction, Target } from "../../events/vocabulary.ts";
import { createModelSet } from "../model-set.ts";
import type { MetricSpec } from "../task.ts";
import { createMetric } from "./index.ts";
import type { OpenMetric } from "./metric.ts";

type Pair = readonly [Target, Prediction];

function scored(spec: MetricSpec, pairs: readonly Pair[]): OpenMetric {
  const metric = createMetric(spec);
  const live = metric.open(metric.init());
  for (const [y, prediction] of pairs) live.update(y, prediction);
  return live;
}

const label = (truth: string, predicted: string): Pair => [truth, { [predicted]: 1 }];
const LAST_3: MetricSpec = { rolling: "confusion_matrix", over: 3 };

describe("the confusion matrix", () => {
  const pairs = [
    label("cat", "dog"),
    label("cat", "cat"),
    label("owl", "dog"),
    label("dog", "dog"),
    label("cat", "dog"),
  ];

  test("counts how often each truth met each prediction", () => {
    expect(scored("confusion_matrix", pairs).matrix?.()).toEqual({
      labels: ["cat", "dog", "owl"],
      counts: [
        [1, 2, 0],
        [0, 1, 0],
        [0, 1, 0],
      ],
    });
  });

  test("of a binary target has the labels true and false", () => {
    const live = scored("confusion_matrix", [
      [true, 0.9],
      [false, 0.9],
      [false, 0.2],
      [false, 0.1],
    ]);

    expect(live.matrix?.()).toEqual({
      labels: ["true", "false"],
      counts: [
        [1, 0],
        [1, 2],
      ],
    });
    expect(live.get()).toBe(0.25);
  });

  test("over the last scores is that of these alone, after its state was stored too", () => {
    const live = scored(LAST_3, pairs);
    const stored = createMetric(LAST_3).open(JSON.parse(JSON.stringify(live.close())));

    for (const one of [live, stored])
      expect(one.matrix?.()).toEqual({
        labels: ["owl", "dog", "cat"],
        counts: [
          [0, 1, 0],
          [0, 1, 0],
          [0, 1, 0],
        ],
      });
    expect(live.get()).toBeCloseTo(2 / 3, 12);
  });

  test("keeps the names in its window only", () => {
    const live = scored(
      LAST_3,
      Array.from({ length: 1000 }, (_, i) => label(`label ${i}`, "other")),
    );

    expect((live.close() as unknown as { names: unknown[] }).names).toHaveLength(4);
  });

  test("counts the others of very many labels together, still right where they are equal", () => {
    const many = Array.from({ length: 500 }, (_, i) => label(`label ${i}`, `label ${i}`));

    for (const spec of ["confusion_matrix", { rolling: "confusion_matrix", over: 500 }]) {
      const live = scored(spec, [...many, label("label 400", "label 401")]);
      const { labels, counts } = live.matrix?.() ?? { labels: [], counts: [] };

      expect(labels).toHaveLength(33);
      expect(labels.at(-1)).toBeNull();
      expect(counts.at(-1)?.at(-1)).toBeGreaterThan(400);
      expect(live.get()).toBeCloseTo(1 / 500, 4);
    }
    expect(JSON.stringify(scored("confusion_matrix", many).close()).length).toBeLessThan(16_000);
  });

  test("keeps very long labels apart, and short", () => {
    const long = "x".repeat(10_000);

    const { labels } = scored("confusion_matrix", [label(`${long}a`, `${long}b`)]).matrix?.() ?? { labels: [] };

    expect(new Set(labels).size).toBe(2);
    expect(labels.every((name) => (name as string).length < 80)).toBe(true);
  });

  test("has the sums of its scores, and as a number the share that is off its diagonal", () => {
    const letter = fc.constantFrom("a", "b", "__proto__");
    fc.assert(
      fc.property(fc.array(fc.tuple(letter, letter), { minLength: 1, maxLength: 20 }), (some) => {
        const live = scored(
          "confusion_matrix",
          some.map(([truth, predicted]): Pair => [truth, JSON.parse(`{ "${predicted}": 1 }`)]),
        );

        const counts = live.matrix?.().counts ?? [];
        const all = counts.flat().reduce((sum, count) => sum + count, 0);
        const right = counts.reduce((sum, row, i) => sum + (row[i] as number), 0);
        expect(all).toBe(some.length);
        expect(live.get()).toBeCloseTo(1 - right / all, 12);
      }),
    );
  });
});

test("a model set has the confusion matrix of each model, of the metrics that have one", () => {
  const set = createModelSet({
    models: { prior: ["prior-classifier"], last: ["no-change-classifier"] },
    modelDigests: { prior: "1", last: "2" },
    metrics: ["accuracy", "confusion_matrix"],
    task: "multiclass",
    serve: "prior",
    context: { isIndicator: () => false },
  });
  const open = set.open(set.init(1));

  open.learn(
    ["a", "a", "b"].map((y) => ({ x: { one: 1 }, y })),
    "generation",
  );

  const stored = set.open(JSON.parse(JSON.stringify(open.close(1))));
  expect(stored.matrices()["last"]).toEqual({
    confusion_matrix: {
      labels: ["a", "b"],
      counts: [
        [1, 0],
        [1, 0],
      ],
    },
  });
  expect(stored.scores()["last"]).toEqual({ accuracy: 0.5, confusion_matrix: 0.5 });
});
