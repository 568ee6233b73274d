// River's feature_extraction.TargetAgg with a mean. Its value replaces the text feature that it groups by.
//   Mean: m += (1/n)(y - m), 0 for a group never seen.   With a prior: (sum of y + prior w) / (n + w), w = priorWeight.
//   A boolean y counts as 1 or 0: its mean is a share.

import { type LearnerType, NonFiniteError, type OpenTransformer, type State, type Transformer } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { Column, Slots } from "../slots.ts";
import { numberOf } from "../vector.ts";

interface TargetMeanState extends State {
  readonly groups: readonly string[];
  readonly counts: readonly number[];
  readonly means: readonly number[];
}

interface Options {
  readonly by: string;
  readonly prior: number;
  readonly priorWeight: number;
}

const SCHEMA = 1;

const OPTIONS = {
  by: { type: "string", minLength: 1, description: "The text feature to group by." },
  prior: { type: "number", default: 0, description: "The mean to start from." },
  priorWeight: { type: "number", minimum: 0, default: 0, description: "How many examples the prior is worth." },
};

export const targetMean: LearnerType = {
  name: "target-mean",
  role: "transformer",
  options: {
    type: "object",
    additionalProperties: false,
    required: ["by"],
    properties: OPTIONS,
  },
  takesText: ({ by }) => [by as string],
  becomes: (feature, { by }) =>
    feature.name === by ? [{ name: nameOf(feature.name), open: false, kind: "number" }] : [feature],
  create: (given) => createTargetMean(withDefaults(OPTIONS, given) as unknown as Options),
};

function nameOf(text: string): string {
  return `target_mean_by_${text}`;
}

function createTargetMean(options: Options): Transformer<TargetMeanState> {
  return {
    role: "transformer",
    supervised: true,
    init: () => ({ schema: SCHEMA, groups: [], counts: [], means: [] }),
    open: (state, budget) => openTargetMean(state, options, new Slots(state.groups, { budget, numbersPerName: 2 })),
  };
}

function openTargetMean(
  state: TargetMeanState,
  { by, prior, priorWeight }: Options,
  slots: Slots,
): OpenTransformer<TargetMeanState> {
  const counts = new Column(state.counts);
  const means = new Column(state.means);
  const name = nameOf(by);

  function mean(group: string): number {
    const [slot = Slots.UNSEEN] = slots.find([group]);
    const n = slot < 0 ? 0 : (counts.upTo(slots.size)[slot] as number);
    if (n === 0) return priorWeight > 0 ? prior : 0;
    const m = means.upTo(slots.size)[slot] as number;
    return priorWeight > 0 ? (m * n + prior * priorWeight) / (n + priorWeight) : m;
  }

  return {
    learnOne(x, y) {
      const at = x.names.indexOf(by);
      if (at < 0) return;
      const target = numberOf(typeof y === "boolean" ? Number(y) : y);
      const [slot = Slots.UNSEEN] = slots.claim([String(x.values[at])]);
      if (slot < 0) return;
      const n = counts.upTo(slots.size);
      const m = means.upTo(slots.size);
      const count = (n[slot] as number) + 1;
      const next = (m[slot] as number) + (1 / count) * (target - (m[slot] as number));
      if (!Number.isFinite(next)) throw new NonFiniteError(`the mean of ${by}`);
      n[slot] = count;
      m[slot] = next;
    },
    transformOne(x) {
      const at = x.names.indexOf(by);
      if (at < 0) return x;
      const without = <T>(list: readonly T[]): T[] => [...list.slice(0, at), ...list.slice(at + 1)];
      return { names: [...without(x.names), name], values: [...without(x.values), mean(String(x.values[at]))] };
    },
    close: () => ({
      schema: SCHEMA,
      groups: [...slots.names],
      counts: counts.list(slots.size),
      means: means.list(slots.size),
    }),
  };
}
