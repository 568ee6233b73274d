// A store with a learned flights model in it, made by the functions themselves, and the events that each would get next.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createFeaturize } from "../functions/featurize/handler.ts";
import { createLearn } from "../functions/learn/handler.ts";
import { systemClock } from "../functions/lib/clock.ts";
import type { Event } from "../functions/lib/events/vocabulary.ts";
import { loadPipelines } from "../functions/lib/pipeline/load.ts";
import { DEFAULT_RETENTION, learnedWindowMs } from "../functions/lib/retention.ts";
import type { Handle } from "../functions/lib/serve/step.ts";
import { openStore } from "../functions/lib/store/open.ts";
import { createTelemetry } from "../functions/lib/telemetry/metrics.ts";
import { createValidate } from "../functions/validate/handler.ts";
import { flightsAtDeparture, labelledFlights } from "./flights.ts";
import { assert } from "./row.ts";
import { ROOT } from "./session.ts";

export interface LearnedStore {
  readonly path: string;
  /** Of observations that the store knows, and nothing was predicted for yet. */
  readonly unserved: readonly Event[];
  /** By step, `spare` events that it has not seen. */
  readonly next: Readonly<Record<"validate" | "featurize" | "predict" | "learn", readonly Event[]>>;
}

/** How many flights the model has learned: the first ones. */
export const LEARNED = 5000;

export async function makeLearnedStore(folder: string, unserved: number, spare: number): Promise<LearnedStore> {
  const path = join(folder, "store.db");
  const pipelines = loadPipelines(join(ROOT, "helm/pipelines"));
  const store = await openStore({ kind: "sqlite", path }, pipelines, DEFAULT_RETENTION, Date.now);
  const { joins, models } = store;
  const telemetry = createTelemetry();
  const validate = createValidate({ pipelines, clock: systemClock });
  const featurize = createFeaturize({ pipelines, joins, models, telemetry, clock: systemClock });
  const learn = createLearn({
    pipelines,
    models,
    clock: systemClock,
    telemetry,
    revision: () => randomBytes(16).toString("hex"),
    random: Math.random,
    learnedWindowMs: (name) => learnedWindowMs(pipelines.get(name)?.labelHorizonMs ?? 0, DEFAULT_RETENTION),
  });

  let made = 0;
  /** Every flight is another one. */
  const take = (make: typeof labelledFlights, count: number) => {
    made += count;
    return make(made - count, count);
  };
  const departures = (count: number) => through(validate, take(flightsAtDeparture, count));
  const arrivals = (count: number) => through(validate, take(labelledFlights, count));

  await through(learn, await through(featurize, await arrivals(LEARNED)));
  assert((await models.learnedCount("flights")) === LEARNED, `${LEARNED} flights should be learned`);
  const waiting = await through(featurize, await departures(unserved));
  const next = {
    validate: take(labelledFlights, spare),
    featurize: await arrivals(spare),
    predict: await through(featurize, await departures(spare)),
    learn: await through(featurize, await arrivals(spare)),
  };
  await store.close();
  return { path, unserved: waiting, next };
}

const AT_ONCE = 250;

/** What a step makes of the events. */
async function through(handle: Handle, events: readonly Event[]): Promise<Event[]> {
  const made: Event[] = [];
  for (let i = 0; i < events.length; i += AT_ONCE) {
    const answers = await Promise.all(events.slice(i, i + AT_ONCE).map((event) => handle(event)));
    made.push(...answers.filter((answer) => answer !== undefined));
  }
  return made;
}
