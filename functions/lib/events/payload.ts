// The data of internal events, parsed at the door of each step and typed from there on. Wadi's own steps send these events,
// but anybody who can reach the broker may forge them: each is checked, and a wrong one is rejected.

import { type FieldProblem, RejectedError } from "../errors.ts";
import { parseTimestamp } from "./attributes.ts";
import type { Decoded, Event, ExampleData, Features, FeaturesData, LabelData, Served, Target } from "./vocabulary.ts";

/** Attributes of every internal event. */
export interface Envelope {
  readonly pipeline: string;
  readonly subject: string;
  /** Epoch milliseconds at which the pipeline first saw the observation (or the label). */
  readonly recordedTime: number;
}

class Reader {
  readonly problems: FieldProblem[] = [];
  fail(path: string, problem: string): undefined {
    this.problems.push({ path, problem });
    return undefined;
  }
  done(event: Event): void {
    if (this.problems.length === 0) return;
    const listed = this.problems.map(({ path, problem }) => `${path} ${problem}`).join("; ");
    throw new RejectedError("payload", `${event.type} from ${event.source}: ${listed}`, this.problems);
  }
}

/** @throws RejectedError `payload`. */
export function readEnvelope(event: Event): Envelope {
  const reader = new Reader();
  const { pipeline, subject, recordedtime } = event as Event & { pipeline?: unknown; recordedtime?: unknown };
  const recordedTime = typeof recordedtime === "string" ? parseTimestamp(recordedtime) : undefined;
  if (typeof pipeline !== "string") reader.fail("pipeline", "is missing");
  if (subject === undefined) reader.fail("subject", "is missing");
  if (recordedTime === undefined) reader.fail("recordedtime", "is missing or no timestamp");
  reader.done(event);
  return { pipeline, subject, recordedTime } as Envelope;
}

/** @throws RejectedError `payload`. */
export function readObservation(event: Event): Decoded {
  const reader = new Reader();
  const { record, time, y } = objectOf(event.data);
  if (typeof record !== "object" || record === null || Array.isArray(record))
    reader.fail("data.record", "is no object");
  else {
    for (const name in record) {
      const value = (record as Record<string, unknown>)[name];
      if (value !== null && !isScalar(value)) reader.fail(`data.record.${name}`, "is no number, string or boolean");
    }
  }
  if (time !== undefined) checkFinite(reader, "data.time", time);
  if (y !== undefined && !isScalar(y)) reader.fail("data.y", "is no target");
  reader.done(event);
  return event.data as Decoded;
}

/** @throws RejectedError `payload`. */
export function readLabel(event: Event): LabelData {
  const reader = new Reader();
  if (!isScalar(objectOf(event.data)["y"])) reader.fail("data.y", "is no target");
  reader.done(event);
  return event.data as LabelData;
}

/** `features.extracted` and `example.labelled` alike; `labelled`: there must be a `y`. @throws RejectedError `payload`. */
export function readFeatures(event: Event, labelled: true): ExampleData;
export function readFeatures(event: Event, labelled: false): FeaturesData;
export function readFeatures(event: Event, labelled: boolean): FeaturesData & Pick<ExampleData, "served">;
export function readFeatures(event: Event, labelled: boolean): FeaturesData {
  const reader = new Reader();
  const { set, time, x, y, served } = objectOf(event.data);
  if (typeof set !== "string" || set === "") reader.fail("data.set", "is missing");
  checkFinite(reader, "data.time", time);
  if ((labelled || y !== undefined) && !isScalar(y)) reader.fail("data.y", "is no target");
  if (typeof x !== "object" || x === null || Array.isArray(x)) reader.fail("data.x", "is no object");
  else checkVector(reader, x as Features);
  if (served !== undefined && !isServed(served)) reader.fail("data.served", "is no served prediction");
  reader.done(event);
  return event.data as FeaturesData;
}

function checkVector(reader: Reader, x: Features): void {
  for (const name in x) {
    const value: unknown = x[name];
    if (typeof value !== "string" && !Number.isFinite(value)) reader.fail(`data.x.${name}`, "is no finite number");
  }
}

function isServed(value: unknown): value is Served {
  const { generation, version, model, values } = objectOf(value);
  const named = typeof generation === "string" && Number.isInteger(version) && typeof model === "string";
  return named && Object.values(objectOf(values)).every(isPrediction);
}

function isPrediction(value: unknown): boolean {
  if (value === null || Number.isFinite(value)) return true;
  return typeof value === "object" && Object.values(value as object).every(Number.isFinite);
}

function isScalar(value: unknown): value is Target {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function checkFinite(reader: Reader, path: string, value: unknown): void {
  if (!Number.isFinite(value)) reader.fail(path, "is no finite number");
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
