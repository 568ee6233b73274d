import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Features, Region, Target } from "../events/vocabulary.ts";
import { conformalProblem, LEAST, levelProblem, MOST_LEVEL, openConformal, SCORES } from "./conformal.ts";
import type { Part } from "./learner.ts";
import { createModelSet, type ModelSetSpec } from "./model-set.ts";
import type { LabelledExample, ModelSetState, OpenModelSet } from "./model-set-state.ts";
import { SeededRandom } from "./seeded-random.ts";
import { type Task, tasks } from "./task.ts";

interface Row {
  readonly x: Features;
  readonly y: Target;
}

function specOf(task: Task, models: Readonly<Record<string, Part[]>>, interval?: number): ModelSetSpec {
  const [serve = ""] = Object.keys(models);
  return {
    ...{ models, serve, task, metrics: [], predict: { interval } },
    modelDigests: Object.fromEntries(Object.keys(models).map((name) => [name, name])),
    context: { isIndicator: (name) => name === "one" },
  };
}

const opened = (spec: ModelSetSpec): OpenModelSet => {
  const set = createModelSet(spec);
  return set.open(set.init(1));
};

function cells(file: string): Record<string, string>[] {
  const text = readFileSync(join(import.meta.dirname, "fixtures", file), "utf8");
  const [head = "", ...lines] = text.trim().split("\n");
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i] as string, cell])));
}

/** The first 5,000 of the flights: their distance and hour. */
const flights = () =>
  cells("flights.csv").map(({ date, distance, delay }): Row => {
    const hour = (2 * Math.PI * new Date(date as string).getUTCHours()) / 24;
    return { x: { distance: Number(distance), sin: Math.sin(hour), cos: Math.cos(hour), one: 1 }, y: Number(delay) };
  });

/** A line that steepens, tips over and gets noisier. */
function driftingLine(n: number): Row[] {
  const random = new SeededRandom(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Array.from({ length: n }, (_, i) => {
    const at = i / n;
    const slope = at < 0.3 ? 2 : at < 0.6 ? 2 + (at - 0.3) * 20 : -3;
    const x = random.next() * 10;
    return { x: { x, one: 1 }, y: slope * x + 5 + (at < 0.5 ? 1 : 4) * normal() };
  });
}

const numbers = ({ label: _, ...row }: Record<string, string>): Features =>
  Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, Number(cell)]));

function holds(region: Region | undefined, y: Target): boolean {
  if (region === undefined) return true; // no bound
  if ("classes" in region) return region.classes.includes(y as string);
  return region.lower <= (y as number) && (y as number) <= region.upper;
}

/** By model: the share of intervals that held the truth, each asked for before its example is learned. */
function coverage(spec: ModelSetSpec, rows: readonly Row[], level: number): Record<string, number> {
  const set = opened(spec);
  const { nonconformity } = tasks[spec.task];
  const told = new Map<string, { all: number; held: number }>(
    Object.keys(spec.models).map((name) => [name, { all: 0, held: 0 }]),
  );
  for (const { x, y } of rows) {
    const predicted = set.predict(x);
    for (const [name, counts] of told) {
      const [prediction, radius] = [predicted[name] ?? null, set.radius(name, x, level)];
      if (prediction === null || "none" in radius) continue;
      counts.all++;
      if (holds(nonconformity?.region(prediction, radius.radius), y)) counts.held++;
    }
    set.learn([{ x, y }], "generation");
  }
  for (const { all } of told.values()) expect(all).toBeGreaterThan(rows.length - 2 * LEAST - 1);
  return Object.fromEntries([...told].map(([name, { all, held }]) => [name, held / all]));
}

const SCALED: Part[] = [{ "standard-scaler": { only: "numbers" } }];
const REGRESSIONS: Readonly<Record<string, Part[]>> = {
  bayesian: [...SCALED, "bayesian-linear-regression"],
  linear: [...SCALED, "linear-regression"],
  tree: ["hoeffding-tree-regressor"],
  mean: ["mean-regressor"],
};

