// A scaler that keeps a few numbers of each feature and scales it by them. Its state: the names, and one list of numbers for
// each of `kept`, in the order of the names. A feature that was never learned is 0, and so is one for whose name the limit of the
// state has no room.

import { NonFiniteError, type OpenTransformer, type SeenNumber, type State, type Transformer } from "../learner.ts";
import { Column, type SlotOptions, Slots } from "../slots.ts";
import { checkLengths, numbers, object, type StateForm, texts } from "../state-form.ts";
import { numberAt } from "../vector.ts";

/** What is kept of each feature: a column for each name, a number for each slot. */
export type Kept = readonly Float64Array[];

type KeptOf = { readonly mean: number; readonly deviation: number } | { readonly least: number; readonly most: number };

export interface ScalingRule {
  /** The names of the columns, which are their names in the state too. */
  readonly kept: readonly string[];
  /** @param isFirst true for the first value of the feature, whose numbers are all 0 before it. */
  learn(kept: Kept, slot: number, value: number, isFirst: boolean): void;
  scale(kept: Kept, slot: number, value: number): number;
  /** For people, from the numbers of one feature in the order of `kept`; absent where these do not tell what is usual. */
  seen?(numbers: readonly number[]): KeptOf;
}

interface ScalerState extends State {
  readonly names: readonly string[];
  readonly [column: string]: unknown;
}

const SCHEMA = 1;

/** @param selected as `only:` says. */
export function createScaler(rule: ScalingRule, selected: SlotOptions["selected"]): Transformer<ScalerState> {
  return {
    role: "transformer",
    supervised: false,
    form: formOf(rule.kept),
    init: () => ({ schema: SCHEMA, names: [], ...Object.fromEntries(rule.kept.map((name) => [name, []])) }),
    open: (state, budget) => openScaler(state, rule, { selected, budget, numbersPerName: rule.kept.length }),
    seenOf: (state) => ({ numbers: state.names.map((feature, slot) => seenNumber(state, rule, feature, slot)) }),
  };
}

function seenNumber(state: ScalerState, { kept, seen }: ScalingRule, feature: string, slot: number): SeenNumber {
  return { feature, ...seen?.(kept.map((name) => (state[name] as readonly number[])[slot] as number)) };
}

function formOf(kept: readonly string[]): StateForm {
  const columns = kept.map((name) => [name, numbers] as const);
  return {
    schema: SCHEMA,
    check: object<ScalerState>({ names: texts, ...Object.fromEntries(columns) }, (state) =>
      checkLengths(state.names, Object.fromEntries(kept.map((name) => [name, state[name] as readonly number[]]))),
    ),
  };
}

function openScaler(state: ScalerState, rule: ScalingRule, options: SlotOptions): OpenTransformer<ScalerState> {
  const slots = new Slots(state.names, options);
  const columns = rule.kept.map((name) => new Column(state[name] as readonly number[]));
  let kept: Kept = columns.map((column) => column.upTo(slots.size));

  return {
    learnOne(x) {
      const known = slots.size;
      const found = slots.claim(x.names);
      if (slots.size > known) kept = columns.map((column) => column.upTo(slots.size));
      for (let i = 0; i < x.names.length; i++) {
        const slot = found[i] as number;
        if (slot < 0) continue;
        rule.learn(kept, slot, numberAt(x, i), slot >= known);
        for (const numbers of kept)
          if (!Number.isFinite(numbers[slot])) throw new NonFiniteError(`what is kept of ${x.names[i]}`);
      }
    },
    transformOne(x) {
      const found = slots.find(x.names);
      const values = x.values.slice();
      for (let i = 0; i < values.length; i++) {
        const slot = found[i] as number;
        if (slot === Slots.LEFT_OUT) continue;
        const value = numberAt(x, i);
        values[i] = slot === Slots.UNSEEN ? 0 : rule.scale(kept, slot, value);
      }
      return { names: x.names, values };
    },
    close: () => ({
      schema: SCHEMA,
      names: [...slots.names],
      ...Object.fromEntries(rule.kept.map((name, i) => [name, (columns[i] as Column).list(slots.size)])),
    }),
  };
}
