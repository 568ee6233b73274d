// Predictions and events that people try by hand.

import type { Clock } from "../../lib/clock.ts";
import { RejectedError, UnsupportedError } from "../../lib/errors.ts";
import type { Event } from "../../lib/events/vocabulary.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import { createValidate } from "../../validate/handler.ts";
import { pipelineNamed } from "../names.ts";
import { clientEventOf, inRequest, SOURCE } from "./client-event.ts";
import { predictedOf } from "./predicted.ts";
import { refused } from "./refused.ts";
import type { TryAdmin } from "./try-admin.ts";
import type { TryPort } from "./try-port.ts";

interface TryDeps {
  readonly pipelines: Pipelines;
  /** Absent where nobody carries it out. */
  readonly tries?: TryPort | undefined;
  readonly clock: Clock;
}

export function createTries({ pipelines, tries, clock }: TryDeps): Pick<TryAdmin, "predict" | "send"> {
  const validate = createValidate({ pipelines, clock });

  function port(): TryPort {
    if (tries !== undefined) return tries;
    throw new UnsupportedError("no-steps", "nothing is predicted and no event is taken here; ask a Wadi that runs");
  }

  return {
    async predict(name, request) {
      const pipeline = pipelineNamed(pipelines, name);
      const { record, interval, explain } = request;
      const parameters = { ...(interval !== undefined && { interval }), ...(explain !== undefined && { explain }) };
      try {
        return predictedOf(pipeline, request, await port().predict(name, { inputs: record, parameters }));
      } catch (error) {
        throw inRequest(inRequest(error, "inputs", "body.record"), "parameters.interval", "body.interval");
      }
    },
    async send(request) {
      pipelineNamed(pipelines, request.pipeline);
      const { send } = port();
      const event = clientEventOf(request, clock);
      const { subject = event.id } = await checked(event);
      await send(event);
      return { source: SOURCE, id: event.id, subject };
    },
  };

  /** What `validate` makes of it: a person hears at once what would else be a dead letter. */
  async function checked(event: Event): Promise<Event> {
    try {
      return (await validate(event)) ?? event;
    } catch (error) {
      if (error instanceof RejectedError && error.code === "no-subject") {
        throw refused("body.subject", "is missing: a label names its observation by it");
      }
      throw inRequest(error, "data", "body.data");
    }
  }
}
