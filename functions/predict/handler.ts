// predict: answers with the model as it is now, and records the answer, so that a late label is scored on what was served.

import type { Clock } from "../lib/clock.ts";
import { DEFAULT_MAX_STALENESS_MS } from "../lib/config.ts";
import { RejectedError } from "../lib/errors.ts";
import { derive } from "../lib/events/derive.ts";
import { observationKey } from "../lib/events/identity.ts";
import { readEnvelope, readFeatures } from "../lib/events/payload.ts";
import {
  EventType,
  type Features,
  type PredictionAsk,
  type PredictionData,
  type Served,
} from "../lib/events/vocabulary.ts";
import { classOf, tasks } from "../lib/learners/task.ts";
import { createStoreWatch, type StoreWatch } from "../lib/lost-commits/watch.ts";
import { ownFeatures, type Pipelines, pipelineOf } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { createRecent, OPEN_STATE_BYTES } from "../lib/recent.ts";
import type { Handle } from "../lib/serve/step.ts";
import type { JoinStore, StateReader } from "../lib/store/store.ts";
import { createLineQuota } from "../lib/telemetry/line-quota.ts";
import { type Log, silentLog } from "../lib/telemetry/log.ts";
import type { Telemetry } from "../lib/telemetry/metrics.ts";
import { createModelReader, type ModelReader, type ServingModel } from "./reader.ts";
import { toldOf } from "./told.ts";

export interface PredictDeps {
  readonly pipelines: Pipelines;
  readonly models: StateReader;
  readonly joins: JoinStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Model sets kept open, beside those in use. */
  readonly openSets?: number;
  /** What their states may take together as they are stored, bytes. */
  readonly openStateBytes?: number;
  readonly log?: Log;
  /** Default: a new one. */
  readonly watch?: StoreWatch;
  /** How old a state may be that answers unrecorded requests while the store is away; 0: none does. */
  readonly maxStalenessMs?: number;
}

/** `stale`: the store was away, and the last known state answered. */
export interface Recent {
  readonly served: Served;
  readonly stale: boolean;
}

const DEFAULT_OPEN_SETS = 1024;

type Ask = (reader: ModelReader) => Promise<ServingModel>;

export interface Predict {
  readonly handle: Handle;
  /** Predicts with the newest model of a set; records nothing. @throws UnavailableError. */
  serve(pipeline: Pipeline, set: string, x: Features, ask?: PredictionAsk): Promise<Served>;
  /** As `serve`; while the store is away, with the last known model, within `maxStalenessMs`. */
  serveRecent(pipeline: Pipeline, set: string, x: Features, ask?: PredictionAsk): Promise<Recent>;
  /**
   * The model that `serveRecent` uses. A set that has learned nothing uses its pipeline's prior, if there is one, from which
   * it would start. @throws UnavailableError.
   */
  serving(pipeline: Pipeline, set: string): Promise<ServingModel>;
}

/** The metrics of one pipeline. */
interface Counts {
  readonly made: { inc(): void };
  readonly staleness: { observe(seconds: number): void };
}

