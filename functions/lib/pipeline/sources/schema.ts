// The part of a pipeline file's JSON Schema that describes topics, and the checks that a schema cannot express.

import { suggestion } from "../../nearest.ts";
import type { Path, Problems } from "../../problems.ts";
import type { PipelineFile, SourceFile } from "../pipeline-file.ts";
import { type Field, kindOf } from "../record/field.ts";

const MAX_SOURCES = 16;
const MAX_KINDS = 32;
const MAX_OMITTED = 256;
const MAX_SCHEMA_IDS = 64;

export function sourcesSchema(): Readonly<Record<string, unknown>> {
  const recordField = { type: "string", minLength: 1, maxLength: 256 };
  const values = (description: string) => ({
    description,
    type: "array",
    items: { anyOf: [{ type: "string", maxLength: 256 }, { type: "integer" }, { type: "boolean" }] },
    minItems: 1,
    maxItems: MAX_KINDS,
  });
  return {
    description: "Kafka topics of your own, whose records are read as observations and labels.",
    type: "array",
    items: {
      type: "object",
      required: ["topic", "format"],
      properties: {
        topic: {
          type: "string",
          pattern: "^(?!\\.{1,2}$)[a-zA-Z0-9._-]{1,249}$",
          patternErrorMessage: "a topic's name is of letters, digits, dots, underscores and hyphens, 249 at most",
        },
        format: {
          enum: ["json", "avro", "cloudevents"],
          description: "Plain JSON objects; Avro with a schema id before it (Confluent's framing); CloudEvents.",
        },
        id: {
          ...recordField,
          description: "The field with a permanent id of the record; default: its topic, partition and offset.",
        },
        subject: {
          ...recordField,
          description: "The field that identifies the observation, and is the key of its event; default: the id.",
        },
        type: {
          description:
            "What the records are: all of one kind, or as a field says (for CloudEvents, the type). Default: observation; for CloudEvents, what their type says.",
          anyOf: [
            { type: "string", enum: ["observation", "label"] },
            {
              type: "object",
              required: ["observation", "label"],
              properties: {
                field: {
                  ...recordField,
                  description: "A field of the record; not for CloudEvents, which have a type.",
                },
                observation: values("The values of observations."),
                label: values("The values of labels."),
              },
              additionalProperties: false,
            },
          ],
        },
        omit: {
          description: "Fields of JSON records that are not part of the observation.",
          type: "array",
          items: recordField,
          maxItems: MAX_OMITTED,
          uniqueItems: true,
        },
        schemas: {
          description: "For Avro: maps registry ids to schema versions (of event.schemas), such as 101: 1.",
          type: "object",
          propertyNames: { pattern: "^(0|[1-9][0-9]{0,9})$", patternErrorMessage: "a schema id is a whole number" },
          additionalProperties: { type: "integer", minimum: 1 },
          minProperties: 1,
          maxProperties: MAX_SCHEMA_IDS,
        },
        registry: {
          type: "string",
          pattern: "^https?://[^\\s@?#]+$",
          patternErrorMessage: "write the registry's address, such as http://localhost:8081, without user and password",
          maxLength: 512,
          description: "For Avro, instead of schemas: the registry that has them (Confluent's interface).",
        },
      },
      additionalProperties: false,
    },
    maxItems: MAX_SOURCES,
  };
}

/** Adds what is wrong with the sources. `fields`: of the newest schema; undefined where they are not known. */
export function checkSources(file: PipelineFile, fields: readonly Field[] | undefined, problems: Problems): void {
  const seen = new Map<string, number>();
  for (const [i, source] of (file.sources ?? []).entries()) {
    const path = ["sources", i];
    const earlier = seen.get(source.topic);
    if (earlier !== undefined) {
      problems.add([...path, "topic"], `${source.topic} is sources[${earlier}] already: say all of it there`);
    }
    seen.set(source.topic, i);
    if (source.format === "cloudevents") checkEvents(source, path, problems);
    else checkRecords(source, file, path, problems);
    if (source.format === "avro") checkAvro(source, file, fields, path, problems);
    else if (source.schemas !== undefined || source.registry !== undefined) {
      const key = source.schemas !== undefined ? "schemas" : "registry";
      problems.add([...path, key], `is Avro's, and the format is ${source.format}: remove it`);
    }
  }
}

