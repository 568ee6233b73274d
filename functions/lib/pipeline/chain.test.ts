import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parsePipeline } from "./parse.ts";

const flights = readFileSync(new URL("../../../helm/pipelines/flights.yaml", import.meta.url), "utf8");

/** flights.yaml with some of its text replaced. */
function edited(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`flights.yaml has no ${from}`);
    return text.replace(from, to);
  }, flights);
}

function problemsOf(text: string): string {
  try {
    parsePipeline(text, "flights.yaml");
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("text features", () => {
  const chain = (parts: string) =>
    problemsOf(
      edited(["origin, as: one-hot", "origin, as: text"], ["    - standard-scaler: { only: numbers }", parts]),
    );

  test("may reach a target mean, which makes a number of them that can be scaled", () => {
    expect(chain("    - target-mean: { by: origin }\n    - standard-scaler")).toBe("");
  });

  test("may pass by a part that touches other features only", () => {
    expect(chain("    - standard-scaler: { only: [distance, 'hour_*'] }\n    - target-mean: { by: origin }")).toBe("");
  });

  test("may not be left to the predictor", () => {
    expect(chain("    - standard-scaler: { only: [distance] }")).toMatch(/"origin" reaches linear-regression/);
  });

  test("must exist where a part names one", () => {
    expect(chain("    - target-mean: { by: orgin }")).toMatch(
      /models\.linear\[0\]\.target-mean.*did you mean "origin"/,
    );
  });

  test("is known behind a target mean by the name of the mean", () => {
    expect(chain("    - target-mean: { by: origin }\n    - standard-scaler: { only: [target_mean_by_origin] }")).toBe(
      "",
    );
    expect(
      problemsOf(
        edited(
          [
            "{ from: origin, as: one-hot }",
            "{ from: origin, as: text }\n  - { from: distance, as: number, name: target_mean_by_origin }",
          ],
          ["    - standard-scaler: { only: numbers }", "    - target-mean: { by: origin }"],
        ),
      ),
    ).toMatch(/makes a feature "target_mean_by_origin", and there is one/);
  });

  test("become indicators behind a one-hot encoder and a feature hasher, which may not be scaled", () => {
    for (const encoder of ["one-hot-encoder", "feature-hasher: { only: [origin] }"]) {
      expect(chain(`    - ${encoder}\n    - standard-scaler: { only: numbers }`)).toBe("");
      expect(chain(`    - ${encoder}\n    - standard-scaler`)).toMatch(/would scale the indicators (origin_\*|0) to/);
    }
  });

  test("stay text where an encoder may not touch them", () => {
    expect(chain("    - one-hot-encoder: { only: [destination] }")).toMatch(/"origin" reaches linear-regression/);
  });

  test("may be handed on by a target's statistic, to the next one", () => {
    expect(chain("    - target-mean: { by: origin, keepText: true }\n    - target-count: { by: origin }")).toBe("");
  });
});

test("a feature that a part names must reach it", () => {
  const chain = (parts: string) => problemsOf(edited(["    - standard-scaler: { only: numbers }", parts]));

  expect(chain("    - missing-indicator: { features: [distance, origin_LAX] }")).toBe("");
  expect(chain("    - impute: { features: [distence], with: mean }")).toMatch(
    /models\.linear\[0\]\.impute: names the feature "distence", and no such one reaches it.*did you mean "distance"/,
  );
});
