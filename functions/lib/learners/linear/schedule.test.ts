import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../errors.ts";
import type { Part } from "../learner.ts";
import { createSchedule } from "./schedule.ts";

describe("a learning rate", () => {
  test.each([[0.3], [{ constant: { learningRate: 0.3 } }]])("written as %j stays as it is", (spec: number | Part) => {
    const rate = createSchedule(spec);

    expect([rate(0), rate(1000)]).toEqual([0.3, 0.3]);
  });

  test("of inverse scaling is whole at the first example and falls with a power of t", () => {
    const rate = createSchedule({ "inverse-scaling": { learningRate: 0.2, power: 0.5 } });

    expect([rate(0), rate(3), rate(99)]).toEqual([0.2, 0.1, 0.02]);
  });

  test("that is optimal falls as 1 / (alpha t)", () => {
    const rate = createSchedule({ optimal: { alpha: 0.01 } });

    expect(rate(0)).toBeGreaterThan(rate(1));
    expect(rate(1e9) * 0.01 * 1e9).toBeCloseTo(1, 6);
  });

  test.each(["constant", "inverse-scaling"])("of %s has to be given", (name) => {
    expect(() => createSchedule(name)).toThrow(ConfigurationError);
    expect(() => createSchedule({ [name]: {} })).toThrow(/learningRate/);
  });

  test.each(["cosine", "constructor", "__proto__"])("cannot follow %s, and the error says what there is", (name) => {
    expect(() => createSchedule(name)).toThrow(ConfigurationError);
    expect(() => createSchedule(name)).toThrow(/there is: constant, inverse-scaling/);
  });
});