describe("intervals hold the truth as often as was asked, within 2 points", () => {
  const within = (found: Record<string, number>, level: number) => {
    for (const [name, share] of Object.entries(found)) {
      expect(Math.abs(share - level), `${name} at ${level}: ${share}`).toBeLessThan(0.02);
    }
  };

  test.each([0.8, 0.9])("of flights, at %d", (level) => {
    within(coverage(specOf("regression", REGRESSIONS, level), flights(), level), level);
  });

  test.each([0.8, 0.9])("of 10,000 examples of a drifting line, at %d", (level) => {
    const models: Record<string, Part[]> = {
      ...REGRESSIONS,
      "fading bayesian": [{ "bayesian-linear-regression": { smoothing: 0.99 } }],
      "passive-aggressive": ["passive-aggressive-regressor"],
    };
    within(coverage(specOf("regression", models, level), driftingLine(10_000), level), level);
  });

  test.each([
    [0.8, 0.9],
    [0.9, 0.8],
  ])("of that line at %d, where another level is followed, %d", (level, followed) => {
    const { bayesian: _, ...models } = REGRESSIONS;
    within(coverage(specOf("regression", models, followed), driftingLine(10_000), level), level);
  });

  test.each([0.8, 0.9])("and sets of classes, at %d", (level) => {
    const bananas = cells("bananas.csv").map((row): Row => ({ x: numbers(row), y: row["label"] === "1" }));
    const rbf = cells("rbf.csv").map((row): Row => ({ x: numbers(row), y: row["label"] as string }));

    within(coverage(specOf("binary", { logistic: [...SCALED, "logistic-regression"] }, level), bananas, level), level);
    within(coverage(specOf("multiclass", { bayes: ["gaussian-naive-bayes"] }, level), rbf, level), level);
  });
});

