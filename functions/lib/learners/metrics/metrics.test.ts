import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../errors.ts";
import { createMetric, metricTypes } from "./index.ts";
import { metricContract } from "./metric.contract.ts";
import { INFINITE } from "./metric.ts";

for (const type of Object.values(metricTypes)) metricContract(type);

test.each([
  ["mae", 8],
  ["rmse", 8],
  ["r2", 16],
  ["pinball", 8],
])("a window of %s keeps %i bytes a score, in base64, and no more than it is wide", (name, bytes) => {
  const metric = createMetric({ rolling: name, over: 1000 });
  const live = metric.open(metric.init());

  for (let i = 0; i < 2500; i++) live.update(i, i / 3);

  const { window } = live.close() as unknown as { window: string };
  expect(metric.name).toBe(`${name}_rolling_1000`);
  expect(window.length).toBe(Math.ceil((1000 * bytes) / 3) * 4);
});

test("the window is the little-endian float64s of what is kept, oldest first", () => {
  const metric = createMetric({ rolling: "r2", over: 2 });
  const live = metric.open(metric.init());

  for (const [y, prediction] of [[1, 2] as const, [3, 4] as const, [5, 6] as const]) live.update(y, prediction);

  const bytes = Buffer.from((live.close() as unknown as { window: string }).window, "base64");
  expect([0, 8, 16, 24].map((at) => bytes.readDoubleLE(at))).toEqual([3, 4, 5, 6]);
});

describe("of errors that are beyond doubles", () => {
  const WINDOWS = [undefined, 1, 3] as const;
  const of = (name: string, over: number | undefined) =>
    createMetric(over === undefined ? name : { rolling: name, over });
  const scoresOf = (over: number | undefined, pairs: readonly (readonly [number, number])[]) => {
    const values = ["mae", "mse", "rmse", "r2"].map((name) => {
      const metric = of(name, over);
      let live = metric.open(metric.init());
      for (const [y, prediction] of pairs) {
        live.update(y, prediction);
        live = metric.open(JSON.parse(JSON.stringify(live.close())));
      }
      return live.get();
    });
    return { mae: values[0], mse: values[1], rmse: values[2], r2: values[3] } as Record<
      "mae" | "mse" | "rmse" | "r2",
      number
    >;
  };

  test.each(WINDOWS)(
    "MSE and RMSE are infinite, R2 is the worst there is, and none leaves the score out (window: %s)",
    (over) => {
      const { mae, ...others } = scoresOf(over, [
        [1, 2],
        [1, 2],
        [1e200, 0],
      ]);

      expect(mae).toBeGreaterThan(1e199);
      if (over !== 1) expect(others).toEqual({ mse: INFINITE, rmse: INFINITE, r2: -INFINITE });
    },
  );

  test("a mean of all scores stays infinite, one of the last scores recovers when they are past", () => {
    const absurdThenGood = [
      [1, 2],
      [0, 1e200],
      [1, 2],
      [2, 3],
      [4, 5],
    ] as const;

    expect(scoresOf(undefined, absurdThenGood)).toMatchObject({ mse: INFINITE, rmse: INFINITE });
    expect(scoresOf(3, absurdThenGood)).toMatchObject({ mae: 1, mse: 1, rmse: 1 });
  });

  test("RMSE is never below MAE, and infinite where MSE is", () => {
    const number = fc.oneof(
      fc.constantFrom(1.7e308, -1.7e308, 1e200, -1e160, 1e154, 1, 0),
      fc.double({ min: -1e3, max: 1e3, noNaN: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { maxLength: 12 }), fc.constantFrom(...WINDOWS), (pairs, over) => {
        const { mae, mse, rmse } = scoresOf(over, pairs);

        // The square of what is below 1e-160 is 0.
        expect(rmse).toBeGreaterThanOrEqual(mae * (1 - 1e-9) - 1e-160);
        expect(rmse === INFINITE).toBe(mse === INFINITE);
      }),
    );
  });
});

test.each(["mae", "mse", "rmse", "r2"])("%s keeps finite numbers, whatever finite numbers it scores", (name) => {
  const edge = fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 1e308, -1e308, 1e150, 5e-324, -0, 1);
  fc.assert(
    fc.property(fc.array(fc.tuple(edge, edge), { maxLength: 8 }), (pairs) => {
      const metric = createMetric(name);
      const open = metric.open(metric.init());
      for (const [y, prediction] of pairs) open.update(y, prediction);

      const numbers = Object.values(open.close()).filter((kept) => typeof kept === "number");
      expect([open.get(), ...numbers].filter((one) => !Number.isFinite(one))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test.each(["accuracyy", "constructor", "__proto__"])("there is no metric %s, and the cure is named", (name) => {
  expect(() => createMetric(name)).toThrow(ConfigurationError);
  expect(() => createMetric({ rolling: name, over: 10 })).toThrow(/there is: .*mae/);
});
