// What the status says to people of model sets whose error has risen, and of steps that are called by URL.

import { expect, test } from "vitest";
import type { Status } from "../../admin/shapes/shapes.ts";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { statusLines } from "./status-view.ts";

const rise = { model: "linear", detector: "adwin", at: 1_000, change: "rise" } as const;

function driftOf(risen: Status["risen"]): string | undefined {
  const status: Status = {
    ...{ version: "1", node: "v24.0.0", pipelines: ["line"], received: 0, perSecond: 0, triggers: [], deadLetters: 0 },
    ...{ modelSets: 4, learned: 9_000, store: { kind: "sqlite" }, ...(risen && { risen }) },
  };
  const output = recordedOutput({ columns: 400, env: { NO_COLOR: "1", LANG: "C.UTF-8" } });
  return statusLines(status, { kind: "folder", folder: ".wadi/data" }, 0, output).find((line) =>
    line.startsWith("drift"),
  );
}

test("a rise of the error is told with its set, how many examples ago it was, and its detector", () => {
  expect(driftOf([{ set: "line", count: 1_234, ...rise }])).toMatch(
    /^drift +the error of linear in line rose 234 examples ago, by adwin \(wadi models show <set>\)$/,
  );
});

test("of many sets three are named; without a rise nothing is said", () => {
  const risen = ["line/a", "line/b", "line/c", "line/d"].map((set) => ({ set, count: 1_000, ...rise }));

  expect(driftOf(risen)).toMatch(/line\/a rose 0 examples ago.*line\/c .*; and in 1 more set /);
  expect(driftOf(risen)).not.toContain("line/d");
  expect(driftOf(undefined)).toBeUndefined();
});

test("a step that is called by URL is told with its address and its last failure; one that answers now is", () => {
  const figures = { lag: 0, inFlight: 0, handled: 1, retries: 0, deadLetters: 0 };
  const failure = { time: 57_000, reason: "platform-429", message: "The platform throttles. Raise its limit." };
  const called = (failing: boolean, some: object = { failure }) => ({ url: "http://host/learn", failing, ...some });
  const status: Status = {
    ...{ version: "1", node: "v24.0.0", pipelines: [], received: 0, deadLetters: 0, modelSets: 0 },
    store: { kind: "redis" },
    triggers: [
      { name: "validate", ...figures },
      { name: "featurize", ...figures, called: called(false, {}) },
      { name: "predict", ...figures, called: called(false) },
      { name: "learn", ...figures, called: called(true) },
    ],
  };
  const output = recordedOutput({ columns: 400, env: { NO_COLOR: "1", LANG: "C.UTF-8" } });

  const lines = statusLines(status, { kind: "folder", folder: ".wadi/data" }, 60_000, output);

  expect(lines.slice(-3)).toEqual([
    "calls  featurize at http://host/learn",
    "calls  predict at http://host/learn; it answers now; 3 s ago platform-429: The platform throttles. Raise its limit.",
    "fails  learn at http://host/learn; 3 s ago platform-429: The platform throttles. Raise its limit.",
  ]);
});
