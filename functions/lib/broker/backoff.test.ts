import { expect, test } from "vitest";
import { ConfigurationError } from "../errors.ts";
import { backoffMs, planDelivery } from "./backoff.ts";

const delivery = { retry: 3, backoffPolicy: "exponential", backoffDelay: "PT0.2S", timeout: "PT30S" } as const;

test("linear backoff is the delay times the number of the retry", () => {
  const waits = [1, 2, 3, 10].map((n) => backoffMs("linear", 5000, n));

  expect(waits).toEqual([5000, 10_000, 15_000, 50_000]);
});

test("exponential backoff doubles from twice the delay on, without an upper bound", () => {
  const waits = [1, 2, 3, 10].map((n) => backoffMs("exponential", 200, n));

  expect(waits).toEqual([400, 800, 1600, 204_800]);
});

test("the default of Knative, ten retries from PT0.2S on, lasts some 409 seconds", () => {
  const { waitMs } = planDelivery({ ...delivery, retry: 10 }, "delivery");

  const total = Array.from({ length: 10 }, (_, i) => waitMs(i + 1)).reduce((sum, ms) => sum + ms);

  expect(total).toBe(409_200);
});

test("a plan has the durations in milliseconds", () => {
  const plan = planDelivery(delivery, "delivery");

  expect(plan).toMatchObject({ retry: 3, timeoutMs: 30_000 });
  expect(plan.waitMs(1)).toBe(400);
});

test.each(["backoffDelay", "timeout"])("a %s that is no duration is named with its path", (name) => {
  const plan = () => planDelivery({ ...delivery, [name]: "5s" }, "the trigger learn: delivery");

  expect(plan).toThrow(ConfigurationError);
  expect(plan).toThrow(`the trigger learn: delivery.${name} is "5s": write an ISO 8601 duration such as PT0.2S`);
});
