import { describe, expect, test } from "vitest";
import type { Features } from "../../events/vocabulary.ts";
import { createModel } from "../chain.ts";
import type { LearnerType, OpenTransformer, State, Transformer } from "../learner.ts";
import { toVector } from "../vector.ts";
import { impute } from "./impute.ts";
import { missingIndicator } from "./missing-indicator.ts";

const context = { isIndicator: () => false };

function learned(type: LearnerType, options: object, rows: readonly Features[] = []): OpenTransformer<State> {
  const part = type.create({ features: ["a", "b"], ...options }, context) as Transformer;
  const live = part.open(part.init());
  for (const row of rows) live.learnOne(toVector(row), 0);
  return live;
}

function handedOn(live: OpenTransformer<State>, x: Features): Features {
  const { names, values } = live.transformOne(toVector(x));
  return Object.fromEntries(names.map((name, i) => [name, values[i] as number]));
}

describe("imputing", () => {
  const rows: Features[] = [{ a: 1 }, { a: 2, b: 5 }, { a: 9 }];

  test.each([
    ["mean", { a: 4, b: 5 }],
    ["median", { a: 2, b: 5 }],
    [-1, { a: -1, b: -1 }],
  ])("with %s fills in what is absent", (value, filled) => {
    expect(handedOn(learned(impute, { with: value }, rows), {})).toEqual(filled);
  });

  test("leaves what is there, and features it does not name, text too", () => {
    const live = learned(impute, { with: "mean" }, rows);

    expect(handedOn(live, { a: 7, city: "x" })).toEqual({ a: 7, city: "x", b: 5 });
  });

  test("leaves absent what it has never seen, unless it has a fixed number for it", () => {
    expect(handedOn(learned(impute, { with: "mean" }, [{ a: 1 }]), {})).toEqual({ a: 1 });
    expect(handedOn(learned(impute, { with: "median" }), {})).toEqual({});
    expect(handedOn(learned(impute, { with: 0 }), {})).toEqual({ a: 0, b: 0 });
  });
});

describe("the missing indicator", () => {
  test("is there where the feature is not", () => {
    const live = learned(missingIndicator, {});

    expect(handedOn(live, { a: 3 })).toEqual({ a: 3, b_missing: 1 });
    expect(handedOn(live, { a: 3, b: 0 })).toEqual({ a: 3, b: 0 });
  });

  test("is no number: a scaler of numbers leaves it as it is", () => {
    const parts = [
      { "missing-indicator": { features: ["a"] } },
      { impute: { features: ["a"], with: 0 } },
      { "standard-scaler": { only: "numbers" } },
      "linear-regression",
    ];
    const model = createModel(parts, context);
    const live = model.open(model.init());

    for (const x of [{ a: 1 }, {}, { a: 3 }]) live.learnOne(toVector(x), 1);

    const states = live
      .close()
      .parts.slice(2)
      .map(({ state }) => (state as State & { names: string[] }).names);
    expect(states).toEqual([["a"], ["a", "a_missing"]]);
  });
});
