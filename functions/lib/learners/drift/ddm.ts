// River's drift.binary.DDM: Gama, Medas, Castillo, Rodrigues 2004, "Learning with Drift Detection". It follows failures.
//   p: their share so far;  s = sqrt(p (1 - p) / n);  after warmStart: p and s where p + s was least
//   warning: p + s > pMin + warningThreshold sMin;  drift: p + s > pMin + driftThreshold sMin
// Its state is four numbers.

import type { State } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { count, flag, number, object, type StateForm } from "../state-form.ts";
import { type Detector, type DetectorType, failureOf, type OpenDetector } from "./detector.ts";

interface DdmState extends State {
  readonly n: number;
  readonly p: number;
  /** These two are of no meaning before the warm start is over. */
  readonly pMin: number;
  readonly sMin: number;
  readonly warning: boolean;
  readonly detected: boolean;
}

interface Options {
  readonly warmStart: number;
  readonly warningThreshold: number;
  readonly driftThreshold: number;
}

const OPTIONS = {
  warmStart: { type: "integer", minimum: 0, default: 30, description: "No drift is told before more values." },
  warningThreshold: { type: "number", minimum: 0, default: 2, description: "Standard deviations to a warning." },
  driftThreshold: { type: "number", minimum: 0, default: 3, description: "Standard deviations to a drift." },
};

const INITIAL: DdmState = { schema: 1, n: 0, p: 0, pMin: 0, sMin: 0, warning: false, detected: false };

const FORM: StateForm = {
  schema: 1,
  check: object({ n: count, p: number, pMin: number, sMin: number, warning: flag, detected: flag }),
};

export const ddm: DetectorType = {
  name: "ddm",
  follows: "failures",
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Detector<DdmState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    return { form: FORM, init: () => ({ ...INITIAL }), open: (state) => openDdm(state, options) };
  },
};

function openDdm(state: DdmState, { warmStart, warningThreshold, driftThreshold }: Options): OpenDetector<DdmState> {
  let { n, p, pMin, sMin, warning, detected } = state;
  return {
    update(value) {
      const failure = failureOf(value);
      if (detected) ({ n, p, pMin, sMin, warning, detected } = INITIAL);
      n++;
      p += (1 / n) * (failure - p);
      // A mean may be off by its last digit.
      const s = Math.sqrt(Math.max(0, p * (1 - p)) / n);
      if (n <= warmStart) return false;
      if (n === warmStart + 1 || p + s <= pMin + sMin) {
        pMin = p;
        sMin = s;
      }
      detected = p + s > pMin + driftThreshold * sMin;
      warning = !detected && p + s > pMin + warningThreshold * sMin;
      return detected;
    },
    isRise: true,
    get isWarning() {
      return warning;
    },
    close: () => ({ schema: 1, n, p, pMin, sMin, warning, detected }),
  };
}