describe("scores of predictions", () => {
  const taken = (scores: readonly number[], followed = 0.9) => {
    const live = openConformal(followed);
    for (const score of scores) live.take(score);
    return live;
  };
  const radiusOf = (live: ReturnType<typeof openConformal>, level: number) => {
    const found = live.radius(level);
    return "none" in found ? found.none : found.radius;
  };

  test("say nothing while there are too few of them, and more are needed near 1", () => {
    const none = taken([]);
    const few = taken(Array.from({ length: LEAST - 1 }, () => 1));
    const enough = taken(Array.from({ length: LEAST }, () => 1));

    expect(radiusOf(none, 0.9)).toBe(`0 of the ${LEAST} scores that it takes are there so far`);
    expect(radiusOf(few, 0.9)).toBe(`${LEAST - 1} of the ${LEAST} scores that it takes are there so far`);
    expect(radiusOf(enough, 0.9)).toBeCloseTo(1);
    expect(radiusOf(enough, 0.99)).toBe(`${LEAST} of the 99 scores that it takes are there so far`);
  });

  test("move the level as the paper's equation does", () => {
    const missed = taken([...Array.from({ length: LEAST }, () => 1), 2, 1]);

    expect(missed.close()?.alpha).toBeCloseTo(0.1 + 0.005 * (0.1 - 1) + 0.005 * 0.1, 12);
  });

  test("leave no bound where they grow too fast, and find one again", () => {
    const live = taken(Array.from({ length: LEAST + 40 }, (_, i) => 2 ** i));
    expect(radiusOf(live, 0.9)).toBe(Number.POSITIVE_INFINITY);

    for (let i = 0; i < SCORES; i++) live.take(1);

    expect(radiusOf(live, 0.9)).toBeCloseTo(1);
  });

  test("are kept up to a bound, in the same state however they are written and read between", () => {
    const scores = fc.array(fc.double({ min: 0, max: 1e300, noNaN: true }), { maxLength: 2 * SCORES });
    fc.assert(
      fc.property(scores, fc.nat(2 * SCORES), (all, cut) => {
        const state = taken(all).close();
        const first = taken(all.slice(0, cut)).close();
        const live = openConformal(0.9, first && JSON.parse(JSON.stringify(first)));
        for (const score of all.slice(cut)) live.take(score);

        expect(live.close()).toEqual(state);
        expect(JSON.stringify(state ?? {}).length).toBeLessThan(1500);
        if (state !== undefined) expect(conformalProblem(state)).toBeUndefined();
      }),
    );
  });

  test("never say less for a greater level, whichever is followed", () => {
    const level = fc.double({ min: 0.01, max: MOST_LEVEL, noNaN: true });
    const scores = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 100, maxLength: 400 });
    fc.assert(
      fc.property(scores, level, level, level, (all, followed, a, b) => {
        const live = taken(all, followed);
        const [less, more] = [radiusOf(live, Math.min(a, b)), radiusOf(live, Math.max(a, b))] as [number, number];
        expect(more).toBeGreaterThanOrEqual(less);
      }),
    );
  });

  test("go on under another level, which begins anew", () => {
    const state = taken(Array.from({ length: 100 }, (_, i) => i)).close();

    const moved = openConformal(0.8, state);

    const { n, inside, ...scores } = state ?? {};
    expect([n, inside]).toEqual([100 - LEAST, expect.any(Number)]);
    expect(moved.close()).toEqual({ ...scores, level: 0.8, alpha: 1 - 0.8 });
    expect(radiusOf(moved, 0.8)).toBeCloseTo(80);
  });

  test.each<[string, unknown, RegExp]>([
    ["nothing", null, /schema/],
    ["another schema", { schema: 2 }, /schema/],
    ["a level past the limit", { level: 1 }, /level/],
    ["a level in a list", { level: [0.9] }, /level/],
    ["an alpha out of reach", { alpha: -1 }, /alpha/],
    ["an alpha that is an empty list", { alpha: [] }, /alpha/],
    ["a window that is no text", { window: 3 }, /text/],
    ["more truths inside than there were", { n: 1, inside: 2 }, /inside than n/],
    ["truths inside of none", { inside: 2 }, /inside than n/],
    ["a count below 0", { n: -1 }, /inside than n/],
    ["a count that is none", { n: "7", inside: 0 }, /inside than n/],
    ["half a number", { window: "AAA=" }, /base64/],
    ["more scores than are kept", { window: "AAAA".repeat((SCORES / 3) * 4 + 4) }, /at most 250/],
    ["a score below 0", { window: Buffer.from(Float32Array.of(-1).buffer).toString("base64") }, /from 0/],
    [
      "a score that is no number",
      { window: Buffer.from(Float32Array.of(Number.NaN).buffer).toString("base64") },
      /from 0/,
    ],
  ])("from outside are refused with %s", (_title, change, problem) => {
    const sound = taken([1, 2, 3]).close();

    expect(conformalProblem(sound)).toBeUndefined();
    expect(conformalProblem(change && { ...sound, ...(change as object) })).toMatch(problem);
  });
});

test.each<[unknown, RegExp | undefined]>([
  [0.9, undefined],
  [MOST_LEVEL, undefined],
  [90, /did you mean 0\.9\?/],
  [1, /up to 0\.99/],
  [0, /above 0/],
  ["0.9", /a number/],
  [Number.NaN, /a number/],
])("the level %s is a level, or what is wrong with it is said", (level, problem) => {
  if (problem === undefined) expect(levelProblem(level)).toBeUndefined();
  else expect(levelProblem(level)).toMatch(problem);
});

