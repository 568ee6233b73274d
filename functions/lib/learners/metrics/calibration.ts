// Whether a model is as sure as it should be: of what it says with probability p, a share p should come true.
//
// Ten bins of equal width, as reliability diagrams have them (Guo, Pleiss, Sun, Weinberger 2017, "On Calibration of Modern Neural
// Networks", section 2). A binary prediction is that of P(true), and true or not; one of many classes is that of the likeliest one, and
// right or not. A number on the border of two bins is in the upper one, and 1 in the last.

import type { State } from "../learner.ts";
import { at, checkLength, counts, numbers, object, type StateForm, unsound } from "../state-form.ts";
import type { Certainty } from "./certainty.ts";

export const BINS = 10;

export interface CalibrationState extends State {
  /** By bin: how many predictions, the sum of their probabilities, and how many came true. */
  readonly n: readonly number[];
  readonly predicted: readonly number[];
  readonly observed: readonly number[];
}

export interface OpenCalibration {
  take(certainty: Certainty): void;
  /** Undefined where nothing was taken. */
  close(): CalibrationState | undefined;
}

const SCHEMA = 1;

export const CALIBRATION_FORM: StateForm = {
  schema: SCHEMA,
  check: object<CalibrationState>({ n: counts, predicted: numbers, observed: counts }, ({ n, predicted, observed }) => {
    for (const [name, bins] of Object.entries({ n, predicted, observed })) checkLength(name, bins, BINS);
    for (let bin = 0; bin < BINS; bin++) {
      const most = n[bin] as number;
      const checkBin = (name: string, value: number, isSound: boolean) => {
        if (!isSound) at(`${name}[${bin}]`, () => fail(`is ${value}, and there are ${most} in this bin`));
      };
      checkBin("observed", observed[bin] as number, (observed[bin] as number) <= most);
      // A sum of so many numbers up to 1, and some rounding.
      const sum = predicted[bin] as number;
      checkBin("predicted", sum, sum >= 0 && sum <= most * (1 + 1e-6));
    }
  }),
};

function fail(problem: string): never {
  throw unsound("", problem);
}

export function openCalibration(state?: CalibrationState): OpenCalibration {
  // Not before it is needed: in a task without probabilities it never is.
  let bins: Readonly<Record<"n" | "predicted" | "observed", number[]>> | undefined;
  const opened = () => {
    const empty = () => Array<number>(BINS).fill(0);
    bins ??= state
      ? { n: [...state.n], predicted: [...state.predicted], observed: [...state.observed] }
      : { n: empty(), predicted: empty(), observed: empty() };
    return bins;
  };
  return {
    take({ p, isSo }) {
      const { n, predicted, observed } = opened();
      // Shares may be beyond it by rounding.
      const share = Math.min(1, Math.max(0, p));
      const bin = Math.min(BINS - 1, Math.floor(share * BINS));
      n[bin] = (n[bin] as number) + 1;
      predicted[bin] = (predicted[bin] as number) + share;
      if (isSo) observed[bin] = (observed[bin] as number) + 1;
    },
    close() {
      if (bins === undefined) return state;
      return { schema: SCHEMA, n: [...bins.n], predicted: [...bins.predicted], observed: [...bins.observed] };
    },
  };
}
