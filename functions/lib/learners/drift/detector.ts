// What a drift detector is: it follows a stream of numbers, an error for instance, and tells when they have changed.
// Like a learner it is a plain value and verbs, under L1, L2 and L4 of learner.ts.
//
//   D1  After a drift was told, the next value starts afresh.

import type { State } from "../learner.ts";
import type { StateForm } from "../state-form.ts";
import type { Watched } from "../task.ts";

export interface OpenDetector<S extends State> {
  /**
   * True where this value shows a drift.
   * @throws NonFiniteError where the state would become infinite or NaN.
   * @throws RangeError from a detector of failures for what is neither 0 nor 1.
   */
  update(value: number): boolean;
  /** At a drift that was just told: whether the values have risen. */
  readonly isRise: boolean;
  /** Whether a drift may be near. Always false for a detector without warnings. */
  readonly isWarning: boolean;
  close(): S;
}

export interface Detector<S extends State = State> {
  /** What its state looks like: read one from outside by it, before it is opened. */
  readonly form: StateForm;
  init(): S;
  open(state: S): OpenDetector<S>;
}

/** How a name in a pipeline file becomes a detector: one entry in index.ts each. */
export interface DetectorType {
  readonly name: string;
  /** What it follows: any numbers, or 1 for a failure (a wrong label) and 0 for none. */
  readonly follows: Watched["follows"];
  /** JSON Schema of its options; `additionalProperties: false`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** @throws ConfigurationError when options pass the schema and still make no sense. */
  create(options: Readonly<Record<string, unknown>>): Detector;
}

/** 1 for a failure, 0 for none. @throws RangeError */
export function failureOf(value: number): 0 | 1 {
  if (value === 0 || value === 1) return value;
  throw new RangeError(`a detector of failures takes 0 or 1, and not ${value}`);
}