describe("a model set", () => {
  const spec = specOf("regression", { linear: ["linear-regression"], bayesian: ["bayesian-linear-regression"] });
  const examples = (n: number): LabelledExample[] =>
    driftingLine(n).map(({ x, y }, i): LabelledExample => {
      const values = { linear: (y as number) + (i % 7), bayesian: i };
      return i % 3 === 0 ? { x, y, served: { generation: "g", version: 1, model: "linear", values } } : { x, y };
    });
  const stateOf = (all: readonly LabelledExample[], size: number): ModelSetState => {
    const set = createModelSet(spec);
    let state = set.init(1);
    for (let at = 0; at < all.length; at += size) {
      const open = set.open(JSON.parse(JSON.stringify(state)));
      open.learn(all.slice(at, at + size), "g");
      state = open.close(1);
    }
    return state;
  };

  test("takes the same scores however its examples are grouped into commits", () => {
    const all = examples(320);
    const [one, some, together] = [1, 17, 320].map((size) => stateOf(all, size).models);

    expect(one?.["linear"]?.conformal?.alpha).not.toBe(1 - 0.9);
    for (const name of ["linear", "bayesian"]) {
      expect(some?.[name]?.conformal).toEqual(one?.[name]?.conformal);
      expect(together?.[name]?.conformal).toEqual(one?.[name]?.conformal);
    }
  });

  test("counts the truths that were in the interval that was known before them, by the intervals that are told", () => {
    const set = opened(spec);
    const told = { n: 0, inside: 0 };
    for (const example of examples(400)) {
      const { x, y, served } = example;
      const prediction = served?.values["linear"] ?? set.predict(x)["linear"] ?? null;
      const radius = set.radius("linear", x, 0.9);
      if (!("none" in radius)) {
        told.n++;
        if (holds(tasks.regression.nonconformity?.region(prediction as number, radius.radius), y)) told.inside++;
      }
      set.learn([example], "g");
    }

    const { conformal } = set.close(1).models["linear"] ?? {};

    expect(told.n).toBe(400 - LEAST);
    expect(conformal).toMatchObject(told);
    expect(told.inside).toBeGreaterThan(0.8 * told.n);
  });

  test("goes on with scores whose truths an earlier Wadi did not count, and begins to count", () => {
    const state = stateOf(examples(40), 40);
    const { n: _n, inside: _inside, ...uncounted } = state.models["linear"]?.conformal ?? {};
    const earlier = { ...state.models["linear"], conformal: uncounted };
    const set = createModelSet(spec);

    const open = set.open(set.carryOver({ ...state, models: { ...state.models, linear: earlier } }));
    const unchanged = open.close(1).models["linear"];
    open.learn(examples(5), "g");

    expect(unchanged?.conformal).toEqual(uncounted);
    expect(open.close(1).models["linear"]?.conformal).toMatchObject({ n: 5, inside: expect.any(Number) });
  });

  test("scores what was served", () => {
    const served = { generation: "g", version: 1, model: "linear", values: { linear: 13 } };
    const set = opened(spec);
    set.learn(
      Array.from({ length: LEAST }, () => ({ x: { x: 1 }, y: 10, served })),
      "g",
    );

    const { radius } = set.radius("linear", { x: 1 }, 0.9) as { radius: number };
    expect(radius).toBeCloseTo(3);
    // It was not there when these were served.
    expect(set.radius("bayesian", { x: 1 }, 0.9)).toHaveProperty("none");
  });

  test("opens a state that an earlier Wadi wrote without scores, and begins with them", () => {
    const { models, ...rest } = stateOf(examples(40), 40);
    const earlier = Object.fromEntries(Object.entries(models).map(([name, { conformal: _, ...one }]) => [name, one]));
    const set = createModelSet(spec);

    const open = set.open(set.carryOver({ ...rest, models: earlier }));
    expect(open.radius("linear", { x: 1 }, 0.9)).toHaveProperty("none");
    open.learn(examples(LEAST), "g");

    expect(open.radius("linear", { x: 1 }, 0.9)).toHaveProperty("radius");
  });

  test("has wider intervals of a Bayesian regression where less is known", () => {
    const set = opened(spec);
    set.learn(examples(100), "g");
    const at = (x: Features) => (set.radius("bayesian", x, 0.9) as { radius: number }).radius;

    expect(at({ x: 1000, one: 1 })).toBeGreaterThan(2 * at({ x: 5, one: 1 }));
  });
});
