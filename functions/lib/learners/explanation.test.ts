import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ExplainedSum, Explanation, Features, Prediction, Target } from "../events/vocabulary.ts";
import { createModel, type OpenModel } from "./chain.ts";
import { explainedPath, MOST_CLASSES, MOST_PARTS } from "./explanation.ts";
import { learnerTypes } from "./index.ts";
import type { LearnedSum, LearnerType, Part } from "./learner.ts";
import type { Task } from "./task.ts";
import { toVector } from "./vector.ts";

type Sums = Extract<Explanation, { kind: "sums" }>;
type Sum = Extract<Explanation, { kind: "sum" }>;
type Path = Extract<Explanation, { kind: "path" }>;

interface Example {
  readonly x: Features;
  readonly y: Target;
}

const LABELS = ["red", "green", "__proto__", "blue", "toString"];
const targets: Readonly<Record<Task, fc.Arbitrary<Target>>> = {
  regression: fc.double({ min: -100, max: 100, noNaN: true }),
  binary: fc.boolean(),
  multiclass: fc.constantFrom(...LABELS),
  anomaly: fc.boolean(),
};
const NAMES = Array.from({ length: 2 * MOST_PARTS }, (_, i) => `f${i}`);
const features = fc.dictionary(fc.constantFrom(...NAMES), fc.double({ min: -3, max: 3, noNaN: true }), {
  maxKeys: NAMES.length,
});

const opened = (...parts: Part[]): OpenModel => {
  const model = createModel(parts, { isIndicator: () => false });
  return model.open(model.init());
};

function learned(live: OpenModel, examples: readonly Example[]): OpenModel {
  for (const { x, y } of examples) live.learnOne(toVector(x), y);
  return live;
}

function sumOf(part: Part, live: OpenModel): LearnedSum | undefined {
  return createModel([part], { isIndicator: () => false }).sumOf?.(live.close());
}

/** The greatest of the numbers that are added: rounding is in proportion to it. */
const sizeOf = ({ contributions, intercept }: ExplainedSum) =>
  Math.max(1, Math.abs(intercept), ...contributions.map(({ contribution }) => Math.abs(contribution)));

function expectAddsUp(sum: ExplainedSum): void {
  const { contributions, others, intercept, total } = sum;
  const added =
    contributions.reduce((all, { contribution }) => all + contribution, intercept) + (others?.contribution ?? 0);
  expect(Math.abs(added - total)).toBeLessThanOrEqual(1e-9 * sizeOf(sum));
  expect(contributions.length).toBeLessThanOrEqual(MOST_PARTS);
}

/** The prediction that a sum says. */
function saidBy(explanation: Sum): number {
  return explanation.unit === "target" ? explanation.total : 1 / (1 + Math.exp(-explanation.total));
}

function ofClass(ofTrue: number, name: string): number {
  return name === "true" ? ofTrue : 1 - ofTrue;
}

function expectExplains(explanation: Explanation, prediction: Prediction): void {
  if (explanation.kind === "sum") {
    expectAddsUp(explanation);
    expect(Math.abs(saidBy(explanation) - (prediction as number))).toBeLessThanOrEqual(1e-9 * sizeOf(explanation));
  } else if (explanation.kind === "sums") {
    expect(explanation.classes.length).toBeGreaterThan(0);
    for (const sum of explanation.classes) {
      expectAddsUp(sum);
      const said = typeof prediction === "number" ? ofClass(prediction, sum.class) : prediction?.[sum.class];
      expect(Math.abs(Math.exp(sum.total) - (said as number))).toBeLessThanOrEqual(1e-9);
    }
  } else if (explanation.kind === "path") {
    expect(typeof prediction === "number" ? explanation.leaf.value : prediction).toEqual(prediction);
  }
}

const predictors = Object.values(learnerTypes).filter(({ role }) => role === "predictor");
const pairs = predictors.flatMap((type) =>
  (type.tasks ?? []).map((task): [string, Task, LearnerType] => [type.name, task, type]),
);

