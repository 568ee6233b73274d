// validate: a client's event becomes a checked one. The same event gives the same answer, but for recordedtime and for what
// a schema registry says of a record.

import type { Clock } from "../lib/clock.ts";
import { RejectedError } from "../lib/errors.ts";
import { parseTimestamp } from "../lib/events/attributes.ts";
import { derive } from "../lib/events/derive.ts";
import { maybeSpoilt } from "../lib/events/header-text.ts";
import { causeId, clientIdOf } from "../lib/events/identity.ts";
import { parseMediaType } from "../lib/events/media-type.ts";
import type { Decoded, DecodedLabel } from "../lib/events/vocabulary.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { choosePipeline, type Pipelines } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { readRecordEvent } from "../lib/pipeline/sources/record.ts";
import { fetchWanted } from "../lib/pipeline/sources/schema-registry.ts";
import type { Handle } from "../lib/serve/step.ts";

export interface ValidateDeps {
  readonly pipelines: Pipelines;
  readonly clock: Clock;
  /** Called for an id or subject that Knative's Broker may have spoilt; absent with other brokers. */
  maybeSpoilt?(pipeline: string, attribute: "id" | "subject"): void;
}

const AVRO_TYPES: ReadonlySet<string> = new Set(["application/avro", "avro/binary"]);

export function createValidate({ pipelines, clock, maybeSpoilt: told }: ValidateDeps): Handle {
  return async (event) => handle(event.type === EventType.record ? await clientEventOf(event) : event);

  /** A record that a source could not read may be readable now, after its pipeline file was mended or its schema registered. */
  async function clientEventOf(event: Event): Promise<Event> {
    const record = readRecordEvent(event);
    const pipeline = choosePipeline(pipelines, event["pipeline"]);
    const source = pipeline.sources.find(({ topic }) => topic === record.topic);
    if (source === undefined) {
      throw new RejectedError("unknown-topic", `pipeline ${pipeline.name} has no source of the topic ${record.topic}`);
    }
    if (source.registry !== undefined) await fetchWanted(source.registry, record, clock);
    return source.read(record);
  }

  function handle(event: Event): Event {
    switch (event.type) {
      case EventType.observation:
        return validated(event, choosePipeline(pipelines, event["pipeline"]), decode);
      case EventType.label: {
        const pipeline = choosePipeline(pipelines, event["pipeline"]);
        if (event.subject === undefined && pipeline.subjectField === undefined) {
          throw new RejectedError("no-subject", "a label names its observation by subject (ce-subject), and has none");
        }
        return validated(event, pipeline, decodeLabel);
      }
      default:
        throw new RejectedError(
          "unknown-type",
          `type ${event.type} is not taken here; send ${EventType.observation} or ${EventType.label}`,
        );
    }
  }

  function validated(
    event: Event,
    pipeline: Pipeline,
    read: (event: Event, pipeline: Pipeline) => Decoded | DecodedLabel,
  ): Event {
    const { subject: inBody, ...data } = read(event, pipeline);
    const subject = inBody ?? event.subject ?? event.id;
    const id = clientIdOf(event.id, inBody);
    if (told !== undefined && inBody === undefined) tellSpoilt(event, pipeline, told);
    const type = event.type === EventType.label ? EventType.labelValidated : EventType.observationValidated;
    return derive(event, {
      type,
      pipeline: pipeline.name,
      step: "validate",
      id: causeId({ ...event, id }),
      data,
      attributes: {
        subject,
        partitionkey: String(event["partitionkey"] ?? subject),
        pipeline: pipeline.name,
        recordedtime: new Date(clock.now()).toISOString(),
        clientsource: event.source,
        clientid: id,
      },
    });
  }
}

/** Only an event that came through a Broker's Kafka bears its offset; a direct caller of `validate` meant the `?`. */
function tellSpoilt(event: Event, { name }: Pipeline, told: NonNullable<ValidateDeps["maybeSpoilt"]>): void {
  if (event["knativekafkaoffset"] === undefined) return;
  if (maybeSpoilt(event.id)) told(name, "id");
  if (event.subject !== undefined && maybeSpoilt(event.subject)) told(name, "subject");
}

function decode(event: Event, pipeline: Pipeline): Decoded {
  const version = schemaVersion(event, pipeline);
  const bytes = bytesOf(event);
  const decoded =
    bytes === undefined ? pipeline.decodeJson(jsonOf(event), version) : decodeBytes(event, bytes, pipeline, version);
  if (decoded.time !== undefined || event.time === undefined) return decoded;
  const time = parseTimestamp(event.time);
  return time === undefined ? decoded : { ...decoded, time };
}

function decodeLabel(event: Event, pipeline: Pipeline): DecodedLabel {
  return pipeline.decodeLabel(jsonOf(event));
}

/** A body without bytes is no data to a door, and may be a record to Avro. */
function bytesOf({ data, datacontenttype }: Event): Uint8Array | undefined {
  if (data instanceof Uint8Array) return data;
  const isAvro =
    data === undefined && datacontenttype !== undefined && AVRO_TYPES.has(parseMediaType(datacontenttype).essence);
  return isAvro ? new Uint8Array() : undefined;
}

function decodeBytes(event: Event, data: Uint8Array, pipeline: Pipeline, version: number | undefined): Decoded {
  const essence = parseMediaType(event.datacontenttype ?? "application/octet-stream").essence;
  if (AVRO_TYPES.has(essence)) return pipeline.decodeAvro(data, version);
  throw contentTypeError(essence);
}

/** JSON data, whatever its shape: the pipeline says what is wrong with it. */
function jsonOf(event: Event): unknown {
  const media = event.datacontenttype === undefined ? undefined : parseMediaType(event.datacontenttype);
  if (media !== undefined && media.kind !== "json") throw contentTypeError(media.essence);
  return event.data;
}

function contentTypeError(essence: string): RejectedError {
  const hint = essence === "application/x-www-form-urlencoded" ? " (curl -d sends it unless told otherwise)" : "";
  return new RejectedError(
    "content-type",
    `data of type ${essence}${hint} is not taken; send Content-Type: application/json, or application/avro with Avro bytes`,
  );
}

const OWN_SCHEMA = /^urn:wadi(:|$)/i;
const SCHEMA_URN = /^urn:wadi:([^:]+):(\d{1,9})$/;

/**
 * `dataschema: urn:wadi:<pipeline>:<n>` names the version the data was written under. Producers that are not ours put the
 * address of a schema of theirs there: JSON is not read by it, so it says nothing to us. Avro cannot be read without it.
 */
function schemaVersion(event: Event, pipeline: Pipeline): number | undefined {
  if (event.dataschema === undefined) return undefined;
  const isForeign = !OWN_SCHEMA.test(event.dataschema);
  if (isForeign && !(event.data instanceof Uint8Array)) return undefined;
  const [, name, version] = SCHEMA_URN.exec(event.dataschema) ?? [];
  if (name === pipeline.name && pipeline.schemaVersions.includes(Number(version))) return Number(version);
  const known = pipeline.schemaVersions.map((n) => `urn:wadi:${pipeline.name}:${n}`).join(", ");
  throw new RejectedError("unknown-schema", `dataschema ${event.dataschema} is not known here; there is: ${known}`);
}
