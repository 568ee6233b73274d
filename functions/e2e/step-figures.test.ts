import { expect, test } from "vitest";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { figuresOf } from "./step-figures.ts";

test("what the pods of a step have counted is added up", async () => {
  const pods = [createTelemetry(), createTelemetry()];
  for (const { commits, answers } of pods) {
    commits.inc({ set: "flights", outcome: "committed" }, 40);
    commits.inc({ set: "flights", outcome: "conflict" }, 3);
    answers.inc({ step: "learn", status: "202" }, 100);
    answers.inc({ step: "learn", status: "503" }, 2);
    answers.inc({ step: "learn", status: "422" });
  }

  const figures = figuresOf(await Promise.all(pods.map(({ registry }) => registry.metrics())));

  expect(figures).toEqual({ committed: 80, conflicts: 6, retried: 4 });
});

test("no pod has counted nothing", () => {
  expect(figuresOf([])).toEqual({ committed: 0, conflicts: 0, retried: 0 });
});