describe("an explanation", () => {
  test.each(pairs)(
    "of %s for %s adds up to the prediction where it is a sum, and says why where there is none",
    (name, task) => {
      const example = fc.record({ x: features, y: targets[task] });
      fc.assert(
        fc.property(fc.array(example, { maxLength: 40 }), features, (examples, x) => {
          const live = learned(opened(name), examples);
          const before = JSON.stringify(live.close());

          const explanation = live.explain(toVector(x));

          if (explanation.kind === "none")
            expect(explanation.why).toMatch(/no sum over its features|has learned nothing/);
          expectExplains(explanation, live.predictOne(toVector(x)));
          expect(JSON.stringify(live.close())).toBe(before);
        }),
        { numRuns: 30 },
      );
    },
  );

  test.each(pairs)("of %s for %s, where it is a sum, is what all its weights make of x", (name, task) => {
    const example = fc.record({ x: features, y: targets[task] });
    fc.assert(
      fc.property(fc.array(example, { maxLength: 40 }), features, (examples, x) => {
        const live = learned(opened(name), examples);
        const before = JSON.stringify(live.close());

        const explanation = live.explain(toVector(x));
        const sum = sumOf(name, live);

        const added = (of?: string) =>
          (sum?.weights ?? [])
            .filter((one) => one.class === of && Object.hasOwn(x, one.feature))
            .reduce((all, { feature, weight }) => all + weight * (x[feature] as number), 0);
        if (explanation.kind === "sum") {
          expect(sum?.unit).toBe(explanation.unit);
          const total = added() + (sum?.intercept ?? Number.NaN);
          expect(Math.abs(total - explanation.total)).toBeLessThanOrEqual(1e-9 * sizeOf(explanation));
        } else if (explanation.kind === "sums") {
          expect([sum?.unit, sum?.intercept]).toEqual([explanation.unit, undefined]);
          for (const one of explanation.classes) {
            const total = added(one.class) + one.intercept;
            expect(Math.abs(total - one.total)).toBeLessThanOrEqual(1e-9 * sizeOf(one));
          }
        } else expect(sum?.weights ?? []).toEqual([]);
        expect(JSON.stringify(live.close())).toBe(before);
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ["linear-regression", "sum"],
    ["passive-aggressive-regressor", "sum"],
    ["bayesian-linear-regression", "sum"],
    ["logistic-regression", "sum"],
    ["perceptron", "sum"],
    ["passive-aggressive-classifier", "sum"],
    ["softmax-regression", "sums"],
    ["hoeffding-tree-regressor", "path"],
    ["hoeffding-tree-classifier", "path"],
    ["knn-regressor", "none"],
    ["mean-regressor", "none"],
    ["gaussian-naive-bayes", "none"],
    ["half-space-trees", "none"],
  ])("of %s is of the kind %s", (name, kind) => {
    const [task] = (learnerTypes[name] as LearnerType).tasks as [Task];
    const y = { regression: 3, binary: true, multiclass: "red", anomaly: false }[task];

    const live = learned(opened(name), [{ x: { a: 1 }, y }]);

    expect(live.explain(toVector({ a: 1 })).kind).toBe(kind);
  });

  test("names the features as the chain has made them, the greatest first, with their value there", () => {
    const live = opened("one-hot-encoder", { "standard-scaler": { only: ["size"] } }, "linear-regression");
    const rows = Array.from({ length: 200 }, (_, i) => {
      const colour = i % 2 === 0 ? "red" : "blue";
      return { x: { size: i % 10, colour }, y: 7 * (i % 10) + (colour === "red" ? 1 : 0) };
    });

    const explanation = learned(live, rows).explain(toVector({ size: 9, colour: "red" })) as Sum;

    expect(explanation.contributions.map(({ feature }) => feature)).toEqual(["size", "colour_red"]);
    const [size] = explanation.contributions;
    expect(size?.value).toBeCloseTo((9 - 4.5) / Math.sqrt(8.25), 6);
  });

  test("of many features has the greatest, and the rest in one", () => {
    const names = Array.from({ length: 50 }, (_, i) => `f${i}`);
    const x = Object.fromEntries(names.map((name, i) => [name, i]));
    const live = learned(opened({ "linear-regression": { optimizer: { sgd: { learningRate: 1e-5 } } } }), [
      { x, y: 100 },
    ]);

    const { contributions, others } = live.explain(toVector(x)) as Sum;

    expect(contributions.map(({ feature }) => feature)).toEqual(names.slice(-MOST_PARTS).reverse());
    expect(others?.features).toBe(50 - MOST_PARTS);
  });

  test("of many classes has the likeliest", () => {
    const rows = LABELS.flatMap((y, i) => Array.from({ length: i + 1 }, () => ({ x: { one: 1 }, y })));

    const { classes, otherClasses } = learned(opened("softmax-regression"), rows).explain(toVector({ one: 1 })) as Sums;

    expect(classes.length).toBe(MOST_CLASSES);
    expect(classes[0]?.class).toBe("toString");
    expect(otherClasses).toBe(LABELS.length - MOST_CLASSES);
  });

  test("of a tree is the way to the leaf, and where an absent feature went", () => {
    const rows = Array.from({ length: 2000 }, (_, i) => ({ x: { a: i % 10, b: i % 3 }, y: i % 10 > 4 ? 10 : 0 }));
    const live = learned(opened({ "hoeffding-tree-regressor": { maxDepth: 1 } }), rows);

    const above = live.explain(toVector({ a: 7, b: 1 })) as Path;
    const absent = live.explain(toVector({ b: 1 })) as Path;

    expect(above.tests).toEqual([{ feature: "a", threshold: 4, value: 7, went: "above" }]);
    expect(above.leaf).toEqual({ n: expect.any(Number), value: live.predictOne(toVector({ a: 7 })) });
    expect(above.leaf.n).toBeGreaterThan(800);
    expect(absent.tests).toEqual([{ feature: "a", threshold: 4, value: null, went: expect.any(String) }]);
  });

  test("of a deep tree has the tests nearest to the leaf, and of many classes the likeliest", () => {
    const tests = Array.from({ length: MOST_PARTS + 5 }, (_, threshold) => {
      return { feature: "a", threshold, value: 100, went: "above" } as const;
    });

    const path = explainedPath(tests, 4, { a: 0.1, b: 0.2, c: 0.3, d: 0.4 }) as Path;

    expect(path.tests).toEqual(tests.slice(5));
    expect(path.otherTests).toBe(5);
    expect(path.leaf).toEqual({ n: 4, value: { d: 0.4, c: 0.3, b: 0.2 }, otherClasses: 1 });
  });
});