function checkEvents(source: SourceFile, path: Path, problems: Problems): void {
  for (const key of ["id", "subject", "omit"] as const) {
    if (source[key] !== undefined) problems.add([...path, key], "a CloudEvent says that itself: remove it");
  }
  if (typeof source.type === "object" && source.type.field !== undefined) {
    problems.add([...path, "type", "field"], "a CloudEvent is told by its type: remove it");
  }
}

function checkRecords(source: SourceFile, { event, target }: PipelineFile, path: Path, problems: Problems): void {
  const { type = "observation", subject = event?.subject } = source;
  if (typeof type === "object" && type.field === undefined) {
    problems.add([...path, "type"], "has no field: say which field of the record has these values");
  }
  if (typeof type === "object") {
    const both = type.observation.find((value) => type.label.some((other) => String(other) === String(value)));
    if (both !== undefined) problems.add([...path, "type"], `${both} is both observation and label: remove one`);
  }
  if (type !== "observation" && target !== undefined && target.field === undefined) {
    problems.add([...path, "type"], "brings labels, and the target has no field for them: name it (target.field)");
  }
  if (subject === undefined && type !== "observation") {
    problems.add(path, "has labels and no subject: say which field names the observation that a label is of");
  }
}

function checkAvro(
  source: SourceFile,
  file: PipelineFile,
  fields: readonly Field[] | undefined,
  path: Path,
  problems: Problems,
): void {
  if (source.omit !== undefined) {
    problems.add([...path, "omit"], "is JSON's: an Avro record has just the fields of its schema; remove it");
  }
  if (source.schemas === undefined && source.registry === undefined) {
    const cure =
      "say which version of event.schemas each schema id is, such as schemas: { 101: 1 }, or name the registry";
    problems.add(path, `has no schemas: ${cure}`);
  }
  if (source.schemas !== undefined && source.registry !== undefined) {
    problems.add([...path, "registry"], "and schemas do not go together: remove one");
  }
  // What a registry's schemas have is not known before they come.
  if (source.registry !== undefined) return;
  if (fields === undefined) return;
  const versions = Object.keys(file.event.schemas).map(Number);
  for (const [id, version] of Object.entries(source.schemas ?? {})) {
    if (Number(id) > 0xffff_ffff) problems.add([...path, "schemas", id], "a schema id has four bytes: it is too large");
    if (!versions.includes(version)) {
      problems.add(
        [...path, "schemas", id],
        `event.schemas has no version ${version}: use one of ${versions.join(", ")}`,
      );
    }
  }
  const { id, subject, type } = source;
  checkField("id", id, fields, path, problems);
  checkField("subject", subject, fields, path, problems);
  if (typeof type === "object") checkField("type", type.field, fields, path, problems);
}

/** Of JSON any field may be named; what Avro has is known. */
function checkField(
  use: "id" | "subject" | "type",
  name: string | undefined,
  fields: readonly Field[],
  path: Path,
  problems: Problems,
): void {
  if (name === undefined) return;
  const at = use === "type" ? [...path, "type", "field"] : [...path, use];
  const field = fields.find((one) => one.name === name);
  if (field === undefined) {
    const known = fields.map((one) => one.name);
    problems.add(at, `the newest schema has no field ${JSON.stringify(name)}${suggestion(name, known)}`);
  } else if (use !== "type" && !(kindOf(field.type) === "string" || field.type === "int" || field.type === "long")) {
    problems.add(at, `the field ${name} is a ${field.type}, and ${use} is text or a whole number: name another`);
  }
}
