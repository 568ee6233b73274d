// Recorded predictions, for requests with an id: a label can follow.
//
//   R1  In this order: put the observation, put what was served, publish the observation, answer. Each step can be repeated.
//       A caller without an answer asks again with the same id, which completes what was left undone.
//   R2  What is put is what validate and featurize make of the published event, and the record's digest beside it. When the
//       event passes them they find it. So prediction.made says what was answered, and the log has every answer.
//   R3  What is stored first counts. The same id with the same record gets the same answer, whatever was learned in between
//       and however the pipeline file has changed. With another record it is refused: the answer would belong to a record
//       that the caller did not send.

import type { Clock } from "../lib/clock.ts";
import { RejectedError, UnsupportedError } from "../lib/errors.ts";
import { clientIdOf, learnedId, observationKey } from "../lib/events/identity.ts";
import type { Decoded, PredictionAsk } from "../lib/events/vocabulary.ts";
import { type Event, EventType, type Served } from "../lib/events/vocabulary.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { reserveSet } from "../lib/pipeline/reservation.ts";
import type { JoinStore, ModelSets, ObservationAnswer, ObservationHalf } from "../lib/store/store.ts";
import type { ServedRow } from "./answer.ts";
import type { Predict } from "./handler.ts";
import type { Row } from "./parameters.ts";
import { recordDigest } from "./record-digest.ts";

/** Resolves once the event is in the log; rejects with UnavailableError where that is not certain. */
export type Publish = (event: Event) => Promise<void>;

export interface RecorderDeps {
  readonly joins: JoinStore;
  readonly models: Pick<ModelSets, "reserve">;
  readonly clock: Clock;
  /** Waits until the clock was compared with the store's. @throws UnavailableError. */
  compared?(): Promise<void>;
  readonly serve: Predict["serve"];
  /** Undefined without a broker. */
  readonly publish: Publish | undefined;
}

export interface IdentifiedRow {
  /** The observation's id, and its subject. */
  readonly id: string;
  readonly data: Row;
  readonly decoded: Decoded;
}

type Stored = Extract<ObservationAnswer, { outcome: "stored" }> & {
  /** Undefined where the event came first, as after a restore of the store: events have no digest. */
  readonly digest: string | undefined;
  /** Where it was answered before. Then no model is asked: it may have changed since, or be away. */
  readonly served: Served | undefined;
};

/** @param ask what is told of rows that were not answered before; by default what the pipeline's events say. */
export type Recorder = (
  pipeline: Pipeline,
  rows: readonly IdentifiedRow[],
  ask?: PredictionAsk,
) => Promise<readonly ServedRow[]>;

/** @throws RejectedError `subject-taken`, `id-taken`, `too-many-models`; UnsupportedError `no-broker`; UnavailableError. */
export function createRecorder({ joins, models, clock, serve, publish, compared }: RecorderDeps): Recorder {
  return async (pipeline, rows, { interval, explain } = {}) => {
    if (publish === undefined) {
      throw new UnsupportedError(
        "no-broker",
        "an id asks for a record, and this process knows no broker to post it to: set WADI_BROKER (or K_SINK) to its address, or leave the id out",
      );
    }
    await compared?.();
    const now = clock.now();
    const halves = rows.map((row) => halfOf(pipeline, row, now));
    const stored = await Promise.all(halves.map((half, i) => put(half, rows[i] as IdentifiedRow)));
    stored.forEach((each, i) => {
      checkSame(each, halves[i] as ObservationHalf, rows[i] as IdentifiedRow);
    });
    await Promise.all(stored.map(({ set }) => reserveSet(models, pipeline, set)));
    const ask = { interval: interval ?? pipeline.predict.interval, explain: explain ?? pipeline.predict.explain };
    // Asked within one turn, so that one reading of the model serves all of them.
    const served = await Promise.all(stored.map((each) => each.served ?? serve(pipeline, each.set, each.x, ask)));
    const kept = await Promise.all(
      served.map((each, i) => joins.putServed(pipeline.name, (halves[i] as ObservationHalf).key, each)),
    );
    await Promise.all(rows.map((row, i) => publish(observationOf(pipeline, row, stored[i] as Stored))));
    return kept.map((each, i) => ({ ...each, set: (stored[i] as Stored).set }));
  };

  async function put(half: ObservationHalf, { id }: IdentifiedRow): Promise<Stored> {
    const answer = await joins.putObservation(half);
    if (answer.outcome === "subject-taken") {
      throw new RejectedError(
        "subject-taken",
        `subject ${id} belongs to event ${answer.id} from ${answer.source}; give this record another id`,
      );
    }
    const record = await joins.read(half.pipeline, half.key);
    return { ...answer, digest: record?.observation?.recordDigest, served: record?.served };
  }
}

