import { describe, expect, test } from "vitest";
import { type Label, Labels } from "./labels.ts";
import { NonFiniteError } from "./learner.ts";
import { StateBudget } from "./state-budget.ts";

function seen(...labels: Label[]): Labels {
  const live = new Labels([]);
  for (const label of labels) live.claim(label);
  return live;
}

const asShares = (...shares: number[]) => {
  return (slot: number) => shares[slot] as number;
};

describe("labels in the order in which they came", () => {
  test("a label keeps its slot, whatever its name is", () => {
    const labels = seen("wet", "__proto__", "dry");

    expect([labels.claim("wet"), labels.claim("__proto__"), labels.claim("dry")]).toEqual([0, 1, 2]);
    expect(labels.close()).toEqual(["wet", "__proto__", "dry"]);
    expect(Object.entries(labels.prediction(asShares(0.5, 0.25, 0.25)) ?? {})).toEqual([
      ["wet", 0.5],
      ["__proto__", 0.25],
      ["dry", 0.25],
    ]);
  });

  test("true and false make a prediction of P(true), which is 0 until true was seen", () => {
    expect(seen(false, true).prediction(asShares(0.25, 0.75))).toBe(0.75);
    expect(seen(false).prediction(asShares(1))).toBe(0);
    expect(seen().prediction(asShares())).toBeNull();
  });

  test("a target that is a number, or a label of the other kind, is refused", () => {
    expect(() => seen().claim(1)).toThrow(NonFiniteError);
    expect(() => seen("true").claim(true)).toThrow(NonFiniteError);
    expect(() => seen(true).claim("true")).toThrow(NonFiniteError);
  });

  test("a text for which the budget has no room gets no slot; true and false always have one", () => {
    const budget = new StateBudget(30);
    const labels = new Labels([], budget);

    expect([labels.claim("wet"), labels.claim("dry"), labels.claim("wet")]).toEqual([0, -1, 0]);
    expect(budget.refused).toBe(1);
    expect(new Labels([], new StateBudget(0)).claim(true)).toBe(0);
  });
});
