import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Features, Prediction, Target } from "../../events/vocabulary.ts";
import { learnerTypes } from "../index.ts";
import { type LearnerType, NonFiniteError, type OpenPredictor, type Predictor, type State } from "../learner.ts";
import { likeliest } from "../likeliest.ts";
import { SeededRandom } from "../seeded-random.ts";
import { StateBudget } from "../state-budget.ts";
import { readState } from "../state-form.ts";
import { toVector } from "../vector.ts";

type Example = readonly [Features, Target];

interface Tree {
  readonly nodes: readonly { readonly subspace?: readonly number[]; readonly linear?: object }[];
  readonly background?: object;
  readonly warnings: number;
  readonly drifts: number;
}

interface EnsembleState extends State {
  readonly names: readonly string[];
  readonly random: number;
  readonly trees: readonly Tree[];
  readonly members: readonly { readonly replaced: number }[];
}

const FORESTS = ["adaptive-random-forest-classifier", "adaptive-random-forest-regressor"];
const ALL = [...FORESTS, "adwin-bagging-classifier"];

function make(name: string, options: object = {}): Predictor {
  return (learnerTypes[name] as LearnerType).create(options as Record<string, unknown>, {
    isIndicator: () => false,
  }) as Predictor;
}

function start(name: string, options: object = {}, budget?: StateBudget): OpenPredictor<State> {
  const made = make(name, options);
  return made.open(made.init(), budget);
}

const stateOf = (live: OpenPredictor<State>) => live.close() as EnsembleState;
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

/** Which of three bands a is in, and noise in b, c and d; for a forest of numbers how far a is up. `turned`: the other way round, and up. */
function exampleFor(name: string, isTurned: boolean, random: SeededRandom): Example {
  const x = { a: random.next(), b: random.next(), c: random.next(), d: random.next() };
  const a = isTurned ? (name.endsWith("regressor") ? 3 : 1) - x.a : x.a;
  return [x, name.endsWith("regressor") ? 100 * a : a < 0.3 ? "low" : a < 0.7 ? "middle" : "high"];
}

/** Of a stream that turns after `turn` examples. */
function examplesFor(name: string, count: number, turn = count, seed = 5): Example[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (_, i) => exampleFor(name, i >= turn, random));
}

function learn(live: OpenPredictor<State>, examples: readonly Example[]): OpenPredictor<State> {
  for (const [x, y] of examples) live.learnOne(toVector(x), y);
  return live;
}

/** The mean error: how far off, or how often wrong. */
function errorOf(live: OpenPredictor<State>, examples: readonly Example[]): number {
  const errors = examples.map(([x, y]) => {
    const said = live.predictOne(toVector(x));
    if (typeof y === "number") return Math.abs((said as number) - y);
    return likeliest(said as Record<string, number>) === y ? 0 : 1;
  });
  return sum(errors) / errors.length;
}

