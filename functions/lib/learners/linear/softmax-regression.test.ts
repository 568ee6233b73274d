import { expect, test } from "vitest";
import { NonFiniteError, type Predictor, type State } from "../learner.ts";
import { StateBudget } from "../state-budget.ts";
import { toVector } from "../vector.ts";
import { softmaxRegression } from "./softmax-regression.ts";

type Learned = State & { labels: string[]; counts: number[]; byLabel: { names: string[]; weights: number[] }[] };

function opened(options = {}, budget?: StateBudget) {
  const softmax = softmaxRegression.create(options, { isIndicator: () => false }) as Predictor;
  return softmax.open(softmax.init(), budget);
}

const a = toVector({ a: 1 });

test("nothing is predicted before the first label, and the only label has all", () => {
  const live = opened();
  expect(live.predictOne(a)).toBeNull();

  live.learnOne(a, "red");

  expect(live.predictOne(a)).toEqual({ red: 1 });
});

test("shares sum to 1 and go with what was learned", () => {
  const live = opened({ optimizer: { sgd: { learningRate: 0.5 } } });
  const features = { red: { a: 1 }, green: { b: 1 }, blue: { c: 1 } };

  for (let i = 0; i < 20; i++) for (const [label, x] of Object.entries(features)) live.learnOne(toVector(x), label);

  for (const [label, x] of Object.entries(features)) {
    const shares = live.predictOne(toVector(x)) as Record<string, number>;
    expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(shares[label]).toBe(Math.max(...Object.values(shares)));
  }
});

test("true and false make P(true)", () => {
  const live = opened();

  for (let i = 0; i < 50; i++) live.learnOne(toVector({ a: i % 2 === 0 ? 1 : -1 }), i % 2 === 0);

  expect(live.predictOne(toVector({ a: 1 }))).toBeGreaterThan(0.5);
  expect(live.predictOne(toVector({ a: -1 }))).toBeLessThan(0.5);
});

test("a label counts its examples from its own first on: schedules and Adam begin anew for it", () => {
  const live = opened({ optimizer: "adam" });

  for (const label of ["red", "red", "green", "red"]) live.learnOne(a, label);

  const { labels, counts } = live.close() as Learned;
  expect(labels).toEqual(["red", "green"]);
  expect(counts).toEqual([4, 2]);
});

test("an example whose label has no room in the state is as if it had never come", () => {
  const live = opened({}, new StateBudget(100));
  live.learnOne(a, "red");
  const before = JSON.stringify(live.close());

  live.learnOne(a, "x".repeat(100));

  expect(JSON.stringify(live.close())).toBe(before);
});

test("sums beyond doubles are refused, not kept", () => {
  const live = opened({ optimizer: { sgd: { learningRate: 1e308 } } });

  expect(() => {
    for (let i = 0; i < 5; i++) live.learnOne(toVector({ a: 1e10 }), i % 2 === 0 ? "red" : "green");
  }).toThrow(NonFiniteError);
});
