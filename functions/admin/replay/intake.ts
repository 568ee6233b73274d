// Which events of a log a replay takes, and how they become what featurize takes: from the log what validate published; from the
// archive, which has what clients sent and no more, through validate again, with the pipeline file as it is now.

import type { Clock } from "../../lib/clock.ts";
import { readEnvelope } from "../../lib/events/payload.ts";
import { type Event, EventType } from "../../lib/events/vocabulary.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { createValidate } from "../../validate/handler.ts";

export interface Intake {
  readonly types: readonly string[];
  isOf(event: Event): boolean;
  /** `time`: when the log took it in. @throws RejectedError for what was a dead letter, or does not fit the present file. */
  check(event: Event, time: number): Promise<Event>;
}

export function validatedOf({ name }: Pipeline): Intake {
  return {
    types: [EventType.observationValidated, EventType.labelValidated],
    /** A forged or damaged event has no envelope and is part of no replay. */
    isOf(event) {
      try {
        return readEnvelope(event).pipeline === name;
      } catch {
        return false;
      }
    },
    check: async (event) => event,
  };
}

/** Of a log that has events of this pipeline alone. */
export function acceptedOf(pipeline: Pipeline, clock: Clock): Intake {
  const validate = createValidate({ pipelines: new Map([[pipeline.name, pipeline]]), clock });
  return {
    types: [EventType.observation, EventType.label, EventType.record],
    isOf: () => true,
    async check(event, time) {
      // A reader of the archive cannot know when validate saw it: that was milliseconds after it was accepted.
      return { ...((await validate(event)) as Event), recordedtime: new Date(time).toISOString() };
    },
  };
}
