// The life of one observation, by what the store and the dead letters keep of it.

import type { Broker, DeadLetter, Seen } from "../lib/broker/broker.ts";
import { NotFoundError } from "../lib/errors.ts";
import { observationKey } from "../lib/events/identity.ts";
import type { Served } from "../lib/events/vocabulary.ts";
import { classOf, tasks } from "../lib/learners/task.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import type { JoinRecord, Store } from "../lib/store/store.ts";
import { summaryOf } from "./letters.ts";
import type { Trace, TraceStep } from "./shapes/trace.ts";
import { whySpoilt } from "./spoilt-names.ts";

export interface LifeSources {
  readonly store: Pick<Store, "joins" | "models">;
  readonly broker: Pick<Broker, "deadLetters"> & Seen;
  /** Whether it is the only one that is deployed: then events need not name it. */
  readonly alone: boolean;
  /** Events come through a Broker that may spoil their names. */
  readonly namesMaySpoil: boolean;
}

/** The most dead letters that are told of one subject. */
const MAX_LETTERS = 100;

/** @throws NotFoundError where nothing is kept of it. */
export async function lifeOf(sources: LifeSources, pipeline: Pipeline, subject: string): Promise<Trace> {
  const { store, broker, alone, namesMaySpoil } = sources;
  const found = await broker.deadLetters.list({ subject, limit: MAX_LETTERS, first: "oldest" });
  const letters = found.filter(({ event }) => (event["pipeline"] ?? (alone ? pipeline.name : "")) === pipeline.name);
  const record = await store.joins.read(pipeline.name, observationKey(pipeline.name, subject));
  if (record === undefined && letters.length === 0) throw unknownSubject(pipeline, subject);
  const observed = record?.observation;
  const isLearned =
    observed !== undefined && (await store.models.learnedOf(observed.set, [observed.learnedId])).length > 0;
  const labelUntil = record === undefined ? 0 : endOfHorizon(record, pipeline);
  const isSuspect = namesMaySpoil && pipeline.subjectField === undefined;
  const spoilt = isSuspect ? whySpoilt(subject, observed?.id) : undefined;
  const steps = [...recordSteps(record, pipeline, isLearned), ...letters.map(letterStep)];
  return {
    pipeline: pipeline.name,
    subject,
    state: stateOf({ record, pipeline, labelUntil, isLearned, letters, lag: lagBeforeLearn(broker) }),
    steps: inOrder(steps),
    ...(spoilt !== undefined && { spoilt }),
    ...(observed !== undefined && { set: observed.set, x: { ...observed.x } }),
    ...(record?.y !== undefined && { y: record.y }),
    ...(record?.served !== undefined && { served: record.served }),
    ...(observed !== undefined && record?.y === undefined && pipeline.targetField !== undefined && { labelUntil }),
    ...(record !== undefined && { expiresAt: record.expiresAt }),
  };
}

/** The record outlives it by the time in which an event may be delivered again, and never the other way round. */
function endOfHorizon({ observation, expiresAt }: JoinRecord, { labelHorizonMs }: Pipeline): number {
  return observation === undefined ? expiresAt : Math.min(expiresAt, observation.recordedTime + labelHorizonMs);
}

function unknownSubject({ name }: Pipeline, subject: string): NotFoundError {
  return new NotFoundError(
    `${name} keeps nothing of ${JSON.stringify(subject)}: it has not come, is still under way, or its time is over`,
  );
}

