// River's preprocessing.OneHotEncoder: text becomes `<text>_<value>`: 1 for the value that is there, 0 for all other values
// that were learned. Numbers pass. A value that was never learned is 1 too.
//
// With `dropZeros` only the 1 is handed on. A weight is not moved by a 0, so linear models learn the same; an example then costs
// as much as it has values, not as much as there ever were, and the encoder itself keeps nothing. Else the state grows by one name for
// each value; where the limit has no room for one more, its 1 is handed on and its 0 is not.

import type { LearnerType, OpenTransformer, State, Transformer, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { Slots } from "../slots.ts";
import type { StateBudget } from "../state-budget.ts";
import { object, texts } from "../state-form.ts";
import { type FeatureSelection, selection, selectionSchema } from "./selection.ts";

interface OneHotState extends State {
  /** `<text>_<value>` of all that was learned; none with `dropZeros`. */
  readonly names: readonly string[];
}

const SCHEMA = 1;

const OPTIONS = {
  dropZeros: {
    type: "boolean",
    default: false,
    description: "Hand on the 1 alone: faster, and the encoder keeps nothing.",
  },
  only: selectionSchema,
};

export const oneHotEncoder: LearnerType = {
  name: "one-hot-encoder",
  role: "transformer",
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  takesText: () => "all",
  becomes: (feature) =>
    feature.kind === "text" ? [{ name: `${feature.name}_`, open: true, kind: "indicator" }] : [feature],
  create(given, context): Transformer<OneHotState> {
    const { dropZeros, only } = withDefaults(OPTIONS, given) as { dropZeros: boolean; only?: FeatureSelection };
    const selected = selection(only, context) ?? (() => true);
    return {
      role: "transformer",
      supervised: false,
      form: { schema: SCHEMA, check: object({ names: texts }) },
      init: () => ({ schema: SCHEMA, names: [] }),
      open: (state, budget) => openEncoder(state, dropZeros, selected, budget),
      seenOf: ({ names }) => ({ names }),
    };
  },
};

function openEncoder(
  state: OneHotState,
  dropZeros: boolean,
  selected: (name: string) => boolean,
  budget: StateBudget | undefined,
): OpenTransformer<OneHotState> {
  const known = new Slots(state.names, { budget, numbersPerName: 0 });
  return {
    learnOne(x) {
      if (!dropZeros) known.claim(split(x, selected).ones);
    },
    transformOne(x) {
      const { names, values, ones } = split(x, selected);
      if (!dropZeros) {
        for (const name of known.names) {
          if (ones.includes(name)) continue;
          names.push(name);
          values.push(0);
        }
      }
      for (const name of ones) {
        names.push(name);
        values.push(1);
      }
      return { names, values };
    },
    close: () => ({ schema: SCHEMA, names: [...known.names] }),
  };
}

/** What passes, and the names that become 1, each once. */
function split(x: Vector, selected: (name: string) => boolean) {
  const names: string[] = [];
  const values: (number | string)[] = [];
  const ones: string[] = [];
  for (let i = 0; i < x.names.length; i++) {
    const name = x.names[i] as string;
    const value = x.values[i] as number | string;
    if (typeof value === "string" && selected(name)) {
      const one = `${name}_${value}`;
      if (!ones.includes(one)) ones.push(one);
    } else {
      names.push(name);
      values.push(value);
    }
  }
  return { names, values, ones };
}
