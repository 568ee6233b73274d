import { describe, expect, test } from "vitest";
import type { Prediction, Target } from "../../events/vocabulary.ts";
import type { LearnerType, Predictor } from "../learner.ts";
import { StateBudget } from "../state-budget.ts";
import { noChangeClassifier } from "./no-change-classifier.ts";
import { priorClassifier } from "./prior-classifier.ts";

const nothing = { names: [], values: [] };

function learned(type: LearnerType, targets: readonly Target[], budget?: StateBudget): Prediction {
  const classifier = type.create({}, { isIndicator: () => false }) as Predictor;
  const live = classifier.open(classifier.init(), budget);
  for (const y of targets) live.learnOne(nothing, y);
  return live.predictOne(nothing);
}

// The sentences of example 2.1 in Bifet's book, as River's docstrings have them.
const SENTENCES = ["+", "+", "+", "−"];

describe("the prior classifier", () => {
  test("predicts each label's share, and true's alone where labels are true and false", () => {
    expect(learned(priorClassifier, [])).toBeNull();
    expect(learned(priorClassifier, SENTENCES)).toEqual({ "+": 0.75, "−": 0.25 });
    expect(learned(priorClassifier, [true, false, false, true, true])).toBe(0.6);
  });

  test("counts no example whose label found no room", () => {
    expect(learned(priorClassifier, ["wet", "dry", "dry"], new StateBudget(30))).toEqual({ wet: 1 });
  });
});

describe("the no-change classifier", () => {
  test("predicts the last label for certain", () => {
    expect(learned(noChangeClassifier, [])).toBeNull();
    expect(learned(noChangeClassifier, SENTENCES)).toEqual({ "+": 0, "−": 1 });
    expect(learned(noChangeClassifier, [true, false])).toBe(0);
    expect(learned(noChangeClassifier, [false, true])).toBe(1);
  });

  test("stays with the last label that found room", () => {
    expect(learned(noChangeClassifier, ["wet", "dry"], new StateBudget(30))).toEqual({ wet: 1 });
  });
});
