// The labels that a classifier has seen, in the order in which they came, and the prediction that it makes of their shares.
// The first label decides what they are: true and false make a prediction of P(true), texts one of P by label.

import type { Prediction, Target } from "../events/vocabulary.ts";
import { NonFiniteError } from "./learner.ts";
import { Slots } from "./slots.ts";
import { StateBudget } from "./state-budget.ts";
import { type Check, flag, list, text, unsound } from "./state-form.ts";

export type Label = string | boolean;

const listOfTexts = list(text);
const listOfFlags = list(flag);

/** Labels in a state: all of one kind. */
export const labelsList: Check = (value) =>
  (typeof (value as unknown[] | null)?.[0] === "boolean" ? listOfFlags : listOfTexts)(value);

export class Labels {
  readonly #list: Label[];
  readonly #index: Map<Label, number>;
  readonly #budget: StateBudget;
  readonly #numbersPerLabel: number;

  /**
   * @throws UnsoundStateError where a label stands twice.
   * @param budget texts are charged to it; true and false always fit.
   * @param numbersPerLabel that the state keeps.
   */
  constructor(labels: readonly Label[], budget = new StateBudget(), numbersPerLabel = 1) {
    budget.charge(labels.filter(isText), numbersPerLabel);
    this.#list = [...labels];
    this.#index = new Map(labels.map((label, slot) => [label, slot]));
    if (this.#index.size < labels.length) throw unsound("labels", "has a label twice");
    this.#budget = budget;
    this.#numbersPerLabel = numbersPerLabel;
  }

  get size(): number {
    return this.#list.length;
  }

  /**
   * The slot of the label; a label never seen gets the next one. Slots.UNSEEN where the budget has no room for it: then the
   * example is to be let go.
   * @throws NonFiniteError for a target that is no label, or a label of the other kind.
   */
  claim(y: Target): number {
    const slot = this.#index.get(y as Label);
    if (slot !== undefined) return slot;
    const [first = y] = this.#list;
    if (typeof y === "number" || typeof y !== typeof first) throw new NonFiniteError("what is learned from the target");
    if (isText(y) && !this.#budget.take(y, this.#numbersPerLabel)) return Slots.UNSEEN;
    this.#index.set(y, this.#list.length);
    return this.#list.push(y) - 1;
  }

  /** @param share P of the label in a slot. Null before the first label. */
  prediction(share: (slot: number) => number): Prediction {
    const [first] = this.#list;
    if (first === undefined) return null;
    if (isText(first)) return Object.fromEntries(this.#list.map((label, slot) => [label, share(slot)]));
    const ofTrue = this.#index.get(true);
    return ofTrue === undefined ? 0 : share(ofTrue);
  }

  close(): Label[] {
    return [...this.#list];
  }
}

function isText(label: Label): label is string {
  return typeof label === "string";
}
