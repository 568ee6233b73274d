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
} from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { Column, type SlotOptions, Slots } from "../slots.ts";
import { checkLengths, countsFromOne, numbers, object, type StateForm, texts } from "../state-form.ts";
import { numberAt } from "../vector.ts";
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
      const found = slots.claim(x.names);
      const n = counts.upTo(slots.size);
      const mean = means.upTo(slots.size);
      const variance = vars.upTo(slots.size);
      for (let i = 0; i < x.names.length; i++) {
        const slot = found[i] as number;
        if (slot < 0) continue;
        const value = numberAt(x, i);
        const count = (n[slot] as number) + 1;
        const old = mean[slot] as number;
        const v = variance[slot] as number;
        const m = old + (value - old) / count;
        const next = v + ((value - old) * (value - m) - v) / count;
        if (!Number.isFinite(m) || !Number.isFinite(next)) throw new NonFiniteError(`the variance of ${x.names[i]}`);
        n[slot] = count;
        mean[slot] = m;
        variance[slot] = next;
      }
    },
    transformOne(x) {
      const found = slots.find(x.names);
      const mean = means.upTo(slots.size);
      const variance = vars.upTo(slots.size);
      const values = x.values.slice();
      for (let i = 0; i < values.length; i++) {
        const slot = found[i] as number;
        if (slot === Slots.LEFT_OUT) continue;
        const value = numberAt(x, i);
        if (slot === Slots.UNSEEN) values[i] = withStd ? 0 : value;
        else values[i] = scale(value - (mean[slot] as number), variance[slot] as number, withStd);
      }
      return { names: x.names, values };
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

function scale(distance: number, variance: number, withStd: boolean): number {
  if (!withStd) return distance;
  return variance > 0 ? distance / Math.sqrt(variance) : 0;
}
