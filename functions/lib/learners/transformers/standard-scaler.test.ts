import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Features } from "../../events/vocabulary.ts";
import type { OpenTransformer, State, Transformer } from "../learner.ts";
import { toVector } from "../vector.ts";
import { standardScaler } from "./standard-scaler.ts";

const context = { isIndicator: (name: string) => name.startsWith("origin_") };

function learned(rows: readonly Features[], options = {}): OpenTransformer<State> {
  const scaler = standardScaler.create(options, context) as Transformer;
  const live = scaler.open(scaler.init());
  for (const row of rows) live.learnOne(toVector(row), 0);
  return live;
}

describe("the standard scaler", () => {
  test.each([0, 1e6, -1e9, 1e12])("keeps the spread of numbers around %d", (offset) => {
    const live = learned(Array.from({ length: 1000 }, (_, i) => ({ a: offset + (i % 2 === 0 ? 1 : -1) })));

    const [scaled] = live.transformOne(toVector({ a: offset + 1 })).values;

    expect(scaled).toBeCloseTo(1, 3);
  });

  test("scales a constant to 0, whatever it is and however long it lasts", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e150, max: 1e150 }), (a) => {
        const live = learned(Array.from({ length: 50 }, () => ({ a })));

        expect(live.transformOne(toVector({ a })).values).toEqual([0]);
      }),
    );
  });

  test("never has a variance below 0", () => {
    const far = fc.double({ min: -1e15, max: 1e15, noNaN: true });
    fc.assert(
      fc.property(far, fc.array(fc.double({ min: -1e-3, max: 1e-3, noNaN: true })), (offset, values) => {
        const { vars } = learned(values.map((value) => ({ a: offset + value }))).close() as State & { vars: number[] };

        expect(vars.every((variance) => variance >= 0)).toBe(true);
      }),
    );
  });

  test("hands on what it may not touch as it is, text included", () => {
    const live = learned([{ a: 1, origin_LAX: 1, b: 2 }], { only: "numbers" });

    const only = live.transformOne(toVector({ origin_LAX: 1, a: 3, origin_JFK: 1 }));
    const named = learned([{ a: 1, b: "text" }], { only: ["a"] }).transformOne(toVector({ b: "text", a: 1 }));

    expect(only).toEqual({ names: ["origin_LAX", "a", "origin_JFK"], values: [1, 0, 1] });
    expect(named.values).toEqual(["text", 0]);
  });

  test("makes 0 of a feature it has not learned, or leaves it where it only moves the mean", () => {
    expect(learned([]).transformOne(toVector({ a: 5 })).values).toEqual([0]);
    expect(learned([], { withStd: false }).transformOne(toVector({ a: 5 })).values).toEqual([5]);
  });
});
