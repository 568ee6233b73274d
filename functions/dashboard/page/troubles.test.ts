// What is wrong with a step that is called by URL, in one line for each.

import { expect, test } from "vitest";
import type { Status } from "../../admin/shapes/shapes.ts";
import { troubles } from "./troubles.ts";

test("a step by URL that does not answer is told once, with the cure, whether its events wait or not; one that answers again is not", () => {
  const failure = { time: 1_000, reason: "platform-404", message: "404 without the mark. Deploy the step." };
  const at = (name: string, failing: boolean) => ({
    name,
    lag: 0,
    called: { url: `http://host/${name}`, failing, failure },
  });
  const triggers: Status["triggers"] = [
    at("validate", false),
    at("predict", true),
    { ...at("learn", true), waiting: { until: 3_000, reason: "platform-404" } },
  ];
  const status: Status = {
    ...{ version: "1", node: "v24.0.0", pipelines: [], triggers, deadLetters: 0, modelSets: 0 },
    store: { kind: "redis" },
  };

  expect(troubles(status, 1_000).map(({ kind, text }) => [kind, text])).toEqual([
    ["bad", "learn waits and tries again in 2 s: platform-404. 404 without the mark. Deploy the step."],
    ["bad", "predict at http://host/predict: 404 without the mark. Deploy the step."],
  ]);
});