describe.each(ALL)("%s", (name) => {
  test("learns what a single threshold cannot tell", () => {
    const live = learn(start(name), examplesFor(name, 1500));

    const error = errorOf(live, examplesFor(name, 300, 300, 6));
    expect(error).toBeLessThan(name.endsWith("regressor") ? 12 : 0.15);
  });

  test("comes to the same state from the same seed and examples, and to another from another seed", () => {
    const examples = examplesFor(name, 300, 150);

    const [one, same, other] = [1, 1, 2].map((seed) => JSON.stringify(learn(start(name, { seed }), examples).close()));

    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  test("replaces what has gone wrong after a drift, also where its state goes through JSON at each example", () => {
    const few = name.startsWith("adwin") ? { members: 3 } : { trees: 3 };
    const made = make(name, name.endsWith("regressor") ? { ...few, leafPrediction: "mean" } : few);
    const examples = examplesFor(name, 1200, 700);
    const once = learn(made.open(made.init()), examples.slice(0, 690));
    let state = once.close();
    expect(replacedIn(state as EnsembleState)).toBe(0);

    for (const example of examples.slice(690)) {
      const read = readState<State>(made.form, JSON.parse(JSON.stringify(state)));
      state = learn(made.open(read), [example]).close();
    }

    expect(replacedIn(state as EnsembleState)).toBeGreaterThan(0);
    expect(JSON.stringify(state)).toBe(JSON.stringify(learn(once, examples.slice(690)).close()));
    const after = examplesFor(name, 300, 0, 7);
    expect(errorOf(made.open(state), after)).toBeLessThan(name.endsWith("regressor") ? 25 : 0.35);
  });

  test("says the same whatever its random numbers, labels and features were, after its state went through JSON", () => {
    const made = make(name, name.startsWith("adwin") ? { members: 2 } : { trees: 2, gracePeriod: 10 });
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 120 }), (seed, count) => {
        const live = learn(made.open({ ...made.init(), random: seed } as State), examplesFor(name, count, 40, seed));
        const again = made.open(readState<State>(made.form, JSON.parse(JSON.stringify(live.close()))));

        for (const [x] of examplesFor(name, 5, 0, seed + 1)) {
          expect(again.predictOne(toVector(x))).toEqual(live.predictOne(toVector(x)));
        }
        expect(JSON.stringify(learn(again, examplesFor(name, 20)).close())).toBe(
          JSON.stringify(learn(live, examplesFor(name, 20)).close()),
        );
      }),
      { numRuns: 15 },
    );
  });

  test("goes on where features are missing, all of them too, and takes new ones late", () => {
    const live = learn(start(name), examplesFor(name, 600));

    learn(live, [
      ...examplesFor(name, 100).map(([{ a, b }, y]): Example => [a === undefined ? {} : { a, b: b as number }, y]),
      ...examplesFor(name, 50).map(([, y]): Example => [{}, y]),
      ...examplesFor(name, 300).map(([x, y]): Example => [{ ...x, late: 1 }, y]),
    ]);

    expect(errorOf(live, examplesFor(name, 200, 200, 8))).toBeLessThan(name.endsWith("regressor") ? 15 : 0.25);
    expect(isFinitePrediction(live.predictOne(toVector({})))).toBe(true);
  });

  test("stays within its limit, and has the same room after it was closed and opened again", () => {
    const bytes = 60_000;
    const made = make(name, { ...(name.startsWith("adwin") ? { lambda: 6 } : { gracePeriod: 20, delta: 0.5 }) });
    const once = made.open(made.init(), new StateBudget(bytes));
    let state = made.init();

    for (let from = 0; from < 1500; from += 50) {
      const examples = examplesFor(name, 50, 25, from + 1);
      state = learn(made.open(state, new StateBudget(bytes)), examples).close();
      learn(once, examples);
    }

    // Windows of ADWIN and the names of members come on top.
    expect(JSON.stringify(state).length).toBeLessThan(1.5 * bytes);
    expect(JSON.stringify(state)).toBe(JSON.stringify(once.close()));
  });

  test.each<[string, (state: EnsembleState) => unknown, RegExp]>([
    ["another number of parts", (state) => without(state, 1), /^(trees|members) has 1 items, and 2 belong there/],
    ["no random numbers", (state) => ({ ...state, random: -1 }), /^random must be a whole number below 4294967296/],
  ])("refuses a state with %s", (_what, damage, words) => {
    const made = make(name, name.startsWith("adwin") ? { members: 2 } : { trees: 2 });
    const state = learn(made.open(made.init()), examplesFor(name, 50)).close() as EnsembleState;

    expect(() => readState(made.form, damage(state))).toThrow(words);
  });
});

