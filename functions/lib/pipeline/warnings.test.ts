import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parsePipeline } from "./parse.ts";
import { warningsOf } from "./warnings.ts";

const HOUSE = join(import.meta.dirname, "../../../helm/pipelines");
const read = (name: string) => readFileSync(join(HOUSE, `${name}.yaml`), "utf8");
const SCALER = "    - standard-scaler: { only: numbers }\n";

/** The warnings of flights, with other text for each `from`. */
function warnings(...changes: readonly (readonly [from: string, to: string])[]): readonly string[] {
  const text = changes.reduce((before, [from, to]) => {
    expect(before).toContain(from);
    return before.replace(from, to);
  }, read("flights"));
  return warningsOf(parsePipeline(text, "flights.yaml"));
}

test.each(["flights", "line"])("%s, a pipeline of the house, has no warnings", (name) => {
  expect(warningsOf(parsePipeline(read(name), `${name}.yaml`))).toEqual([]);
});

describe("numbers of different sizes before a learner that steps along a gradient", () => {
  test("are told with the place, the features and the cure", () => {
    const [warning, ...more] = warnings([SCALER, ""]);

    expect(more).toEqual([]);
    expect(warning).toMatch(
      /^models\.linear\[0\]: distance reaches linear-regression as it is\. .* put standard-scaler: /,
    );
  });

  test("are only those that no scaler touches, and a sine or an indicator is small by itself", () => {
    const hour = ["as: hour-of-day, encode: cyclic", "as: hour-of-day"] as const;

    expect(warnings(hour)).toEqual([]);
    expect(warnings(hour, [SCALER, "    - max-abs-scaler\n"])).toEqual([]);
    expect(warnings(hour, [SCALER, "    - standard-scaler: { only: [distance] }\n"])).toEqual([
      expect.stringMatching(/^models\.linear\[1\]: hour reaches linear-regression/),
    ]);
  });

  test("may be what a transformer makes: the mean of a target is one", () => {
    const text = ["{ from: origin, as: one-hot }", "{ from: origin, as: text }"] as const;

    expect(
      warnings(text, [SCALER, `    - standard-scaler: { only: [distance] }\n    - target-mean: { by: origin }\n`]),
    ).toEqual([expect.stringContaining("target_mean_by_origin reaches linear-regression")]);
    expect(warnings(text, [SCALER, `    - target-mean: { by: origin }\n${SCALER}`])).toEqual([]);
  });

  test("are no matter for a learner that compares or counts", () => {
    const linear = /linear:\n(.*\n)*? {8}interceptLearningRate: 0.01\n/;
    const text = read("flights").replace(linear, "linear:\n    - hoeffding-tree-regressor\n");

    expect(warningsOf(parsePipeline(text, "flights.yaml"))).toEqual([]);
  });
});
