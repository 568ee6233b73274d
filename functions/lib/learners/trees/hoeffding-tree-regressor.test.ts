import { describe, expect, test } from "vitest";
import type { Features } from "../../events/vocabulary.ts";
import { NonFiniteError, type OpenPredictor, type Predictor, type State } from "../learner.ts";
import { StateBudget } from "../state-budget.ts";
import { toVector } from "../vector.ts";
import { hoeffdingTreeRegressor } from "./hoeffding-tree-regressor.ts";

const make = (options: object) =>
  hoeffdingTreeRegressor.create(options as Record<string, unknown>, { isIndicator: () => false }) as Predictor;

function start(options: object = {}, budget?: StateBudget): OpenPredictor<State> {
  const tree = make(options);
  return tree.open(tree.init(), budget);
}

/** A step at a = 5, and noise in b. */
function step(i: number): [Features, number] {
  const a = (i * 6.18034) % 10;
  return [{ a, b: (i * 7.54878) % 10 }, a > 5 ? 100 : 0];
}

function learn(live: OpenPredictor<State>, n: number, example: (i: number) => [Features, number] = step): void {
  for (let i = 0; i < n; i++) {
    const [x, y] = example(i);
    live.learnOne(toVector(x), y);
  }
}

describe("a Hoeffding tree of numbers", () => {
  test("finds a step, and predicts the mean on either side of it", () => {
    const live = start();

    expect(live.predictOne(toVector({ a: 1 }))).toBe(0);
    learn(live, 1000);

    expect(live.predictOne(toVector({ a: 1, b: 5 }))).toBeLessThan(10);
    expect(live.predictOne(toVector({ a: 9, b: 5 }))).toBeGreaterThan(90);
  });

  test("grows no deeper than it may", () => {
    const live = start({ maxDepth: 1, gracePeriod: 20, tau: 1 });

    learn(live, 5000);

    const { nodes } = live.close() as State & { readonly nodes: readonly { depth?: number; observers?: object[] }[] };
    const leaves = nodes.filter(({ depth }) => depth !== undefined);
    expect(leaves.map(({ depth }) => depth)).toEqual([1, 1]);
    expect(leaves.every(({ observers }) => observers?.length === 0)).toBe(true);
  });

  test("compares values at one decimal place, and halves go to the even digit", () => {
    const live = start();
    const values = [0.25, 0.75, 1.25, -0.25, 0.2501, 1e300, -0];

    learn(live, values.length, (i) => [{ a: values[i] as number }, i]);

    const { nodes } = live.close() as State & { readonly nodes: readonly { observers: { values: number[] }[] }[] };
    expect([...(nodes[0]?.observers[0]?.values ?? [])].sort((a, b) => a - b)).toEqual([
      -0.2, 0, 0.2, 0.3, 0.8, 1.2, 1e300,
    ]);
  });

  test("takes a feature whose values only rise: a search tree as deep as there are values", () => {
    const live = start({ gracePeriod: 1_000_000 });

    learn(live, 5000, (i) => [{ a: i }, i % 7]);
    const again = make({}).open(JSON.parse(JSON.stringify(live.close())));

    expect(again.close()).toEqual(live.close());
  });

  test("adds no value where its state is at its limit, and goes on predicting", () => {
    const bytes = 3000;
    const live = start({ gracePeriod: 100 }, new StateBudget(bytes));

    learn(live, 5000);

    expect(JSON.stringify(live.close()).length).toBeLessThan(1.5 * bytes);
    expect(live.predictOne(toVector({ a: 9, b: 5 }))).toBeGreaterThan(50);
  });

  test("has the same room in its budget after it was closed and opened again", () => {
    const tree = make({ gracePeriod: 50 });
    let state = tree.init();
    const once = tree.open(state, new StateBudget(6000));

    for (let i = 0; i < 1500; i++) {
      const [x, y] = step(i);
      const live = tree.open(state, new StateBudget(6000));
      live.learnOne(toVector(x), y + (i % 3));
      once.learnOne(toVector(x), y + (i % 3));
      state = live.close();
    }

    expect(state).toEqual(once.close());
  });

  test("refuses targets whose variance is beyond doubles", () => {
    expect(() => learn(start(), 2, (i) => [{ a: i }, i === 0 ? 1.7e308 : -1.7e308])).toThrow(NonFiniteError);
  });
});
