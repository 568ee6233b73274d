import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Prediction, Target } from "../../events/vocabulary.ts";
import { createModelSet, type ModelSetSpec } from "../model-set.ts";
import type { ModelSetState } from "../model-set-state.ts";
import { readState } from "../state-form.ts";
import { type Task, tasks } from "../task.ts";
import { BINS, CALIBRATION_FORM, type CalibrationState, openCalibration } from "./calibration.ts";

type Said = readonly [y: Target, prediction: Prediction];

function calibrationOf(task: Task, said: readonly Said[], from?: CalibrationState): CalibrationState | undefined {
  const open = openCalibration(from);
  for (const [y, prediction] of said) {
    const certain = tasks[task].certainty?.(y, prediction);
    if (certain !== undefined) open.take(certain);
  }
  return open.close();
}

const binary: fc.Arbitrary<Said> = fc.tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }));
const shares = fc.dictionary(fc.constantFrom("red", "green", "__proto__"), fc.double({ min: 0, max: 1, noNaN: true }));
const multiclass: fc.Arbitrary<Said> = fc.tuple(fc.constantFrom("red", "green", "blue"), shares);

describe("calibration", () => {
  test("has by tenth of P(true) how many there were, what they said together, and how many came true", () => {
    const said: Said[] = [
      [false, 0],
      [true, 0.05],
      [true, 0.1],
      [false, 0.75],
      [true, 0.75],
      [true, 0.99],
      [true, 1],
      [false, null],
      ["red", 0.5],
      [true, Number.NaN],
    ];

    expect(calibrationOf("binary", said)).toEqual({
      schema: 1,
      n: [2, 1, 0, 0, 0, 0, 0, 2, 0, 2],
      predicted: [0.05, 0.1, 0, 0, 0, 0, 0, 1.5, 0, 1.99],
      observed: [1, 1, 0, 0, 0, 0, 0, 1, 0, 2],
    });
  });

  test("of many classes is that of the likeliest one, and whether it was right; of equal ones the first", () => {
    const said: Said[] = [
      ["red", { red: 0.7, green: 0.3 }],
      ["green", { red: 0.7, green: 0.3 }],
      ["green", { red: 0.5, green: 0.5 }],
      ["blue", {}],
      ["blue", null],
    ];

    expect(calibrationOf("multiclass", said)).toMatchObject({
      n: [0, 0, 0, 0, 0, 1, 0, 2, 0, 0],
      observed: [0, 0, 0, 0, 0, 0, 0, 1, 0, 0],
    });
  });

  test("is nothing in a task whose predictions are no probabilities, and before there is one", () => {
    expect([tasks.regression.certainty, tasks.anomaly.certainty]).toEqual([undefined, undefined]);
    expect(calibrationOf("binary", [])).toBeUndefined();
    expect(calibrationOf("binary", [[true, null]])).toBeUndefined();
  });

  test.each<[Task, fc.Arbitrary<Said>]>([
    ["binary", binary],
    ["multiclass", multiclass],
  ])("of %s counts each prediction once, and is the same in one session or in two, to the bit", (task, one) => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), fc.nat(60), (said, at) => {
        const all = calibrationOf(task, said);
        const half = calibrationOf(task, said.slice(0, at));
        const inTwo = calibrationOf(task, said.slice(at), half && JSON.parse(JSON.stringify(half)));

        expect(JSON.stringify(inTwo)).toBe(JSON.stringify(all));
        if (all === undefined) return;
        expect(readState(CALIBRATION_FORM, all)).toEqual(all);
        const counted = said.filter(([y, p]) => tasks[task].certainty?.(y, p) !== undefined);
        expect(all.n.reduce((sum, n) => sum + n, 0)).toBe(counted.length);
        for (const [bin, n] of all.n.entries()) {
          const sum = all.predicted[bin] as number;
          expect(sum).toBeGreaterThanOrEqual((n * bin) / BINS - 1e-9);
          expect(sum).toBeLessThanOrEqual((n * (bin + 1)) / BINS + 1e-9);
        }
      }),
    );
  });

  test.each<[string, object, RegExp]>([
    ["nine bins", { n: Array(9).fill(0) }, /^n has 9 items, and 10 belong there/],
    ["no sums", { predicted: null }, /^predicted must be a list/],
    [
      "more that came true than there were",
      { observed: [2, ...Array(9).fill(0)] },
      /^observed\[0\] is 2, and there are 1/,
    ],
    ["a sum beyond 1 for each", { predicted: [1.5, ...Array(9).fill(0)] }, /^predicted\[0\] is 1\.5, and there are 1/],
    ["a sum below 0", { predicted: [-1, ...Array(9).fill(0)] }, /^predicted\[0\] is -1/],
    ["a count that is none", { n: [0.5, ...Array(9).fill(0)] }, /^n\[0\] must be a whole number/],
  ])("from outside is refused with %s", (_title, change, words) => {
    const sound = calibrationOf("binary", [[true, 0]]);
    expect(() => readState(CALIBRATION_FORM, { ...sound, ...change })).toThrow(words);
  });
});

describe("a model set", () => {
  const spec: ModelSetSpec = {
    ...{ models: { logistic: ["logistic-regression"] }, modelDigests: { logistic: "d" }, serve: "logistic" },
    ...{ task: "binary", metrics: [], context: { isIndicator: () => false } },
  };
  const rows = Array.from({ length: 60 }, (_, i) => ({ x: { x: i % 7 }, y: i % 3 === 0 }));
  const learned = (set = createModelSet(spec), from: ModelSetState = set.init(1), size = 60) => {
    let state = from;
    for (let at = 0; at < rows.length; at += size) {
      const open = set.open(JSON.parse(JSON.stringify(state)));
      open.learn(rows.slice(at, at + size), "1");
      state = open.close(1);
    }
    return state;
  };

  test("counts what it scores, however its examples are grouped into commits", () => {
    const [one, some, together] = [1, 7, 60].map((size) => learned(undefined, undefined, size).models["logistic"]);

    expect(together?.calibration?.n.reduce((sum, n) => sum + n, 0)).toBe(60);
    expect(one?.calibration).toEqual(together?.calibration);
    expect(some?.calibration).toEqual(together?.calibration);
  });

  test("goes on from a state of an earlier Wadi, which has none", () => {
    const { calibration: _, ...logistic } = learned().models["logistic"] ?? {};
    const set = createModelSet(spec);
    const earlier = { ...learned(), models: { logistic } };

    expect(set.open(set.carryOver(earlier)).close(1).models["logistic"]).toEqual(logistic);
    const after = learned(set, set.carryOver(earlier)).models["logistic"];
    expect(after?.n).toBe(120);
    expect(after?.calibration?.n.reduce((sum, n) => sum + n, 0)).toBe(60);
  });

  test("refuses a state whose bins are damaged, and says where", () => {
    const state = learned();
    const logistic = { ...state.models["logistic"], calibration: { schema: 1, n: 5 } };

    expect(() => createModelSet(spec).carryOver({ ...state, models: { logistic } })).toThrow(
      /models\.logistic\.calibration\.n must be a list/,
    );
  });
});
