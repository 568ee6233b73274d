// River's preprocessing.StatImputer: a feature that is absent gets the mean or the median of what was learned of it, or a fixed
// number. Before anything was learned of it, it stays absent: a linear model takes that as 0 times its weight.
// The state has a fixed size: one or two numbers, or eleven for a median, for each of its features.
// Put missing-indicator before it where being absent says something itself.

import { type LearnerType, NonFiniteError, type OpenTransformer, type State, type Transformer } from "../learner.ts";
import { addValue, checkMarkers, copyOf, estimate, type Markers, noMarkers } from "../quantile.ts";
import { type Check, checkLength, count, list, number, object, type StateForm, unsound } from "../state-form.ts";
import { numberAt } from "../vector.ts";
import { featureList } from "./missing-indicator.ts";

interface ImputeState extends State {
  /** In the order of `features`. */
  readonly kept: readonly unknown[];
}

/** Where the numbers come from: what is kept of a feature, and what is made of it. */
interface Source<K> {
  readonly check: Check;
  readonly first: K;
  after(kept: K, value: number): K;
  /** Undefined before the first value. */
  of(kept: K): number | undefined;
  isFinite(kept: K): boolean;
  copy(kept: K): K;
}

interface RunningMean {
  readonly n: number;
  readonly mean: number;
}

const SCHEMA = 1;
const MEDIAN = 0.5;

const MEAN_OF: Source<RunningMean> = {
  check: object({ n: count, mean: number }),
  first: { n: 0, mean: 0 },
  after: ({ n, mean }, value) => ({ n: n + 1, mean: mean + (value - mean) / (n + 1) }),
  of: ({ n, mean }) => (n > 0 ? mean : undefined),
  isFinite: ({ mean }) => Number.isFinite(mean),
  copy: (kept) => ({ ...kept }),
};

const MEDIAN_OF: Source<Markers> = {
  check: checkMarkers,
  first: noMarkers,
  after: (markers, value) => addValue(markers, value, MEDIAN),
  of: (markers) => estimate(markers, MEDIAN),
  isFinite: ({ heights }) => heights.every(Number.isFinite),
  copy: copyOf,
};

const fixed = (value: number): Source<null> => ({
  check(kept) {
    if (kept !== null) throw unsound("", "must be null: nothing is kept of it");
  },
  first: null,
  after: () => null,
  of: () => value,
  isFinite: () => true,
  copy: () => null,
});

export const impute: LearnerType = {
  name: "impute",
  role: "transformer",
  options: {
    type: "object",
    additionalProperties: false,
    required: ["features", "with"],
    properties: {
      features: featureList,
      with: {
        anyOf: [{ enum: ["mean", "median"] }, { type: "number" }],
        description: "The mean or the median (a P-square estimate) of what was learned, or a number.",
      },
    },
  },
  takesText: () => [],
  names: ({ features }) => features as readonly string[],
  create(options) {
    const features = options["features"] as readonly string[];
    const value = options["with"] as "mean" | "median" | number;
    if (value === "mean") return createImputer(features, MEAN_OF);
    return value === "median" ? createImputer(features, MEDIAN_OF) : createImputer(features, fixed(value));
  },
};

function createImputer<K>(features: readonly string[], source: Source<K>): Transformer<ImputeState> {
  return {
    role: "transformer",
    supervised: false,
    form: formOf(features, source.check),
    init: () => ({ schema: SCHEMA, kept: features.map(() => source.copy(source.first)) }),
    open: (state) => openImputer(state, features, source),
  };
}

function formOf(features: readonly string[], check: Check): StateForm {
  return {
    schema: SCHEMA,
    check: object<ImputeState>({ kept: list(check) }, ({ kept }) => checkLength("kept", kept, features.length)),
  };
}

function openImputer<K>(
  state: ImputeState,
  features: readonly string[],
  source: Source<K>,
): OpenTransformer<ImputeState> {
  const kept = (state.kept as readonly K[]).map(source.copy);
  return {
    learnOne(x) {
      for (const [i, feature] of features.entries()) {
        const at = x.names.indexOf(feature);
        if (at < 0) continue;
        const after = source.after(kept[i] as K, numberAt(x, at));
        if (!source.isFinite(after)) throw new NonFiniteError(`what stands in for ${feature}`);
        kept[i] = after;
      }
    },
    transformOne(x) {
      const names = x.names.slice();
      const values = x.values.slice();
      for (const [i, feature] of features.entries()) {
        if (x.names.includes(feature)) continue;
        const value = source.of(kept[i] as K);
        if (value === undefined) continue;
        names.push(feature);
        values.push(value);
      }
      return { names, values };
    },
    close: () => ({ schema: SCHEMA, kept: kept.map(source.copy) }),
  };
}
