import { expect, test } from "vitest";
import { ConfigurationError } from "../../errors.ts";
import { createMetric, metricTypes } from "./index.ts";
import { metricContract } from "./metric.contract.ts";

for (const type of Object.values(metricTypes)) metricContract(type);

test.each([
  ["mae", 8],
  ["rmse", 8],
  ["r2", 16],
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

test.each(["accuracyy", "constructor", "__proto__"])("there is no metric %s, and the cure is named", (name) => {
  expect(() => createMetric(name)).toThrow(ConfigurationError);
  expect(() => createMetric({ rolling: name, over: 10 })).toThrow(/there is: .*mae/);
});
