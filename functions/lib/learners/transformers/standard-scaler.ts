// River's preprocessing.StandardScaler: running mean and population variance (ddof 0) by feature.
//   learn:     n += 1; m += (x - m_old) / n; v += ((x - m_old)(x - m) - v) / n
//   transform: (x - m) / sqrt(v), and 0 where v is 0 or the feature was never learned
//   withStd false: x - m, where m is 0 for a feature that was never learned
// The state grows by three numbers for each name; a name for which the limit has no room counts as never learned.

import {
  type ChainContext,
  type LearnerType,
  NonFiniteError,
  type OpenTransformer,
  type State,
  type Transformer,
  type Vector,
} from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { Column, type SlotOptions, Slots } from "../slots.ts";
import { checkLengths, countsFromOne, numbers, object, type StateForm, texts } from "../state-form.ts";
import { checkNumbers, numberAt } from "../vector.ts";
import { type FeatureSelection, selection, selectionSchema } from "./selection.ts";

interface ScalerState extends State {
  readonly names: readonly string[];
  readonly counts: readonly number[];
  readonly means: readonly number[];
  readonly vars: readonly number[];
}

const SCHEMA = 1;

const OPTIONS = {
  withStd: { type: "boolean", default: true, description: "Divide by the standard deviation." },
  only: selectionSchema,
};

export const standardScaler: LearnerType = {
  name: "standard-scaler",
  role: "transformer",
  scales: true,
  options: {
    type: "object",
    additionalProperties: false,
    properties: OPTIONS,
  },
  create(options, context: ChainContext) {
    const { withStd, only } = withDefaults(OPTIONS, options) as { withStd: boolean; only?: FeatureSelection };
    return createScaler(withStd, selection(only, context));
  },
};

const FORM: StateForm = {
  schema: SCHEMA,
  check: object<ScalerState>(
    { names: texts, counts: countsFromOne, means: numbers, vars: numbers },
    ({ names, counts, means, vars }) => checkLengths(names, { counts, means, vars }),
  ),
};

type Selected = ((name: string) => boolean) | undefined;

function createScaler(withStd: boolean, selected: Selected): Transformer<ScalerState> {
  return {
    role: "transformer",
    supervised: false,
    form: FORM,
    init: () => ({ schema: SCHEMA, names: [], counts: [], means: [], vars: [] }),
    open: (state, budget) => openScaler(state, withStd, { selected, budget, numbersPerName: 3 }),
    seenOf: ({ names, counts, means, vars }) => ({
      numbers: names.map((feature, slot) => {
        const [n, mean, variance] = [counts[slot], means[slot], vars[slot]] as [number, number, number];
        return { feature, n, mean, deviation: Math.sqrt(variance) };
      }),
    }),
  };
}

function openScaler(state: ScalerState, withStd: boolean, options: SlotOptions): OpenTransformer<ScalerState> {
  const slots = new Slots(state.names, options);
  const counts = new Column(state.counts);
  const means = new Column(state.means);
  const vars = new Column(state.vars);

  return {
    learnOne(x) {
      const { names, values } = x;
      const found = slots.claim(names);
      const n = counts.upTo(slots.size);
      const mean = means.upTo(slots.size);
      const variance = vars.upTo(slots.size);
      let sound = 0;
      for (let i = 0; i < names.length; i++) {
        const slot = found[i] as number;
        if (slot < 0) continue;
        const given = values[i];
        const value = typeof given === "number" ? given : Number.NaN;
        const count = (n[slot] as number) + 1;
        const old = mean[slot] as number;
        const v = variance[slot] as number;
        const m = old + (value - old) / count;
        const next = v + ((value - old) * (value - m) - v) / count;
        n[slot] = count;
        mean[slot] = m;
        variance[slot] = next;
        // NaN where the variance is not finite, as it is where the value or the mean is not.
        sound += next - next;
      }
      if (sound !== 0) throw notFinite(x, found, variance);
    },
    transformOne(x) {
      const { names } = x;
      const found = slots.find(names);
      const mean = means.upTo(slots.size);
      const variance = vars.upTo(slots.size);
      const values = x.values.slice();
      // Known as true or false, and as a number, before the loop: V8 would look again in each turn.
      const divides = withStd === true;
      const leftOut = Slots.LEFT_OUT | 0;
      let sum = 0;
      for (let i = 0; i < names.length; i++) {
        const slot = found[i] as number;
        if (slot === leftOut) continue;
        const given = values[i];
        const value = typeof given === "number" ? given : Number.NaN;
        sum += value;
        if (slot < 0) {
          values[i] = divides ? 0 : value;
          continue;
        }
        const v = divides ? (variance[slot] as number) : 1;
        values[i] = v > 0 ? (value - (mean[slot] as number)) / Math.sqrt(v) : 0;
      }
      if (!Number.isFinite(sum)) checkNumbers(x, found, Slots.UNSEEN);
      return { names, values };
    },
    close: () => ({
      schema: SCHEMA,
      names: [...slots.names],
      counts: counts.list(slots.size),
      means: means.list(slots.size),
      vars: vars.list(slots.size),
    }),
  };
}

/** Of the first feature that is no number, or whose number the variance does not bear. @throws NonFiniteError for the former. */
function notFinite(x: Vector, found: readonly number[], variance: Float64Array): NonFiniteError {
  const at = x.names.findIndex((_, i) => {
    const slot = found[i] as number;
    if (slot >= 0) numberAt(x, i);
    return slot >= 0 && !Number.isFinite(variance[slot]);
  });
  return new NonFiniteError(`the variance of ${x.names[at]}`);
}
