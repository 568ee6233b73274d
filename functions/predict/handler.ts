// predict: what the model answers now, and a record of it, so that a late label scores what was served.

import { RejectedError } from "../lib/errors.ts";
import { derive } from "../lib/events/derive.ts";
import { observationKey } from "../lib/events/identity.ts";
import { readEnvelope, readFeatures } from "../lib/events/payload.ts";
import { EventType, type Features, type PredictionData, type Served } from "../lib/events/vocabulary.ts";
import { ownFeatures, type Pipelines, pipelineOf } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import type { Handle } from "../lib/serve/step.ts";
import type { JoinStore, ModelStore } from "../lib/store/store.ts";
import type { Telemetry } from "../lib/telemetry/metrics.ts";
import { createModelReader, type ModelReader, type ServingModel } from "./reader.ts";

export interface PredictDeps {
  readonly pipelines: Pipelines;
  readonly models: ModelStore;
  readonly joins: JoinStore;
  readonly telemetry: Telemetry;
}

export interface Predict {
  readonly handle: Handle;
  /** What the model answers for these features now; nothing is recorded. */
  serve(pipeline: Pipeline, x: Features): Promise<Served>;
  /** The model that answers now. @throws UnavailableError where it cannot be had. */
  serving(pipeline: Pipeline): Promise<ServingModel>;
}

export function createPredict({ pipelines, models, joins, telemetry }: PredictDeps): Predict {
  const readers = new Map<string, ModelReader>();

  return { handle, serve, serving };

  async function handle(event: Parameters<Handle>[0]) {
    if (event.type !== EventType.featuresExtracted) {
      throw new RejectedError("unknown-type", `predict takes ${EventType.featuresExtracted}, not ${event.type}`);
    }
    const pipeline = pipelineOf(pipelines, event);
    const { subject } = readEnvelope(event);
    const { set, x } = readFeatures(event, false);
    const answered = await serve(pipeline, ownFeatures(pipeline, set, x));
    const stored = await joins.putServed(pipeline.name, observationKey(pipeline.name, subject), answered);
    return derive(event, {
      type: EventType.predictionMade,
      pipeline: pipeline.name,
      step: "predict",
      data: predictionOf(set, stored),
    });
  }

  async function serve(pipeline: Pipeline, x: Features): Promise<Served> {
    const { head, models: open } = await serving(pipeline);
    telemetry.predictions.inc({ set: pipeline.name });
    return { generation: head.generation, version: head.version, model: pipeline.serve, values: open.predict(x) };
  }

  function serving(pipeline: Pipeline): Promise<ServingModel> {
    let reader = readers.get(pipeline.name);
    if (reader === undefined) {
      reader = createModelReader(models, pipeline, pipeline.name);
      readers.set(pipeline.name, reader);
    }
    return reader.current();
  }
}

function predictionOf(set: string, { generation, version, model, values }: Served): PredictionData {
  return { value: values[model] ?? null, model, set, generation, version, values };
}
