// The four steps in one process, as they are in any other place.

import { build as featurize } from "../featurize/step.ts";
import { build as learn } from "../learn/step.ts";
import type { Subscriber, Trigger } from "../lib/broker/broker.ts";
import { STEPS, type StepName } from "../lib/events/vocabulary.ts";
import type { BuiltStep, StepTools, StoreTools } from "../lib/serve/build.ts";
import { createStep, type Step } from "../lib/serve/step.ts";
import { onceCompared, type StoreClock } from "../lib/serve/store-clock.ts";
import { build as predict } from "../predict/step.ts";
import { build as validate } from "../validate/step.ts";
import type { RemoteSteps } from "./remote/remote-steps.ts";

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

/** What the broker delivers to: a step of this process, or one behind a URL. */
export function deliveredBy(triggers: readonly Trigger[], steps: Steps, remote: RemoteSteps) {
  return triggers.map((trigger) => {
    const away = remote.of(trigger);
    return away ?? { trigger, subscriber: subscriberOf(trigger.name, steps) };
  });
}

function subscriberOf(name: string, steps: Steps): Subscriber {
  const step = steps[name as StepName];
  return { destination: `wadi:/${name}`, deliver: (event) => step.answer(event) };
}
