// States that an earlier Wadi wrote go on as if nothing had changed: what it predicted after more examples is predicted now.
// fixtures/README.md says how they were made.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Features, Prediction } from "../events/vocabulary.ts";
import { parsePipeline } from "../pipeline/parse.ts";
import { decode } from "./float64s.ts";
import { bayesianLinearRegression } from "./linear/bayesian-linear-regression.ts";
import { createModelSet } from "./model-set.ts";
import type { LabelledExample, ModelSetState } from "./model-set-state.ts";
import { readState, type StateForm, UnsoundStateError } from "./state-form.ts";

interface Earlier {
  readonly state: ModelSetState;
  /** Learned after it. */
  readonly more: readonly LabelledExample[];
  /** Then asked, and what the earlier Wadi answered. */
  readonly asked: readonly Features[];
  readonly predictions: readonly Readonly<Record<string, Prediction>>[];
  readonly scores: unknown;
}

const folder = join(import.meta.dirname, "fixtures/states");
const read = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Earlier;
const setOf = (name: string) => {
  const file = `${name}.yaml`;
  return createModelSet(parsePipeline(readFileSync(join(folder, file), "utf8"), file));
};

test.each(["regression", "multiclass"])("a state of a %s goes on, to the bit", (name) => {
  const { state, more, asked, predictions, scores } = read(name);
  const set = setOf(name);

  const live = set.open(set.carryOver(state));
  live.learn(more, "1");

  expect(asked.map((x) => live.predict(x))).toEqual(predictions);
  expect(live.scores()).toEqual(scores);
});

describe("a Bayesian regression of schema 1", () => {
  const form = bayesianLinearRegression.create({ alpha: 2 }, { isIndicator: () => false }).form;
  const earlier = read("regression").state.models["bayes"]?.chain.parts[1]?.state as unknown as {
    readonly schema: number;
    readonly triangle: readonly number[];
    readonly prior: number;
  };

  test("is read as one of schema 2, with the same numbers", () => {
    const now = readState<{ schema: number; triangle: { window: string } }>(form, earlier);

    expect(earlier.schema).toBe(1);
    expect(now.schema).toBe(2);
    expect([...decode(now.triangle.window)]).toEqual(earlier.triangle);
  });

  test("had no prior at first: each name that comes gets alpha", () => {
    const { prior: _prior, ...first } = earlier;

    expect(readState(form, first)).toMatchObject({ schema: 2, prior: 2 });
  });

  test.each([
    ["no triangle", { triangle: undefined }, /^triangle must be a list/],
    ["a triangle with a gap", { triangle: [1, null, 2] }, /^triangle\[1\] must be a finite number, and is null/],
    ["a triangle of other names", { triangle: [1] }, /^triangle\.window has 1 items, and \d+ belong there/],
    ["another member that is damaged", { sums: 5 }, /^sums must be a list/],
  ])("is refused with %s", (_what, damage, words) => {
    expect(() => readState(form, { ...earlier, ...damage })).toThrow(words);
  });
});

describe("schema numbers", () => {
  const steps: StateForm = {
    schema: 3,
    check() {},
    upgrades: { 1: (state) => ({ ...state, way: [1] }), 2: ({ way }) => ({ way: [...(way as number[]), 2] }) },
  };

  test("go up step by step", () => {
    expect(readState(steps, { schema: 1 })).toEqual({ schema: 3, way: [1, 2] });
    expect(readState(steps, { schema: 2, way: [] })).toEqual({ schema: 3, way: [2] });
    expect(readState(steps, { schema: 3, kept: true })).toEqual({ schema: 3, kept: true });
  });

  test("that this Wadi does not know yet are a newer one's, and waited for", () => {
    expect(() => readState(steps, { schema: 4 })).toThrow(expect.objectContaining({ code: "superseded" }));
  });

  test.each([[0], [-1], [1.5], ["1"], [null], [undefined]])("are no number such as %s", (schema) => {
    expect(() => readState(steps, { schema })).toThrow(/^schema must be a whole number from 1/);
  });

  test("without a way from them are refused, and so is what an upgrade cannot read", () => {
    expect(() => readState({ schema: 3, check() {} }, { schema: 1 })).toThrow(/^schema is 1, and there is no way/);
    expect(() => readState(steps, { schema: 2 })).toThrow(UnsoundStateError);
  });
});