const sourceOf = (pipeline: Pipeline) => `/wadi/${pipeline.name}/infer`;

function halfOf(pipeline: Pipeline, { id, decoded }: IdentifiedRow, now: number): ObservationHalf {
  const source = sourceOf(pipeline);
  const { record, time = now, y, subject } = decoded;
  const clientId = clientIdOf(id, subject);
  return {
    pipeline: pipeline.name,
    key: observationKey(pipeline.name, id),
    source,
    id: clientId,
    learnedId: learnedId({ source, id: clientId }),
    set: pipeline.setOf(record),
    time,
    recordedTime: now,
    x: pipeline.extract(record),
    recordDigest: recordDigest(pipeline, record),
    ...(y === undefined ? {} : { y }),
  };
}

/** The same event for every repetition: `time` is the stored one, for records without a time of their own. */
function observationOf(pipeline: Pipeline, { id, data }: IdentifiedRow, { time }: Stored): Event {
  return {
    specversion: "1.0",
    id,
    source: sourceOf(pipeline),
    type: EventType.observation,
    subject: id,
    time: new Date(time).toISOString(),
    pipeline: pipeline.name,
    datacontenttype: "application/json",
    dataschema: `urn:wadi:${pipeline.name}:${pipeline.schemaVersion}`,
    data,
  };
}

/** @throws RejectedError `id-taken`. */
function checkSame(stored: Stored, half: ObservationHalf, { id, decoded }: IdentifiedRow): void {
  const other = difference(stored, half, decoded);
  if (other === undefined) return;
  throw new RejectedError(
    "id-taken",
    `id ${id} was given to another record: ${other}. Give each record an id of its own; only the same record again gets the same answer`,
  );
}

/** How the record differs from the stored one, in words; undefined where it does not. */
function difference(stored: Stored, half: ObservationHalf, decoded: Decoded): string | undefined {
  if (stored.digest === half.recordDigest) return targetDifference(stored, half);
  const told = toldDifference(stored, half, decoded) ?? targetDifference(stored, half);
  // Without a digest of the first record, fields that no feature uses cannot be compared.
  return told ?? (stored.digest === undefined ? undefined : "its fields that no feature uses differ");
}

function toldDifference(stored: Stored, half: ObservationHalf, { time }: Decoded): string | undefined {
  const names = new Set([...Object.keys(stored.x), ...Object.keys(half.x)]);
  const others = [...names].filter((name) => stored.x[name] !== half.x[name]);
  if (others.length > 0) return `its features differ in ${others.slice(0, 5).join(", ")}`;
  return time === undefined || time === stored.time ? undefined : `its time is ${new Date(stored.time).toISOString()}`;
}

function targetDifference(stored: Stored, { y }: ObservationHalf): string | undefined {
  // A label that came before the observation counts, as it does for events (`conflict`).
  if (y === undefined || y === stored.y || stored.conflict) return undefined;
  return stored.y === undefined ? "it had no target yet; send that as a label event" : `its target is ${stored.y}`;
}
