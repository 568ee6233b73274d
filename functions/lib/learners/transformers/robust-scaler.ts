// River's preprocessing.RobustScaler: (x - median) / (upper quartile - lower quartile), by P-square estimates, so that outliers
// do not move it. 0 where the quartiles are equal, or so near that the quotient is no double, and where the feature was never
// learned. The state grows by 33 numbers for each name; a name for which the limit has no room counts as never learned.

import { ConfigurationError } from "../../errors.ts";
import {
  type ChainContext,
  type LearnerType,
  NonFiniteError,
  type OpenTransformer,
  type SeenNumber,
  type State,
  type Transformer,
} from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { addValue, checkMarkers, copyOf, estimate, type Markers, noMarkers } from "../quantile.ts";
import { type SlotOptions, Slots } from "../slots.ts";
import { checkLengths, list, object, type StateForm, texts } from "../state-form.ts";
import { numberAt } from "../vector.ts";
import { ratio } from "./ratio.ts";
import { type FeatureSelection, selection, selectionSchema } from "./selection.ts";

/** Of each feature the markers of the lower quantile, the median and the upper quantile. */
interface RobustState extends State {
  readonly names: readonly string[];
  readonly lower: readonly Markers[];
  readonly middle: readonly Markers[];
  readonly upper: readonly Markers[];
}

const SCHEMA = 1;
const MEDIAN = 0.5;
/** Three estimates of a feature, each with its count, five heights and five places. */
const NUMBERS_PER_NAME = 33;

const share = { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 };

const OPTIONS = {
  lower: { ...share, default: 0.25, description: "The quantile at which the middle part of the values begins." },
  upper: { ...share, default: 0.75, description: "The quantile at which it ends." },
  only: selectionSchema,
};

interface Options {
  readonly lower: number;
  readonly upper: number;
  readonly only?: FeatureSelection;
}

export const robustScaler: LearnerType = {
  name: "robust-scaler",
  role: "transformer",
  scales: true,
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given, context: ChainContext): Transformer<RobustState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    if (options.lower >= options.upper)
      throw new ConfigurationError(`lower (${options.lower}) must be below upper (${options.upper})`);
    const selected = selection(options.only, context);
    return {
      role: "transformer",
      supervised: false,
      form: FORM,
      init: () => ({ schema: SCHEMA, names: [], lower: [], middle: [], upper: [] }),
      open: (state, budget) => openScaler(state, options, { selected, budget, numbersPerName: NUMBERS_PER_NAME }),
      seenOf: ({ names, middle }) => ({ numbers: names.map((feature, slot) => endsOf(feature, middle[slot])) }),
    };
  },
};

/** The lowest and the highest marker of the median are the least and the greatest value. */
function endsOf(feature: string, { heights }: Markers = noMarkers): SeenNumber {
  return { feature, least: Math.min(...heights), most: Math.max(...heights) };
}

const markers = list(checkMarkers);

const FORM: StateForm = {
  schema: SCHEMA,
  check: object<RobustState>(
    { names: texts, lower: markers, middle: markers, upper: markers },
    ({ names, lower, middle, upper }) => checkLengths(names, { lower, middle, upper }),
  ),
};

function openScaler(state: RobustState, options: Options, slotOptions: SlotOptions): OpenTransformer<RobustState> {
  const slots = new Slots(state.names, slotOptions);
  const lower = new Estimates(state.lower, options.lower);
  const middle = new Estimates(state.middle, MEDIAN);
  const upper = new Estimates(state.upper, options.upper);

  return {
    learnOne(x) {
      const found = slots.claim(x.names);
      for (let i = 0; i < x.names.length; i++) {
        const slot = found[i] as number;
        if (slot < 0) continue;
        const value = numberAt(x, i);
        for (const estimates of [lower, middle, upper])
          if (!estimates.learn(slot, value)) throw new NonFiniteError(`a quantile of ${x.names[i]}`);
      }
    },
    transformOne(x) {
      const found = slots.find(x.names);
      const values = x.values.slice();
      for (let i = 0; i < values.length; i++) {
        const slot = found[i] as number;
        if (slot === Slots.LEFT_OUT) continue;
        const value = numberAt(x, i);
        const spread = slot < 0 ? 0 : upper.of(slot) - lower.of(slot);
        values[i] = spread > 0 ? ratio(value - middle.of(slot), spread) : 0;
      }
      return { names: x.names, values };
    },
    close: () => ({
      schema: SCHEMA,
      names: [...slots.names],
      lower: lower.list(),
      middle: middle.list(),
      upper: upper.list(),
    }),
  };
}

/** The estimate of one quantile, of each feature. */
class Estimates {
  readonly #quantile: number;
  readonly #markers: Markers[];

  constructor(markers: readonly Markers[], quantile: number) {
    this.#quantile = quantile;
    this.#markers = markers.map(copyOf);
  }

  /** False where the markers would not stay finite. */
  learn(slot: number, value: number): boolean {
    const next = addValue(this.#markers[slot] ?? noMarkers, value, this.#quantile);
    this.#markers[slot] = next;
    return next.heights.every(Number.isFinite);
  }

  of(slot: number): number {
    return estimate(this.#markers[slot] ?? noMarkers, this.#quantile) ?? 0;
  }

  list(): Markers[] {
    return this.#markers.map(copyOf);
  }
}