describe("an adaptive random forest", () => {
  test.each(FORESTS)("(%s) has as many trees as it is told, each leaf with some of the features", (name) => {
    const { trees } = stateOf(learn(start(name, { trees: 4, maxFeatures: 3 }), examplesFor(name, 400)));

    expect(trees.length).toBe(4);
    const subspaces = trees.flatMap(({ nodes }) => nodes.flatMap(({ subspace }) => (subspace ? [subspace] : [])));
    expect(new Set(subspaces.map(({ length }) => length))).toEqual(new Set([3]));
    expect(new Set(subspaces.map((places) => JSON.stringify([...places].sort()))).size).toBe(4);
  });

  test.each<[string | number, number]>([
    ["sqrt", 2],
    ["log2", 2],
    ["all", 4],
    [1, 1],
    [99, 4],
  ])("with maxFeatures %s a leaf looks at %i of 4 features", (maxFeatures, expected) => {
    const [name = ""] = FORESTS;
    const { trees } = stateOf(learn(start(name, { maxFeatures }), examplesFor(name, 4)));

    expect(new Set(trees.map(({ nodes }) => nodes[0]?.subspace?.length))).toEqual(new Set([expected]));
  });

  test("begins a background tree at a warning, and lets it take the place at a drift", () => {
    const [name = ""] = FORESTS;
    const live = start(name, { trees: 1, warningDelta: 0.5, driftDelta: 1e-5 });
    learn(live, examplesFor(name, 700));
    const before = stateOf(live).trees[0] as Tree;
    const seen: boolean[] = [];

    for (const example of examplesFor(name, 700, 0, 9)) {
      learn(live, [example]);
      seen.push(stateOf(live).trees[0]?.background !== undefined);
    }

    const after = stateOf(live).trees[0] as Tree;
    expect(seen.indexOf(true)).toBeGreaterThanOrEqual(0);
    expect(after.drifts).toBe(before.drifts + 1);
    expect(after.warnings).toBeGreaterThan(0);
  });

  test("gives the room of a replaced tree to the one in its place", () => {
    const [name = ""] = FORESTS;
    const budget = new StateBudget(200_000);
    const live = start(name, { trees: 2, gracePeriod: 20, delta: 0.5 }, budget);

    for (let i = 0; i < 10; i++) learn(live, examplesFor(name, 400, i % 2 === 0 ? 400 : 0, i + 1));

    expect(sum(stateOf(live).trees.map(({ drifts }) => drifts))).toBeGreaterThan(3);
    expect(budget.refused).toBe(0);
    expect(errorOf(live, examplesFor(name, 200, 0, 99))).toBeLessThan(0.3);
  });

  test.each(["median", "mean", "weighted-mean"])("of numbers predicts by the %s of its trees", (vote) => {
    const live = learn(start("adaptive-random-forest-regressor", { vote }), examplesFor("regressor", 800));

    expect(errorOf(live, examplesFor("regressor", 200, 200, 6))).toBeLessThan(14);
  });

  test("of numbers goes on with means where the numbers are too large for linear models", () => {
    const live = start("adaptive-random-forest-regressor", { trees: 3 });
    const examples = examplesFor("regressor", 400).map(
      ([x, y]): Example => [
        Object.fromEntries(Object.entries(x).map(([name, value]) => [name, (value as number) * 1e150])),
        y,
      ],
    );

    learn(live, examples);

    const leaves = stateOf(live).trees.flatMap(({ nodes }) => nodes.filter((node) => "depth" in node));
    expect(leaves.some(({ linear }) => linear === undefined)).toBe(true);
    const said = examples.map(([x]) => live.predictOne(toVector(x)) as number);
    expect(said.every((value) => Number.isFinite(value) && Math.abs(value) < 1e6)).toBe(true);
  });

  test("of numbers refuses errors whose squares are beyond doubles", () => {
    const live = start("adaptive-random-forest-regressor");

    expect(() =>
      learn(
        live,
        [1e200, -1e200, 1e200].map((y): Example => [{ a: 1 }, y]),
      ),
    ).toThrow(NonFiniteError);
  });

  test("learns a label that comes late", () => {
    const [name = ""] = FORESTS;
    const live = learn(start(name), examplesFor(name, 400));

    learn(
      live,
      Array.from({ length: 200 }, (_, i): Example => [{ a: 5 + (i % 10) / 10, b: 0, c: 0, d: 0 }, "new"]),
    );

    const said = live.predictOne(toVector({ a: 5.5, b: 0, c: 0, d: 0 })) as Record<string, number>;
    expect(likeliest(said)).toBe("new");
    expect(sum(Object.values(said))).toBeCloseTo(1, 9);
  });

  test("lets trees that were right more often count for more", () => {
    const [name = ""] = FORESTS;
    const examples = examplesFor(name, 300);
    const [weighted, even] = [true, false].map((weightedVote) => learn(start(name, { weightedVote }), examples));
    const [x] = examples[7] as Example;

    const [one, other] = [weighted, even].map((live) => live?.predictOne(toVector(x)) as Record<string, number>);
    expect(one).not.toEqual(other);
    expect(likeliest(one as Record<string, number>)).toBe(likeliest(other as Record<string, number>));
  });
});

describe("bagging with ADWIN", () => {
  test.each(["gaussian-naive-bayes", "softmax-regression", { "hoeffding-tree-classifier": { leafPrediction: "mc" } }])(
    "has members of the learner that it is told: %j",
    (model) => {
      const live = start("adwin-bagging-classifier", { model, members: 2 });
      learn(live, examplesFor("bagging", 50));
      const name = typeof model === "string" ? model : "hoeffding-tree-classifier";
      const alone = start(name);
      learn(alone, examplesFor("bagging", 50));

      const { members } = live.close() as State & { readonly members: readonly { readonly state: object }[] };
      expect(members.map(({ state }) => Object.keys(state))).toEqual([0, 1].map(() => Object.keys(alone.close())));
    },
  );

  test("says the share of true of two classes", () => {
    const live = start("adwin-bagging-classifier", { model: "gaussian-naive-bayes" });
    learn(
      live,
      examplesFor("bagging", 400).map(([x]): Example => [x, (x["a"] as number) > 0.5]),
    );

    expect(live.predictOne(toVector({ a: 0.9, b: 0.5, c: 0.5, d: 0.5 }))).toBeGreaterThan(0.8);
    expect(live.predictOne(toVector({ a: 0.1, b: 0.5, c: 0.5, d: 0.5 }))).toBeLessThan(0.2);
  });

  test("says nothing before a member has learned", () => {
    expect(start("adwin-bagging-classifier").predictOne(toVector({ a: 1 }))).toBeNull();
  });
});

function replacedIn({ trees, members }: EnsembleState): number {
  return sum((trees ?? []).map(({ drifts }) => drifts)) + sum((members ?? []).map(({ replaced }) => replaced));
}

function without(state: EnsembleState, left: number): unknown {
  const { trees, members } = state;
  return trees === undefined
    ? { ...state, members: members.slice(0, left) }
    : { ...state, trees: trees.slice(0, left) };
}

function isFinitePrediction(prediction: Prediction): boolean {
  if (prediction === null) return true;
  return typeof prediction === "number"
    ? Number.isFinite(prediction)
    : Object.values(prediction).every((share) => Number.isFinite(share));
}
