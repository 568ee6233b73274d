// What every metric keeps, over all scores and over the last ones alone.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Prediction, Target } from "../../events/vocabulary.ts";
import { expectPlain } from "../learner.contract.ts";
import { formContract } from "../state-form.contract.ts";
import { createMetric } from "./index.ts";
import type { Metric, MetricType, OpenMetric } from "./metric.ts";

type Pair = readonly [y: Target, prediction: Prediction];
type Task = MetricType["tasks"][number];

const LABELS = ["a", "b", "__proto__"];
const number = fc.double({ min: -1000, max: 1000, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const pairs: Readonly<Record<Task, fc.Arbitrary<Pair[]>>> = {
  regression: fc.array(fc.tuple(number, number)),
  binary: fc.array(fc.tuple(fc.boolean(), share)),
  multiclass: fc.array(
    fc.tuple(fc.constantFrom(...LABELS), fc.dictionary(fc.constantFrom(...LABELS), share, { minKeys: 1 })),
  ),
  anomaly: fc.array(fc.tuple(fc.boolean(), fc.record({ score: share, threshold: share }, { requiredKeys: ["score"] }))),
};
const over = fc.integer({ min: 1, max: 12 });

export function metricContract(type: MetricType): void {
  describe.each([...type.tasks])(`${type.name} of a %s`, (task) => {
    /** The metric itself, and over a window. */
    const both = (window: number) => [createMetric(type.name), createMetric({ rolling: type.name, over: window })];

    test("is 0 before the first score", () => {
      for (const metric of both(3)) expect(metric.open(metric.init()).get()).toBe(0);
    });

    test("says the same of which value is better, over a window or not", () => {
      for (const metric of both(3)) expect(metric.better).toBe(type.better);
    });

    test("over a window is what it is of the last scores alone", () => {
      fc.assert(
        fc.property(pairs[task], over, (scores, window) => {
          const [plain, rolling] = both(window) as [Metric, Metric];

          const ofAll = updated(rolling.open(rolling.init()), scores).get();
          const ofLast = updated(plain.open(plain.init()), scores.slice(-window)).get();

          expect(Math.abs(ofAll - ofLast)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(ofLast)));
        }),
      );
    });

    test("goes on from its state, JSON between, as if it had never stopped, to the bit", () => {
      fc.assert(
        fc.property(pairs[task], over, fc.nat(), (scores, window, cut) => {
          for (const metric of both(window)) {
            const half = cut % (scores.length + 1);

            const once = updated(metric.open(metric.init()), scores);
            const first = updated(metric.open(metric.init()), scores.slice(0, half)).close();
            const inTwo = updated(metric.open(JSON.parse(JSON.stringify(first))), scores.slice(half));

            expect(JSON.stringify(inTwo.close())).toBe(JSON.stringify(once.close()));
            expect(inTwo.get()).toBe(once.get());
          }
        }),
      );
    });

    test("does not score a null prediction or one without labels, and is not changed by being read", () => {
      fc.assert(
        fc.property(pairs[task], over, (scores, window) => {
          for (const metric of both(window)) {
            const live = updated(metric.open(metric.init()), scores);
            const before = JSON.stringify(live.close());

            for (const [y] of scores) for (const nothing of [null, {}]) live.update(y, nothing);
            live.get();

            expect(JSON.stringify(live.close())).toBe(before);
          }
        }),
      );
    });

    test("reads its state as it was written; a damaged one is refused, or goes on with finite values", () => {
      for (const metric of both(6)) {
        formContract({
          form: metric.form,
          states: pairs[task].map((scores) => updated(metric.open(metric.init()), scores).close()),
          runs: 100,
          use(state) {
            const live = metric.open(state);
            updated(live, fc.sample(pairs[task], { numRuns: 1, seed: 1 })[0] ?? []);
            expectPlain(live.get());
            expectPlain(live.matrix?.() ?? {});
            expectPlain(live.close());
          },
        });
      }
    });

    test("stays finite whatever it is given", () => {
      const extremes = [Number.NaN, Number.POSITIVE_INFINITY, 1.7e308, -1.7e308, 1e160, 5e-324, 0, -0, 1];
      const anything = fc.oneof(fc.constantFrom<Target>(...extremes, "1", true), fc.double());
      const predicted = fc.oneof(fc.constantFrom<Prediction>(...extremes, null, {}), fc.double());
      fc.assert(
        fc.property(fc.array(fc.tuple(anything, predicted)), over, (scores, window) => {
          for (const metric of both(window)) {
            const live = metric.open(metric.init());

            for (const score of scores) {
              updated(live, [score]);
              expect(Number.isFinite(live.get())).toBe(true);
            }

            const numbers = Object.values(live.close()).filter((value) => typeof value === "number");
            expect(numbers.every(Number.isFinite)).toBe(true);
          }
        }),
      );
    });
  });
}

function updated(live: OpenMetric, scores: readonly Pair[]): OpenMetric {
  for (const [y, prediction] of scores) live.update(y, prediction);
  return live;
}
