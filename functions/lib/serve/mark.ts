// The mark by which a broker that calls a step by URL knows the step's own answers: all others are of the platform before it.

import type { StepName } from "../events/vocabulary.ts";

/** On each answer of a step to an event, whatever its status: its name. */
export const STEP_HEADER = "wadi-step";

export type StepMark = Readonly<Record<typeof STEP_HEADER, StepName>>;

export function markOf(step: StepName): StepMark {
  return { [STEP_HEADER]: step };
}
