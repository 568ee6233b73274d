// The four steps in one process, as they are in any other place.

import { build as featurize } from "../featurize/step.ts";
import { build as learn } from "../learn/step.ts";
import { STEPS, type StepName } from "../lib/events/vocabulary.ts";
import type { BuiltStep, StepTools, StoreTools } from "../lib/serve/build.ts";
import { createStep, type Step } from "../lib/serve/step.ts";
import { onceCompared, type StoreClock } from "../lib/serve/store-clock.ts";
import { build as predict } from "../predict/step.ts";
import { build as validate } from "../validate/step.ts";

export type Steps = Readonly<Record<StepName, Step>>;
export type BuiltSteps = Readonly<Record<StepName, BuiltStep>>;

/** On one store and one broker. */
export async function buildSteps(tools: StoreTools, clock: StoreClock): Promise<BuiltSteps> {
  const compared = (step: BuiltStep) => ({ ...step, handle: onceCompared(clock, step.handle) });
  return {
    validate: compared(await validate(tools)),
    featurize: compared(featurize(tools)),
    predict: compared(await predict(tools)),
    learn: compared(learn(tools)),
  };
}

/** Each with the limits and figures of a step behind HTTP. */
export function answering(built: BuiltSteps, { clock, log, telemetry }: StepTools): Steps {
  const all = STEPS.map((name) => [name, createStep({ name, handle: built[name].handle, clock, log, telemetry })]);
  return Object.fromEntries(all) as Steps;
}

/** As the broker calls it. */
export function subscriberOf(name: string, steps: Steps) {
  const step = steps[name as StepName];
  return { destination: `wadi:/${name}`, deliver: (event: Parameters<Step["answer"]>[0]) => step.answer(event) };
}
