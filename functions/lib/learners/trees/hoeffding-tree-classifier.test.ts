import { describe, expect, test } from "vitest";
import type { Features, Target } from "../../events/vocabulary.ts";
import type { OpenPredictor, Predictor, State } from "../learner.ts";
import { StateBudget } from "../state-budget.ts";
import { toVector } from "../vector.ts";
import { hoeffdingTreeClassifier } from "./hoeffding-tree-classifier.ts";
import { normalCdf } from "./normal.ts";

const make = (options: object) =>
  hoeffdingTreeClassifier.create(options as Record<string, unknown>, { isIndicator: () => false }) as Predictor;

function start(options: object = {}, budget?: StateBudget): OpenPredictor<State> {
  const tree = make(options);
  return tree.open(tree.init(), budget);
}

interface Leaf {
  readonly depth: number;
  readonly observers: readonly object[];
}

function leavesOf(live: OpenPredictor<State>): Leaf[] {
  const { nodes } = live.close() as State & { readonly nodes: readonly Leaf[] };
  return nodes.filter((node) => "depth" in node);
}

/** Whether a is above b; both lie evenly in [0, 1). */
function above(i: number): [Features, Target] {
  const x = { a: (i * 0.618034) % 1, b: (i * 0.754878) % 1 };
  return [x, x.a > x.b];
}

function learn(live: OpenPredictor<State>, n: number, example: (i: number) => [Features, Target]): void {
  for (let i = 0; i < n; i++) {
    const [x, y] = example(i);
    live.learnOne(toVector(x), y);
  }
}

describe("a Hoeffding tree", () => {
  test.each(["nba", "nb", "mc"])("learns a diagonal that no single threshold can tell (%s)", (leafPrediction) => {
    const live = start({ leafPrediction });

    learn(live, 10_000, above);

    const questions = Array.from({ length: 500 }, (_, i) => above(20_000 + i));
    const right = questions.filter(([x, y]) => (live.predictOne(toVector(x)) as number) > 0.5 === y).length;
    expect(right / questions.length).toBeGreaterThan(0.85);
    expect(leavesOf(live).length).toBeGreaterThan(4);
  });

  test("grows no deeper than it may", () => {
    const live = start({ maxDepth: 2, gracePeriod: 50 });

    learn(live, 10_000, above);

    expect(Math.max(...leavesOf(live).map(({ depth }) => depth))).toBe(2);
    expect(leavesOf(live).every(({ depth, observers }) => depth < 2 || observers.length === 0)).toBe(true);
  });

  test("sends an example that lacks a branch's feature to the side of more weight", () => {
    const live = start({ gracePeriod: 50 });
    learn(live, 1000, (i) => [{ a: i % 4 === 0 ? 1 + i / 1e6 : i / 1e6 }, i % 4 === 0]);

    expect(live.predictOne(toVector({ a: 1 }))).toBeGreaterThan(0.9);
    expect(live.predictOne(toVector({}))).toBeLessThan(0.1);
  });

  test("stops growing where its state is at its limit, and goes on predicting", () => {
    const options = { gracePeriod: 20, tau: 1 };
    const bytes = 3000;
    const live = start(options, new StateBudget(bytes));

    learn(live, 3000, above);
    const size = JSON.stringify(live.close()).length;
    learn(live, 3000, above);

    expect(size).toBeLessThan(bytes);
    expect(JSON.stringify(live.close()).length).toBeLessThan(bytes);
    expect(live.predictOne(toVector({ a: 0.9, b: 0.1 }))).toBeGreaterThan(0.5);
  });

  test("has the same room in its budget after it was closed and opened again", () => {
    const tree = make({ gracePeriod: 20, tau: 1 });
    let state = tree.init();
    const once = tree.open(state, new StateBudget(6000));

    for (let i = 0; i < 1000; i++) {
      const [x, y] = above(i);
      const live = tree.open(state, new StateBudget(6000));
      live.learnOne(toVector(x), y);
      once.learnOne(toVector(x), y);
      state = live.close();
    }

    expect(state).toEqual(once.close());
  });

  test("learns and predicts 10,000 features", () => {
    const wide = (i: number): [Features, Target] => [
      Object.fromEntries(Array.from({ length: 10_000 }, (_, f) => [`f${f}`, Math.sin(i * f) + (i % 2)])),
      i % 2 === 1,
    ];
    const live = start({ gracePeriod: 5, tau: 10 });

    learn(live, 10, wide);

    expect(live.predictOne(toVector(wide(11)[0]))).toBeGreaterThanOrEqual(0);
  });
});

test.each([
  [0, 0.5],
  [1, 0.8413447460685429],
  [-1, 0.15865525393145707],
  [1.959963984540054, 0.975],
  [-3, 0.0013498980316300957],
  [5, 0.9999997133484281],
  [9, 1],
  [-9, 0],
  [Number.POSITIVE_INFINITY, 1],
  [Number.NEGATIVE_INFINITY, 0],
])("the normal distribution function of %s is %s", (z, p) => {
  expect(Math.abs(normalCdf(z) - p)).toBeLessThan(1e-15);
});
