import { describe, expect, test } from "vitest";
import type { Features, Target } from "../../events/vocabulary.ts";
import { adwin } from "../drift/adwin.ts";
import type { OpenPredictor, Predictor, State } from "../learner.ts";
import { SeededRandom } from "../seeded-random.ts";
import { StateBudget } from "../state-budget.ts";
import { readState } from "../state-form.ts";
import { toVector } from "../vector.ts";
import { hoeffdingAdaptiveTreeClassifier } from "./hoeffding-adaptive-tree-classifier.ts";

type Example = readonly [Features, Target];

interface Node {
  readonly depth?: number;
  readonly hasAlternate?: boolean;
}

const FAST = { gracePeriod: 50, delta: 0.01 };

const make = (options: object = FAST) =>
  hoeffdingAdaptiveTreeClassifier.create(options as Record<string, unknown>, { isIndicator: () => false }) as Predictor;

function start(options?: object, budget?: StateBudget): OpenPredictor<State> {
  const tree = make(options);
  return tree.open(tree.init(), budget);
}

/** Four corners by turns, or the other way round. */
function corners(count: number, isTurned: boolean, seed: number): Example[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (): Example => {
    const x = { a: random.next(), b: random.next() };
    return [x, (x.a > 0.4 && x.b > 0.3) !== isTurned];
  });
}

function learn(live: OpenPredictor<State>, examples: readonly Example[]): OpenPredictor<State> {
  for (const [x, y] of examples) live.learnOne(toVector(x), y);
  return live;
}

const nodesOf = (live: OpenPredictor<State>) => (live.close() as State & { readonly nodes: readonly Node[] }).nodes;
const hasAlternate = (live: OpenPredictor<State>) => nodesOf(live).some((node) => node.hasAlternate);

function shareRight(live: OpenPredictor<State>, examples: readonly Example[]): number {
  const right = examples.filter(([x, y]) => (live.predictOne(toVector(x)) as number) > 0.5 === y);
  return right.length / examples.length;
}

