// Predictions that are recorded, so that a label can follow: what a caller with an id gets.
//
//   R1  Put the observation, put what was served, publish the observation, answer: in this order. Each step may be
//       repeated, so whoever got no answer asks again with the same id, and what was left undone is done.
//   R2  The halves are those that validate and featurize make of the published event, but for the record's digest: its
//       way repeats the puts and finds them. So prediction.made says what was answered, and the log knows of every answer.
//   R3  What is stored first counts. The same id with the same record gets the same answer, whatever was learned in
//       between, and whatever the pipeline file makes of the record by now; with another record it is refused, since the
//       answer would be that of a record the caller did not send.

import type { Clock } from "../lib/clock.ts";
import { RejectedError, UnsupportedError } from "../lib/errors.ts";
import { clientIdOf, learnedId, observationKey } from "../lib/events/identity.ts";
import type { Decoded } from "../lib/events/vocabulary.ts";
import { type Event, EventType, type Served } from "../lib/events/vocabulary.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { reserveSet } from "../lib/pipeline/reservation.ts";
import type { JoinStore, ModelStore, ObservationAnswer, ObservationHalf } from "../lib/store/store.ts";
import type { ServedRow } from "./answer.ts";
import type { Predict } from "./handler.ts";
import type { Row } from "./parameters.ts";
import { recordDigest } from "./record-digest.ts";

/** Resolves once the event is in the log. Rejects with UnavailableError where it may not be. */
export type Publish = (event: Event) => Promise<void>;

export interface RecorderDeps {
  readonly joins: JoinStore;
  readonly models: Pick<ModelStore, "reserve">;
  readonly clock: Clock;
  /** Waits until the clock was compared with the store's. @throws UnavailableError. */
  compared?(): Promise<void>;
  readonly serve: Predict["serve"];
  /** Undefined where no broker was named. */
  readonly publish: Publish | undefined;
}

export interface IdentifiedRow {
  /** The observation's id, and its subject. */
  readonly id: string;
  readonly data: Row;
  readonly decoded: Decoded;
}

type Stored = Extract<ObservationAnswer, { outcome: "stored" }> & {
  /** Undefined where the half is the event's own: it came first, as after a restore of the store. */
  readonly digest: string | undefined;
  /** Where it was answered before: then no model is asked, which may be another one by now, or none. */
  readonly served: Served | undefined;
};

export type Recorder = (pipeline: Pipeline, rows: readonly IdentifiedRow[]) => Promise<readonly ServedRow[]>;

/** @throws RejectedError `subject-taken`, `id-taken`, `too-many-models`; UnsupportedError `no-broker`; UnavailableError. */
export function createRecorder({ joins, models, clock, serve, publish, compared }: RecorderDeps): Recorder {
  return async (pipeline, rows) => {
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
    // Asked within one turn, so that one reading of the model serves all of them.
    const served = await Promise.all(stored.map((each) => each.served ?? serve(pipeline, each.set, each.x)));
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

/** The same for every repetition: `time` is the stored one, and counts where the record has none of its own. */
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
    dataschema: `urn:wadi:${pipeline.name}:${pipeline.schemaVersions.at(-1)}`,
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

/** What of the record is not as it is stored. */
function difference(stored: Stored, half: ObservationHalf, decoded: Decoded): string | undefined {
  if (stored.digest === half.recordDigest) return targetDifference(stored, half);
  const told = toldDifference(stored, half, decoded) ?? targetDifference(stored, half);
  // Without a digest of the first record, fields that no feature uses are not compared.
  return told ?? (stored.digest === undefined ? undefined : "its fields that no feature uses differ");
}

function toldDifference(stored: Stored, half: ObservationHalf, { time }: Decoded): string | undefined {
  const names = new Set([...Object.keys(stored.x), ...Object.keys(half.x)]);
  const others = [...names].filter((name) => stored.x[name] !== half.x[name]);
  if (others.length > 0) return `its features differ in ${others.slice(0, 5).join(", ")}`;
  return time === undefined || time === stored.time ? undefined : `its time is ${new Date(stored.time).toISOString()}`;
}

function targetDifference(stored: Stored, { y }: ObservationHalf): string | undefined {
  // A label that came before the observation stands, as it does for events (`conflict`).
  if (y === undefined || y === stored.y || stored.conflict) return undefined;
  return stored.y === undefined ? "it had no target yet; send that as a label event" : `its target is ${stored.y}`;
}
