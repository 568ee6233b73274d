// Predictions and events that people try by hand.

import type { DeadLetterQueue } from "../../lib/broker/broker.ts";
import type { Clock } from "../../lib/clock.ts";
import { RejectedError, UnavailableError, UnsupportedError } from "../../lib/errors.ts";
import type { Event, Features } from "../../lib/events/vocabulary.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { StateReader } from "../../lib/store/store.ts";
import { createValidate } from "../../validate/handler.ts";
import { pipelineNamed } from "../names.ts";
import type { Predicted } from "../shapes/tries.ts";
import { clientEventOf, inRequest, SOURCE } from "./client-event.ts";
import { correctionOf, dropCorrected, letterToCorrect, timeOf } from "./correction.ts";
import { predictedOf } from "./predicted.ts";
import { refused } from "./refused.ts";
import { seenIn, unusualIn } from "./seen.ts";
import type { TryAdmin } from "./try-admin.ts";
import type { TryPort } from "./try-port.ts";

interface TryDeps {
  readonly pipelines: Pipelines;
  /** Absent where nobody carries it out. */
  readonly tries?: TryPort | undefined;
  readonly clock: Clock;
  /** Of what was learned: where a prediction is told what is unusual about its record. */
  readonly models?: StateReader;
  /** Those that may be corrected. */
  readonly letters?: DeadLetterQueue;
}

export function createTries({ pipelines, tries, clock, models, letters }: TryDeps): Pick<TryAdmin, "predict" | "send"> {
  const validate = createValidate({ pipelines, clock });

  function port(): TryPort {
    if (tries !== undefined) return tries;
    throw new UnsupportedError("no-steps", "nothing is predicted and no event is taken here; ask a Wadi that runs");
  }

  function queue(): DeadLetterQueue {
    if (letters !== undefined) return letters;
    throw new UnsupportedError("no-letters", "no dead letters are kept here; ask a Wadi that runs");
  }

  return {
    async predict(name, request) {
      const pipeline = pipelineNamed(pipelines, name);
      const { record, interval, explain } = request;
      const parameters = { ...(interval !== undefined && { interval }), ...(explain !== undefined && { explain }) };
      try {
        const told = predictedOf(pipeline, request, await port().predict(name, { inputs: record, parameters }));
        const x = pipeline.extract(pipeline.decodeJson(record).record);
        return { ...told, x, ...(await unusual(pipeline, told.set, x)) };
      } catch (error) {
        throw inRequest(inRequest(error, "inputs", "body.record"), "parameters.interval", "body.interval");
      }
    },
    async send(request) {
      pipelineNamed(pipelines, request.pipeline);
      const { send } = port();
      const { corrects } = request;
      const letter = corrects === undefined ? undefined : await letterToCorrect(queue(), corrects);
      const made = clientEventOf(letter === undefined ? request : correctionOf(letter, request), clock);
      const event = letter === undefined ? made : { ...made, ...timeOf(letter) };
      const { subject = event.id } = await checked(event);
      await send(event);
      const sent = { source: SOURCE, id: event.id, subject };
      return corrects === undefined ? sent : { ...sent, dropped: await dropCorrected(queue(), corrects) };
    },
  };

  async function unusual(pipeline: Pipeline, set: string, x: Features): Promise<Pick<Predicted, "unusual">> {
    if (models === undefined) return {};
    try {
      return { unusual: unusualIn(seenIn((await models.load(set)).state, pipeline), x, pipeline) };
    } catch (error) {
      // There is a prediction also while the store is away.
      if (error instanceof UnavailableError) return {};
      throw error;
    }
  }

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
