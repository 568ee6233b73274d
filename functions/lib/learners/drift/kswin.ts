// River's drift.KSWIN: Raab, Heusinger, Schleif 2020, "Reactive Soft Prototype Computing for Concept Drift Streams".
//   Of the last windowSize values the newest statSize are compared with as many that are drawn from the others:
//   drift where the Kolmogorov-Smirnov test has p <= alpha and a distance above 0.1.
//
// Python's generator draws River's numbers, another one ours: single detections can be a few values apart, or be told by one
// of the two alone where p is near alpha. They are the same where it does not matter which values are drawn. As in River, what
// starts afresh draws the numbers of the seed again.
// Its state is the window, eight bytes a value, and the generator's number.

import { ConfigurationError } from "../../errors.ts";
import { decode, encode } from "../float64s.ts";
import { NonFiniteError, type State } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { SeededRandom, seedSchema } from "../seeded-random.ts";
import { at, checkFloat64s, flag, object, placeIn, type StateForm, text, unsound } from "../state-form.ts";
import type { Detector, DetectorType, OpenDetector } from "./detector.ts";
import { compareSamples } from "./kolmogorov-smirnov.ts";

interface KswinState extends State {
  /** Oldest first, see float64s.ts. */
  readonly window: string;
  readonly random: number;
  readonly detected: boolean;
}

interface Options {
  readonly alpha: number;
  readonly windowSize: number;
  readonly statSize: number;
  readonly seed: number;
}

const LEAST_DISTANCE = 0.1;

const OPTIONS = {
  alpha: {
    type: "number",
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 0.005,
    description: "Chance of a false alarm in one comparison, and there is one with each value: well below 0.01.",
  },
  windowSize: { type: "integer", minimum: 4, maximum: 10_000, default: 100, description: "Values in the window." },
  statSize: {
    type: "integer",
    minimum: 2,
    maximum: 5_000,
    default: 30,
    description: "How many of the newest values are compared; at most half of the window.",
  },
  seed: seedSchema,
};

export const kswin: DetectorType = {
  name: "kswin",
  follows: "numbers",
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Detector<KswinState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    if (2 * options.statSize > options.windowSize)
      throw new ConfigurationError("the statSize of kswin is at most half of its windowSize");
    return {
      form: formOf(options),
      init: () => ({ schema: 1, window: "", random: options.seed, detected: false }),
      open: (state) => openKswin(state, options),
    };
  },
};

function formOf({ windowSize }: Options): StateForm {
  return {
    schema: 1,
    check: object<KswinState>({ window: text, random: placeIn(2 ** 32), detected: flag }, ({ window }) => {
      const length = at("window", () => checkFloat64s(window));
      if (length > windowSize) throw unsound("window", `has ${length} numbers, and ${windowSize} is the most`);
    }),
  };
}

function openKswin(state: KswinState, options: Options): OpenDetector<KswinState> {
  const { alpha, windowSize, statSize, seed } = options;
  let window = [...decode(state.window)];
  let { detected } = state;
  const random = new SeededRandom(state.random);
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value / values.length, 0);
  return {
    update(value) {
      if (!Number.isFinite(value)) throw new NonFiniteError("the window of kswin");
      if (detected) {
        window = [];
        random.state = seed;
        detected = false;
      }
      window.push(value);
      if (window.length > windowSize) window.shift();
      if (window.length < windowSize) return false;
      const newest = window.slice(-statSize);
      const { distance, pValue } = compareSamples(draw(window.slice(0, -statSize), statSize, random), newest);
      detected = pValue <= alpha && distance > LEAST_DISTANCE;
      return detected;
    },
    get isRise() {
      return meanOf(window.slice(-statSize)) > meanOf(window.slice(0, -statSize));
    },
    isWarning: false,
    close: () => ({ schema: 1, window: encode(Float64Array.from(window)), random: random.state, detected }),
  };
}

/** The first `size` of the values after a shuffle of them (Fisher, Yates), which is done in place. */
function draw(values: number[], size: number, random: SeededRandom): number[] {
  for (let i = 0; i < size; i++) {
    const j = i + random.below(values.length - i);
    [values[i], values[j]] = [values[j] as number, values[i] as number];
  }
  return values.slice(0, size);
}