export function createPredict(deps: PredictDeps): Predict {
  const { pipelines, models, joins, clock, telemetry, log = silentLog } = deps;
  const { maxStalenessMs = DEFAULT_MAX_STALENESS_MS, watch = createStoreWatch({ clock, telemetry, log }) } = deps;
  const readers = createRecent<ModelReader>(
    deps.openSets ?? DEFAULT_OPEN_SETS,
    deps.openStateBytes ?? OPEN_STATE_BYTES,
  );
  const counts = new Map<string, Counts>();
  /** In this turn of the event loop, by question. */
  const asked = new Map<string, Promise<ServingModel>>();
  const quota = createLineQuota(clock);

  return { handle, serve, serveRecent, serving };

  async function handle(event: Parameters<Handle>[0]) {
    if (event.type !== EventType.featuresExtracted) {
      throw new RejectedError("unknown-type", `predict takes ${EventType.featuresExtracted}, not ${event.type}`);
    }
    const pipeline = pipelineOf(pipelines, event);
    const { subject } = readEnvelope(event);
    const { set, x } = readFeatures(event, false);
    const own = ownFeatures(pipeline, set, x);
    const answered = servedBy(pipeline, await current(pipeline, set), own, pipeline.predict);
    const stored = await joins.putServed(pipeline.name, observationKey(pipeline.name, subject), answered);
    // It was served before, so the store must have the version that served it.
    if (stored !== answered) watch.seen(set, stored);
    return derive(event, {
      type: EventType.predictionMade,
      pipeline: pipeline.name,
      step: "predict",
      data: predictionOf(pipeline, set, stored),
    });
  }

  async function serve(pipeline: Pipeline, set: string, x: Features, ask: PredictionAsk = {}): Promise<Served> {
    return servedBy(pipeline, await current(pipeline, set), x, ask);
  }

  function current(pipeline: Pipeline, set: string): Promise<ServingModel> {
    return oncePerTurn(`current ${keyOf(pipeline, set)}`, () => modelOf(pipeline, set, (reader) => reader.current()));
  }

  /** Who asks within one turn shares the answer, by rule P1 of reader.ts. */
  function oncePerTurn(question: string, ask: () => Promise<ServingModel>): Promise<ServingModel> {
    let model = asked.get(question);
    if (model === undefined) {
      if (asked.size === 0) setImmediate(() => asked.clear());
      model = ask();
      asked.set(question, model);
    }
    return model;
  }

  async function serveRecent(pipeline: Pipeline, set: string, x: Features, ask: PredictionAsk = {}): Promise<Recent> {
    const model = await serving(pipeline, set);
    const served = servedBy(pipeline, model, x, ask);
    if (model.stale !== undefined) tellStale(pipeline, set, served, model.stale);
    return { served, stale: model.stale !== undefined };
  }

  function serving(pipeline: Pipeline, set: string): Promise<ServingModel> {
    return oncePerTurn(`recent ${keyOf(pipeline, set)}`, () => modelOf(pipeline, set, (reader) => reader.recent()));
  }

  async function modelOf(pipeline: Pipeline, set: string, ask: Ask): Promise<ServingModel> {
    const own = await openOf(pipeline, set, ask);
    const prior = pipeline.modelPer?.prior;
    if (own.head.version > 0 || prior === undefined || set === prior) return own;
    const start = await openOf(pipeline, prior, ask);
    const stale = own.stale ?? start.stale;
    return {
      // Examples that were served from here are scored under the set's own version.
      head: own.head,
      models: start.models,
      stateBytes: start.stateBytes,
      asOf: Math.min(own.asOf, start.asOf),
      ...(stale !== undefined && { stale }),
    };
  }

  function openOf(pipeline: Pipeline, set: string, ask: Ask): Promise<ServingModel> {
    const make = () => createModelReader({ models, clock, watch, maxStalenessMs }, pipeline, set);
    return readers.use(keyOf(pipeline, set), make, async (reader, weighs) => {
      const model = await ask(reader);
      weighs(model.stateBytes);
      return model;
    });
  }

  function servedBy(
    pipeline: Pipeline,
    { head, models: open, asOf }: ServingModel,
    x: Features,
    ask: PredictionAsk,
  ): Served {
    const { generation, version } = head;
    const stalenessMs = Math.max(0, clock.now() - asOf);
    const { made, staleness } = countsOf(pipeline);
    made.inc();
    staleness.observe(stalenessMs / 1000);
    const model = open.champion;
    const values = open.predict(x);
    const told = toldOf(pipeline.task, open, { x, prediction: values[model] ?? null }, ask);
    return { generation, version, model, values, stalenessMs, ...told };
  }

  function tellStale({ name }: Pipeline, set: string, { version, stalenessMs }: Served, why: string): void {
    telemetry.stalePredictions.inc({ set: name });
    const said = quota(name);
    if (said === undefined) return;
    const limit = `for ${maxStalenessMs / 1000} s at most (WADI_MAX_STALENESS_SECONDS)`;
    log.warn({ set, version, stalenessMs, ...said }, `${set} is predicted from the last state, ${limit}: ${why}`);
  }

  function countsOf({ name }: Pipeline): Counts {
    let found = counts.get(name);
    if (found === undefined) {
      found = { made: telemetry.predictions.labels(name), staleness: telemetry.predictionStaleness.labels(name) };
      counts.set(name, found);
    }
    return found;
  }
}

/** By pipeline as well: a set of another pipeline is opened with the models of this one. */
function keyOf({ name }: Pipeline, set: string): string {
  return `${name} ${set}`;
}

function predictionOf({ target }: Pipeline, set: string, served: Served): PredictionData {
  const { generation, version, model, values, stalenessMs, interval, explanation } = served;
  const value = values[model] ?? null;
  const named = classOf(target, value);
  const called = tasks[target.task].classes?.name;
  return {
    value,
    ...(called !== undefined && named !== undefined && { [called]: named }),
    ...{ model, set, generation, version, values },
    ...(stalenessMs !== undefined && { stalenessMs }),
    ...(interval && { interval }),
    ...(explanation && { explanation }),
  };
}
