// River's drift.binary.EDDM: Baena-Garcia and others 2006, "Early Drift Detection Method". It follows failures.
//   m and s: mean and standard deviation (ddof 1) of the distance from one failure to the next, in values
//   q = m + 2 s, and its maximum, from warmStart values on
//   after warmStart failures: drift where q / max < beta, warning where q / max < alpha; a new maximum changes neither
// Its state is six numbers.

import { ConfigurationError } from "../../errors.ts";
import { NonFiniteError, type State } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { count, flag, number, numberFromZero, object, type StateForm } from "../state-form.ts";
import { type Detector, type DetectorType, failureOf, type OpenDetector } from "./detector.ts";

interface EddmState extends State {
  readonly n: number;
  readonly failures: number;
  /** The n of the last failure. */
  readonly last: number;
  readonly mean: number;
  /** Sum of the squared distances to the mean. */
  readonly squares: number;
  /** The greatest m + 2 s; -1 for none yet. */
  readonly most: number;
  readonly warning: boolean;
  readonly detected: boolean;
}

interface Options {
  readonly warmStart: number;
  readonly alpha: number;
  readonly beta: number;
}

const share = { type: "number", exclusiveMinimum: 0, maximum: 1 };

const OPTIONS = {
  warmStart: { type: "integer", minimum: 0, default: 30, description: "No drift is told before more failures." },
  alpha: { ...share, default: 0.95, description: "A warning is told below this share of the greatest distance." },
  beta: { ...share, default: 0.9, description: "A drift is told below this share; at most alpha." },
};

const INITIAL: EddmState = {
  schema: 1,
  n: 0,
  failures: 0,
  last: 0,
  mean: 0,
  squares: 0,
  most: -1,
  warning: false,
  detected: false,
};

const FORM: StateForm = {
  schema: 1,
  check: object({
    ...{ n: count, failures: count, last: count, mean: number, squares: numberFromZero, most: number },
    ...{ warning: flag, detected: flag },
  }),
};

export const eddm: DetectorType = {
  name: "eddm",
  follows: "failures",
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Detector<EddmState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    if (options.beta > options.alpha) throw new ConfigurationError("the beta of eddm is at most its alpha");
    return { form: FORM, init: () => ({ ...INITIAL }), open: (state) => openEddm(state, options) };
  },
};

function openEddm(state: EddmState, { warmStart, alpha, beta }: Options): OpenDetector<EddmState> {
  let { n, failures, last, mean, squares, most, warning, detected } = state;

  function addFailure(): void {
    failures++;
    const distance = n - last;
    const old = mean;
    last = n;
    mean += (1 / failures) * (distance - old);
    squares += (distance - old) * (distance - mean);
    if (!Number.isFinite(squares)) throw new NonFiniteError("the distances of eddm");
    if (n <= warmStart) return;
    const q = mean + 2 * Math.sqrt(failures > 1 ? squares / (failures - 1) : 0);
    if (q > most) most = q;
    else if (failures > warmStart) {
      detected = q / most < beta;
      if (!detected) warning = q / most < alpha;
    }
  }

  return {
    update(value) {
      const failure = failureOf(value);
      if (detected) ({ n, failures, last, mean, squares, most, warning, detected } = INITIAL);
      n++;
      if (failure === 1) addFailure();
      return detected;
    },
    isRise: true,
    get isWarning() {
      return warning;
    },
    close: () => ({ schema: 1, n, failures, last, mean, squares, most, warning, detected }),
  };
}
