// predict: what the model answers now, and a record of it, so that a late label scores what was served.

import { RejectedError } from "../lib/errors.ts";
import { derive } from "../lib/events/derive.ts";
import { observationKey } from "../lib/events/identity.ts";
import { readEnvelope, readFeatures } from "../lib/events/payload.ts";
import { EventType, type Features, type PredictionData, type Served } from "../lib/events/vocabulary.ts";
import { ownFeatures, type Pipelines, pipelineOf } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { createRecent } from "../lib/recent.ts";
import type { Handle } from "../lib/serve/step.ts";
import type { JoinStore, ModelStore } from "../lib/store/store.ts";
import type { Telemetry } from "../lib/telemetry/metrics.ts";
import { createModelReader, type ModelReader, type ServingModel } from "./reader.ts";

export interface PredictDeps {
  readonly pipelines: Pipelines;
  readonly models: ModelStore;
  readonly joins: JoinStore;
  readonly telemetry: Telemetry;
  /** How many model sets are kept open, beside those that are asked. */
  readonly openSets?: number;
}

const DEFAULT_OPEN_SETS = 1024;

export interface Predict {
  readonly handle: Handle;
  /** What the model of a set answers for these features now; nothing is recorded. */
  serve(pipeline: Pipeline, set: string, x: Features): Promise<Served>;
  /**
   * The model that answers now for a set: as long as it has learned nothing that is its pipeline's prior, if there is one,
   * which is what it would start with. @throws UnavailableError where it cannot be had.
   */
  serving(pipeline: Pipeline, set: string): Promise<ServingModel>;
}

export function createPredict({
  pipelines,
  models,
  joins,
  telemetry,
  openSets = DEFAULT_OPEN_SETS,
}: PredictDeps): Predict {
  const readers = createRecent<ModelReader>(openSets);

  return { handle, serve, serving };

  async function handle(event: Parameters<Handle>[0]) {
    if (event.type !== EventType.featuresExtracted) {
      throw new RejectedError("unknown-type", `predict takes ${EventType.featuresExtracted}, not ${event.type}`);
    }
    const pipeline = pipelineOf(pipelines, event);
    const { subject } = readEnvelope(event);
    const { set, x } = readFeatures(event, false);
    const answered = await serve(pipeline, set, ownFeatures(pipeline, set, x));
    const stored = await joins.putServed(pipeline.name, observationKey(pipeline.name, subject), answered);
    return derive(event, {
      type: EventType.predictionMade,
      pipeline: pipeline.name,
      step: "predict",
      data: predictionOf(set, stored),
    });
  }

  async function serve(pipeline: Pipeline, set: string, x: Features): Promise<Served> {
    const { head, models: open } = await serving(pipeline, set);
    telemetry.predictions.inc({ set: pipeline.name });
    return { generation: head.generation, version: head.version, model: pipeline.serve, values: open.predict(x) };
  }

  async function serving(pipeline: Pipeline, set: string): Promise<ServingModel> {
    const own = await current(pipeline, set);
    const prior = pipeline.modelPer?.prior;
    if (own.head.version > 0 || prior === undefined || set === prior) return own;
    // Under the set's own head: an example that was served from here is scored on that.
    return { ...own, models: (await current(pipeline, prior)).models };
  }

  /** Another pipeline's set is opened with this one's models. */
  function current(pipeline: Pipeline, set: string): Promise<ServingModel> {
    const make = () => createModelReader(models, pipeline, set);
    return readers.use(`${pipeline.name} ${set}`, make, (reader) => reader.current());
  }
}

function predictionOf(set: string, { generation, version, model, values }: Served): PredictionData {
  return { value: values[model] ?? null, model, set, generation, version, values };
}