/** In the order of a life; the store does not note when a prediction was made or an example learned. */
function recordSteps(record: JoinRecord | undefined, pipeline: Pipeline, isLearned: boolean): TraceStep[] {
  if (record === undefined) return [];
  const { observation, y, labelledTime, served } = record;
  const scores = tasks[pipeline.task].learns === "labels" ? "" : "; it scores the models, and is not learned";
  const detail = `the truth is ${y}${scores}`;
  const labelled: TraceStep[] =
    y === undefined ? [] : [{ ...(labelledTime !== undefined && { time: labelledTime }), what: "labelled", detail }];
  if (observation === undefined) return labelled;
  const { recordedTime, source, id, time, set } = observation;
  const came = `event ${id} from ${source}, of ${iso(time)}`;
  const observed: TraceStep = { time: recordedTime, what: "observed", detail: came };
  const predicted: TraceStep[] =
    served === undefined ? [] : [{ what: "predicted", detail: prediction(pipeline, served) }];
  const early = labelledTime !== undefined && labelledTime < recordedTime;
  return [
    ...(early ? labelled : []),
    observed,
    ...predicted,
    ...(early ? [] : labelled),
    ...(isLearned ? [{ what: "learned", detail: `by ${set}, once` } as const] : []),
  ];
}

function prediction({ target, task }: Pipeline, { model, version, values }: Served): string {
  const value = values[model] ?? null;
  const at = `version ${version}`;
  if (value === null) return `${model} knew nothing yet (${at})`;
  const named = classOf(target, value);
  const said = named === undefined ? undefined : tasks[task].classes?.inWords(named);
  return `${model} said ${tasks[task].inShort(value)}${said === undefined ? "" : `, ${said}`} (${at})`;
}

function letterStep(letter: DeadLetter): TraceStep {
  const { number, step, reason, message, time } = summaryOf(letter);
  return {
    time,
    what: "dead-letter",
    detail: `number ${number}, by ${step}: ${[reason, message].filter(Boolean).join(": ")}`,
  };
}

/** A step without a time of its own stays behind the one it follows. */
function inOrder(steps: readonly TraceStep[]): TraceStep[] {
  let last = 0;
  const timed = steps.map((step) => {
    last = step.time ?? last;
    return { step, at: last };
  });
  return timed.sort((a, b) => a.at - b.at).map(({ step }) => step);
}

interface Facts {
  readonly record: JoinRecord | undefined;
  readonly pipeline: Pipeline;
  readonly labelUntil: number;
  readonly isLearned: boolean;
  readonly letters: readonly DeadLetter[];
  readonly lag: number;
}

function stateOf({ record, pipeline, labelUntil, isLearned, letters, lag }: Facts): string {
  const last = letters.at(-1);
  const givenUp = last && `given up by ${last.trigger} (${last.reason}): see dead letter ${last.number}`;
  if (isLearned) return "learned";
  if (record === undefined) return givenUp ?? "nothing is kept of it";
  if (record.observation === undefined) {
    const until = iso(record.expiresAt);
    if (givenUp !== undefined && last?.event.type.includes("observation"))
      return `its label waits; the observation was ${givenUp}`;
    return `its label waits until ${until} for the observation, which has not come, or came so long ago that it is forgotten`;
  }
  const waits = tasks[pipeline.task].learns === "labels" ? "labelled" : "observed";
  if (record.y === undefined && waits === "labelled") {
    const until = iso(labelUntil);
    const label = letters.findLast(({ event }) => event.type.includes("label"));
    if (label !== undefined) {
      return `waits for its label until ${until}; one was given up (${label.reason}): see dead letter ${label.number}`;
    }
    return `waits for its label until ${until}`;
  }
  const lost = letters.findLast(({ trigger }) => trigger === "learn");
  if (lost !== undefined) {
    const why = lost.reason === "outside-window" ? "came too late to be learned" : "could not be learned";
    return `${why} (${lost.reason}): see dead letter ${lost.number}`;
  }
  if (lag > 0) return `${waits}; waits to be learned: ${lag} ${lag === 1 ? "event is" : "events are"} not handled yet`;
  return `${waits}, and not learned: nothing of it is under way, so its dead letter was dropped, its model set began anew, or the store is an older one`;
}

function lagBeforeLearn(broker: Seen): number {
  // What learn will take may still be with the steps before it.
  return broker.status().triggers.reduce((sum, { name, lag }) => (name === "predict" ? sum : sum + lag), 0);
}

function iso(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}
