import { expect, test } from "vitest";
import { createTelemetry, readOff } from "./metrics.ts";

test("every metric is ours by name and says what it counts", () => {
  const metrics = createTelemetry().registry.all();

  expect(metrics.length).toBeGreaterThan(8);
  for (const { name, help } of metrics) {
    expect(name).toMatch(/^wadi_[a-z_]+$/);
    expect(help).not.toBe("");
  }
});

test("Node's own figures are there where they are asked for, and only there", async () => {
  expect(await createTelemetry(true).registry.metrics()).toContain("nodejs_eventloop_lag_seconds");
  expect(await createTelemetry().registry.metrics()).not.toContain("nodejs_");
});

test("two processes in one do not share figures", async () => {
  const [one, other] = [createTelemetry(), createTelemetry()];

  one.predictions.inc({ set: "flights" });

  expect(await one.registry.metrics()).toContain('wadi_predictions_total{set="flights"} 1');
  expect(await other.registry.metrics()).not.toContain("flights");
});

test("a gauge that is read off shows what is there now, and nothing of what is gone", async () => {
  const { registry } = createTelemetry();
  let lanes: [string, number][] = [
    ["learn", 3],
    ["predict", 1],
  ];
  readOff(registry, "wadi_lag", "Events that wait", "trigger", () => lanes);
  expect(await registry.metrics()).toContain('wadi_lag{trigger="predict"} 1');

  lanes = [["learn", 0]];

  const text = await registry.metrics();
  expect(text).toContain('wadi_lag{trigger="learn"} 0');
  expect(text).not.toContain('"predict"');
});