describe("a Hoeffding adaptive tree", () => {
  test.each(["nba", "nb", "mc"])("learns a corner (%s)", (leafPrediction) => {
    const live = learn(start({ ...FAST, leafPrediction }), corners(2000, false, 1));

    expect(shareRight(live, corners(500, false, 2))).toBeGreaterThan(0.9);
    expect(nodesOf(live).length).toBeGreaterThan(2);
    expect(hasAlternate(live)).toBe(false);
  });

  test("grows an alternate after a drift, and lets it take the place once it is better", () => {
    const live = learn(start(), corners(2000, false, 1));
    const seen: boolean[] = [];

    for (const example of corners(2500, true, 3)) {
      learn(live, [example]);
      if (seen.length % 10 === 0) seen.push(hasAlternate(live));
      else seen.push(seen.at(-1) as boolean);
    }

    expect(seen).toContain(true);
    expect(seen.at(-1)).toBe(false);
    expect(shareRight(live, corners(500, true, 4))).toBeGreaterThan(0.9);
  });

  test("does so to the bit where its state goes through JSON at each example", () => {
    const tree = make();
    const once = learn(tree.open(tree.init()), corners(1500, false, 1));
    let state = once.close();

    for (const example of corners(1200, true, 3)) {
      const read = readState<State>(tree.form, JSON.parse(JSON.stringify(state)));
      state = learn(tree.open(read), [example]).close();
      learn(once, [example]);
    }

    expect(JSON.stringify(state)).toBe(JSON.stringify(once.close()));
  });

  test("does not begin anew where it errs less and less", () => {
    const random = new SeededRandom(7);
    const noisy = corners(1500, false, 1).map(([x, y]): Example => [x, random.next() < 0.3 ? !y : y]);
    const live = learn(start(), noisy);
    let began = 0;

    for (const example of corners(1500, false, 3)) {
      learn(live, [example]);
      if (hasAlternate(live)) began++;
    }

    expect(began).toBe(0);
  });

  test("comes to another state from another seed, and needs none without bootstrap", () => {
    const state = (options: object) =>
      JSON.stringify(learn(start({ ...FAST, ...options }), corners(300, false, 1)).close());

    expect(state({ seed: 1 })).not.toBe(state({ seed: 2 }));
    const [one, other] = [1, 2].map((seed) => JSON.parse(state({ seed, bootstrap: false })).nodes);
    expect(one).toEqual(other);
  });

  test("keeps to its limit, gives back what an alternate took, and has the same room after it was closed", () => {
    const bytes = 20_000;
    const tree = make({ ...FAST, gracePeriod: 20, tau: 1 });
    const once = tree.open(tree.init(), new StateBudget(bytes));
    let state = tree.init();

    for (let part = 0; part < 12; part++) {
      const examples = corners(400, part % 2 === 1, part);
      state = learn(tree.open(state, new StateBudget(bytes)), examples).close();
      learn(once, examples);
    }

    expect(JSON.stringify(state)).toBe(JSON.stringify(once.close()));
    expect(JSON.stringify(state).length).toBeLessThan(1.5 * bytes);
  });

  test("explains a prediction by the tests on its way, but while branches vote", () => {
    const live = start();
    expect(live.explain?.(toVector({ a: 1 }))).toMatchObject({ kind: "none" });

    learn(live, corners(2000, false, 1));
    expect(live.explain?.(toVector({ a: 0.9, b: 0.9 }))).toMatchObject({ kind: "path" });

    const late = corners(2500, true, 3);
    while (!hasAlternate(live) && late.length > 0) learn(live, [late.shift() as Example]);
    expect(live.explain?.(toVector({ a: 0.9, b: 0.9 }))).toMatchObject({ kind: "none", why: /several branches/ });
  });

  const errors = adwin.create({}).init();
  const leaf = (depth: number) => ({
    depth,
    errors,
    ...{ labels: [], weights: [], mcRight: 0, nbRight: 0, triedAt: 0, observers: [] },
  });
  const branch = { feature: 0, threshold: 0, errors, hasAlternate: false };
  const alternating = { ...branch, hasAlternate: true };
  const withNodes = (nodes: readonly object[]) => ({ schema: 1, names: ["a"], labels: [true], random: 1, nodes });

  test("is read with an alternate", () => {
    const nodes = [alternating, leaf(1), leaf(1), branch, leaf(1), leaf(1)];

    const live = make().open(readState<State>(make().form, withNodes(nodes)));

    expect(nodesOf(live).map(({ depth }) => depth)).toEqual(nodes.map((node) => (node as Node).depth));
  });

  test.each<[string, readonly object[], RegExp]>([
    ["ends early", [branch, leaf(1)], /^nodes ends before all of its branches have two nodes/],
    ["has nodes on no way", [leaf(0), leaf(0)], /^nodes\[1\] hangs below no branch/],
    ["has a leaf of another depth", [branch, leaf(1), leaf(5)], /^nodes\[2\] has the depth 5, and is at 1/],
    [
      "goes by a feature that is not there",
      [{ ...branch, feature: 3 }, leaf(1), leaf(1)],
      /^nodes\[0\] goes by a feature/,
    ],
    [
      "has an alternate in an alternate",
      [alternating, leaf(1), leaf(1), alternating, leaf(1), leaf(1), leaf(0)],
      /^nodes\[3\] has an alternate, and is in one/,
    ],
    [
      "knows a label that is not there",
      [{ ...leaf(0), labels: [4], weights: [1] }],
      /^nodes\[0\] knows a feature or a label/,
    ],
    ["has a damaged ADWIN", [{ ...leaf(0), errors: { ...errors, width: 3 } }], /^nodes\[0\]\.errors\.width is 3/],
  ])("is refused where it %s", (_what, nodes, words) => {
    expect(() => readState(make().form, withNodes(nodes))).toThrow(words);
  });
});
