import { describe, expect, test } from "vitest";
import type { Features } from "../../events/vocabulary.ts";
import { createModel } from "../chain.ts";
import type { OpenTransformer, State, Transformer } from "../learner.ts";
import { StateBudget } from "../state-budget.ts";
import { toVector } from "../vector.ts";
import { oneHotEncoder } from "./one-hot-encoder.ts";

const context = { isIndicator: () => false };

function learned(rows: readonly Features[], options = {}, budget?: StateBudget): OpenTransformer<State> {
  const encoder = oneHotEncoder.create(options, context) as Transformer;
  const live = encoder.open(encoder.init(), budget);
  for (const row of rows) live.learnOne(toVector(row), 0);
  return live;
}

function encoded(live: OpenTransformer<State>, x: Features): Features {
  const { names, values } = live.transformOne(toVector(x));
  return Object.fromEntries(names.map((name, i) => [name, values[i] as number]));
}

describe("the one-hot encoder", () => {
  const rows: Features[] = [{ origin: "LAX" }, { origin: "JFK", carrier: "AA" }];

  test("makes 1 of the value that is there and 0 of all others it has learned; numbers pass", () => {
    expect(encoded(learned(rows), { origin: "JFK", distance: 3 })).toEqual({
      distance: 3,
      origin_LAX: 0,
      carrier_AA: 0,
      origin_JFK: 1,
    });
  });

  test("makes 1 of a value it has not learned", () => {
    expect(encoded(learned(rows), { origin: "SFO" })).toMatchObject({ origin_SFO: 1, origin_LAX: 0 });
  });

  test("hands on the 1 alone and keeps nothing with dropZeros", () => {
    const live = learned(rows, { dropZeros: true });

    expect(encoded(live, { origin: "JFK" })).toEqual({ origin_JFK: 1 });
    expect(live.close()).toEqual({ schema: 1, names: [] });
  });

  test("leaves text it may not touch to the parts behind it", () => {
    expect(encoded(learned([], { only: ["origin"] }), { origin: "JFK", carrier: "AA" })).toEqual({
      carrier: "AA",
      origin_JFK: 1,
    });
  });

  test("names a feature once where two texts would give it the same name", () => {
    expect(learned([]).transformOne(toVector({ a: "b_c", a_b: "c" }))).toEqual({ names: ["a_b_c"], values: [1] });
  });

  test("keeps no more values than its budget has room for, and still makes 1 of the others", () => {
    const many = Array.from({ length: 1000 }, (_, i): Features => ({ id: `user ${i}` }));

    const live = learned(many, {}, new StateBudget(500));

    expect((live.close() as State & { names: string[] }).names.length).toBeLessThan(50);
    expect(encoded(live, { id: "user 999" })).toHaveProperty("id_user 999", 1);
  });
});

test("a scaler of numbers leaves what the encoder makes of a text feature as it is", () => {
  const isIndicator = (name: string) => name.startsWith("origin_");
  const parts = [
    { "one-hot-encoder": { dropZeros: true } },
    { "standard-scaler": { only: "numbers" } },
    "linear-regression",
  ];
  const model = createModel(parts, { isIndicator });
  const live = model.open(model.init());

  for (let i = 0; i < 20; i++) live.learnOne(toVector({ distance: i, origin: i % 2 === 0 ? "LAX" : "JFK" }), i % 2);

  const [scaler, regression] = live
    .close()
    .parts.slice(1)
    .map(({ state }) => state as State & { names: string[] });
  expect(scaler?.names).toEqual(["distance"]);
  expect(regression?.names).toEqual(["distance", "origin_LAX", "origin_JFK"]);
});
