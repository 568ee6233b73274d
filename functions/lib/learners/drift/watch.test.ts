// Detectors on the champion's error: what they follow, what they tell, what begins anew.

import { describe, expect, test } from "vitest";
import type { DriftFound, Prediction, Target } from "../../events/vocabulary.ts";
import type { Part } from "../learner.ts";
import { SeededRandom } from "../seeded-random.ts";
import type { TargetSpec, Task } from "../task.ts";
import { type DriftSpec, openWatch, type WatchState, watchState } from "./watch.ts";

const spec = (detectors: readonly Part[], task: Task = "regression", more: Partial<TargetSpec> = {}): DriftSpec => ({
  detectors,
  onDrift: "announce",
  target: { field: "y", task, ...more },
});

type Scored = readonly [Target, Prediction];

/** What is told of these examples, with JSON between each group of them. */
function told(of: DriftSpec, examples: readonly Scored[], group = Number.POSITIVE_INFINITY, from?: WatchState) {
  let state = from ?? watchState(of, "line");
  const found: DriftFound[] = [];
  for (let start = 0; start < examples.length; start += group) {
    const watch = openWatch(of, JSON.parse(JSON.stringify(state)));
    for (const [i, [y, prediction]] of examples.slice(start, start + group).entries()) {
      found.push(...watch.take(y, prediction, start + i + 1));
    }
    state = watch.close();
  }
  return { found, state };
}

const steps = (...levels: readonly number[]): Scored[] =>
  levels.flatMap((level) => Array.from({ length: 400 }, (_, i): Scored => [level + (i % 4) / 10, 0]));
const changes = (found: readonly DriftFound[]) => found.map(({ detector, change }) => `${detector} ${change}`);
const HINKLEY: Part = { "page-hinkley": { threshold: 10 } };

describe.each([["adwin"], [HINKLEY], ["kswin"]] as [Part][])("%j", (part) => {
  test("tells a rise of the error and a fall of it, each with the model and after how many examples", () => {
    const { found } = told(spec([part]), steps(1, 5, 1));

    expect(found.map(({ change }) => change)).toEqual(["rise", "fall"]);
    expect(found.map(({ model }) => model)).toEqual(["line", "line"]);
    expect(found[0]?.at).toBeGreaterThan(400);
    expect(found[0]?.at).toBeLessThan(500);
  });
});

test.each([["ddm"], ["eddm"]])("%s tells that wrong classes have become more", (part) => {
  const random = new SeededRandom(3);
  const wrong = (share: number) =>
    Array.from({ length: 1000 }, (): Scored => [true, random.next() < share ? 0.1 : 0.9]);

  const { found } = told(spec([part], "binary"), [...wrong(0.05), ...wrong(0.7)]);

  expect(found.at(-1)).toMatchObject({ model: "line", detector: part, change: "rise" });
  expect(found.at(-1)?.at).toBeGreaterThan(1000);
});

describe("what is followed", () => {
  const failures = (task: Task, more: Partial<TargetSpec>, examples: readonly Scored[]) => {
    const { state } = told(spec(["ddm"], task, more), examples);
    return state.detectors["ddm"]?.state as unknown as { readonly n: number; readonly p: number };
  };

  test("of a binary task is whether the class at its threshold was wrong", () => {
    const examples: Scored[] = [
      [true, 0.6],
      [false, 0.6],
      [true, 0.2],
      [false, 0.9],
    ];

    expect(failures("binary", {}, examples)).toMatchObject({ n: 4, p: 0.75 });
    expect(failures("binary", { threshold: 0.7 }, examples)).toMatchObject({ n: 4, p: 0.75 });
    expect(failures("binary", { threshold: 0.1 }, examples)).toMatchObject({ n: 4, p: 0.5 });
  });

  test("of a multiclass task is whether the likeliest label was wrong", () => {
    expect(
      failures("multiclass", {}, [
        ["a", { a: 0.6, b: 0.4 }],
        ["b", { a: 0.6, b: 0.4 }],
      ]),
    ).toMatchObject({ n: 2, p: 0.5 });
  });

  test("leaves out examples without a prediction", () => {
    expect(
      failures("multiclass", {}, [
        ["a", null],
        ["a", {}],
        ["a", { a: 1 }],
      ]),
    ).toMatchObject({ n: 1, p: 0 });
  });
});

test("several detectors tell each for itself, and a group of any size changes nothing, to the bit", () => {
  const both = spec(["adwin", HINKLEY, "kswin"]);
  const examples = steps(1, 5, 1, 3);

  const whole = told(both, examples);

  expect(new Set(changes(whole.found)).size).toBeGreaterThan(4);
  for (const group of [1, 7, 256]) expect(told(both, examples, group)).toEqual(whole);
});

test("a rise stands until a fall is told", () => {
  expect(told(spec(["adwin"]), steps(1, 5)).state.risen).toMatchObject({ model: "line", change: "rise" });
  expect(told(spec(["adwin"]), steps(1, 5, 1)).state.risen).toBeUndefined();
});

describe("goes on with its state", () => {
  const before = told(spec(["adwin"]), steps(1)).state;
  const widthOf = ({ detectors: { adwin } }: WatchState) => adwin && "width" in adwin.state && adwin.state.width;

  test("where the options are the same, written or left out", () => {
    expect(watchState(spec([{ adwin: { delta: 0.002, clock: 32 } }]), "line", before)).toEqual(before);
  });

  test("and begins anew with other options or for another model; what the file no longer names is gone", () => {
    expect(widthOf(before)).toBe(400);
    expect(widthOf(watchState(spec([{ adwin: { delta: 0.01 } }]), "line", before))).toBe(0);
    expect(widthOf(watchState(spec(["adwin"]), "mean", before))).toBe(0);
    expect(Object.keys(watchState(spec(["kswin"]), "line", before).detectors)).toEqual(["kswin"]);
    expect(widthOf(watchState(spec(["kswin", "adwin"]), "line", before))).toBe(400);
  });
});

test("another model is followed from nothing, and what stood is over", () => {
  const watch = openWatch(spec(["adwin"]), told(spec(["adwin"]), steps(1, 5)).state);

  watch.follow("mean");

  expect(watch.close()).toEqual(watchState(spec(["adwin"]), "mean"));
});

test("an error beyond doubles makes a detector begin anew, and the stream goes on", () => {
  const beyond: Scored[] = [[1e308, -1e308]];

  const { found, state } = told(spec(["adwin", HINKLEY]), [...steps(1), ...beyond, ...steps(1, 5)]);

  expect(changes(found)).toEqual(expect.arrayContaining(["adwin rise", "page-hinkley rise"]));
  expect(found[0]?.at).toBeGreaterThan(801);
  expect(JSON.stringify(state)).not.toContain("null");
});
