// River's drift.PageHinkley: E. S. Page 1954, "Continuous Inspection Schemes"; two-sided.
//   m += (1/n)(x - m);  d = x - m
//   up = alpha up + d - delta, and its minimum;  down = alpha down + d + delta, and its maximum (from -1)
//   drift, from minInstances on: up - min > threshold, or max - down > threshold
// Its state is seven numbers.

import { NonFiniteError, type State } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { count, flag, number, object, type StateForm } from "../state-form.ts";
import type { Detector, DetectorType, OpenDetector } from "./detector.ts";

interface PageHinkleyState extends State {
  readonly n: number;
  readonly mean: number;
  readonly sumIncrease: number;
  /** Of no meaning before the first value. */
  readonly minIncrease: number;
  readonly sumDecrease: number;
  readonly maxDecrease: number;
  readonly detected: boolean;
}

interface Options {
  readonly minInstances: number;
  readonly delta: number;
  readonly threshold: number;
  readonly alpha: number;
  readonly mode: "up" | "down" | "both";
}

const OPTIONS = {
  minInstances: { type: "integer", minimum: 1, default: 30, description: "No drift is told before as many values." },
  delta: { type: "number", minimum: 0, default: 0.005, description: "How far values may be off the mean." },
  threshold: {
    type: "number",
    exclusiveMinimum: 0,
    default: 50,
    description: "Sum of distances at which a drift is told, in the unit of the values.",
  },
  alpha: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: 1,
    default: 1 - 0.0001,
    description: "How much of a sum is left after each value.",
  },
  mode: { enum: ["both", "up", "down"], default: "both", description: "Which way a change of the mean counts." },
};

const INITIAL: PageHinkleyState = {
  schema: 1,
  n: 0,
  mean: 0,
  sumIncrease: 0,
  minIncrease: 0,
  sumDecrease: 0,
  maxDecrease: -1,
  detected: false,
};

const FORM: StateForm = {
  schema: 1,
  check: object({
    ...{ n: count, mean: number, sumIncrease: number, minIncrease: number, sumDecrease: number, maxDecrease: number },
    detected: flag,
  }),
};

export const pageHinkley: DetectorType = {
  name: "page-hinkley",
  follows: "numbers",
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Detector<PageHinkleyState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    return { form: FORM, init: () => ({ ...INITIAL }), open: (state) => openPageHinkley(state, options) };
  },
};

function openPageHinkley(state: PageHinkleyState, options: Options): OpenDetector<PageHinkleyState> {
  const { minInstances, delta, threshold, alpha, mode } = options;
  let { n, mean, sumIncrease, minIncrease, sumDecrease, maxDecrease, detected } = state;
  let isRise = false;
  return {
    update(value) {
      if (detected) ({ n, mean, sumIncrease, minIncrease, sumDecrease, maxDecrease } = INITIAL);
      n++;
      mean += (1 / n) * (value - mean);
      const distance = value - mean;
      sumIncrease = alpha * sumIncrease + distance - delta;
      sumDecrease = alpha * sumDecrease + distance + delta;
      if (!Number.isFinite(mean + sumIncrease + sumDecrease)) throw new NonFiniteError("a sum of page-hinkley");
      minIncrease = n === 1 ? sumIncrease : Math.min(minIncrease, sumIncrease);
      maxDecrease = Math.max(maxDecrease, sumDecrease);
      const up = mode !== "down" && sumIncrease - minIncrease > threshold;
      const down = mode !== "up" && maxDecrease - sumDecrease > threshold;
      detected = n >= minInstances && (up || down);
      isRise = up;
      return detected;
    },
    get isRise() {
      return isRise;
    },
    isWarning: false,
    close: () => ({ schema: 1, n, mean, sumIncrease, minIncrease, sumDecrease, maxDecrease, detected }),
  };
}
