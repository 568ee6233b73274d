// What a changed pipeline file means for the producers that write under the earlier one, for the events on their way, and for the
// models: before it is deployed.
//
//   backward: what is written for the earlier file is read under this one. Where it is not, events become dead letters.
//   forward: what is written under this one's schema can be read under the earlier one's, so that the file can go back.

import { digestOf } from "./digest.ts";
import type { Pipeline } from "./pipeline.ts";
import type { RecordSource } from "./pipeline-file.ts";
import type { RecordSchema } from "./record/avro.ts";
import type { Field } from "./record/field.ts";
import { fieldMisfit, inWords, nameProblem, writtenAs } from "./record/resolution.ts";

export interface FieldChange {
  readonly field: string;
  /** The types, in words; absent where the field is not there. */
  readonly before?: string;
  readonly now?: string;
  /** Its earlier name, where it is another. */
  readonly was?: string;
  /** Of a field that is new: what earlier records are taken to have. */
  readonly default?: Field["default"];
  /** What keeps it from being read in either direction. */
  readonly backward?: string;
  readonly forward?: string;
}

export interface SchemaChange {
  readonly version: number;
  readonly change: "same" | "new" | "gone" | "changed";
}

export interface ModelChange {
  readonly model: string;
  /** `grown`: it has more features and goes on; `fewer`: it goes on where it grew from these; `changed`: it is another model. */
  readonly change: "same" | "new" | "gone" | "grown" | "fewer" | "changed";
}

export interface Evolution {
  /** Of events that name the schema they were written under. */
  readonly backward: boolean;
  /** Of JSON events that name none: they are read by the version that reads. */
  readonly unnamed: boolean;
  /** Of Avro events that name none: their bytes mean what they meant. */
  readonly unnamedAvro: boolean;
  readonly forward: boolean;
  readonly fields: readonly FieldChange[];
  readonly schemas: readonly SchemaChange[];
  readonly models: readonly ModelChange[];
  /** What breaks, each with its cure: of `backward`, of `unnamed` and of the models, in this order. */
  readonly problems: readonly { readonly of: "backward" | "unnamed" | "models"; readonly problem: string }[];
}

type Problem = Evolution["problems"][number];

export function evolutionOf(before: Pipeline, now: Pipeline): Evolution {
  const fields = fieldChanges(readerOf(before), readerOf(now));
  const schemas = schemaChanges(before, now);
  const models = modelChanges(before, now);
  const backward = schemas.flatMap((one) => schemaProblem(one, Math.max(...now.schemaVersions, one.version) + 1));
  const unnamed = unnamedProblems(now.name, readerOf(before), readerOf(now));
  const renamed = nameProblem(readerOf(before).source, readerOf(now).source) !== undefined;
  return {
    backward: backward.length === 0,
    unnamed: unnamed.length === 0,
    unnamedAvro: writesSame(readerOf(before), readerOf(now)),
    forward: !renamed && fields.every(({ forward }) => forward === undefined),
    ...{ fields, schemas, models },
    problems: [
      ...backward.map((problem): Problem => ({ of: "backward", problem })),
      ...unnamed.map((problem): Problem => ({ of: "unnamed", problem })),
      ...models.flatMap(modelProblem).map((problem): Problem => ({ of: "models", problem })),
    ],
  };
}

function readerOf({ schemas }: Pipeline): RecordSchema {
  return schemas.at(-1) as RecordSchema;
}

function fieldChanges(before: RecordSchema, now: RecordSchema): readonly FieldChange[] {
  const changes = now.fields.map((field): FieldChange => {
    const was = writtenAs(field, before.fields);
    const backward = fieldMisfit(field, was);
    const forward = was && goingBack(was, writtenAs(was, now.fields));
    return {
      ...{ field: field.name, now: inWords(field) },
      ...(was !== undefined && { before: inWords(was) }),
      ...(was !== undefined && was.name !== field.name && { was: was.name }),
      ...(was === undefined && field.default !== undefined && { default: field.default }),
      ...(backward !== undefined && { backward }),
      ...(forward !== undefined && { forward }),
    };
  });
  const known = new Set(changes.map(({ field, was }) => was ?? field));
  const gone = before.fields.filter(({ name }) => !known.has(name));
  return [
    ...changes,
    ...gone.map((field): FieldChange => {
      const forward = goingBack(field, undefined);
      return { field: field.name, before: inWords(field), ...(forward !== undefined && { forward }) };
    }),
  ];
}

/** Why the earlier file cannot read what is written now. */
function goingBack(field: Field, now: Field | undefined): string | undefined {
  if (fieldMisfit(field, now) === undefined) return undefined;
  if (now === undefined)
    return `${field.name} is missing in what is written now, and the earlier file has no default for it`;
  return `${field.name} is written as ${inWords(now)} now, and the earlier file reads ${inWords(field)}`;
}

function schemaChanges(before: Pipeline, now: Pipeline): readonly SchemaChange[] {
  const versions = [...new Set([...before.schemaVersions, ...now.schemaVersions])].sort((a, b) => a - b);
  return versions.map((version): SchemaChange => {
    const [old, own] = [before, now].map(({ schemas }) => schemas.find((one) => one.version === version));
    if (old === undefined) return { version, change: "new" };
    if (own === undefined) return { version, change: "gone" };
    return { version, change: writesSame(old, own) ? "same" : "changed" };
  });
}

/** Whether the bytes and the JSON that were written under one are read alike under the other. */
function writesSame(old: RecordSchema, now: RecordSchema): boolean {
  if (digestOf(wireOf(old.source)) !== digestOf(wireOf(now.source))) return false;
  return old.fields.every((field, i) => field.default === undefined || now.fields[i]?.default !== undefined);
}

/** The part of a schema that says what its bytes mean. */
function wireOf({ fields }: RecordSource): unknown {
  return fields.map(({ name, type }) => ({ name, type }));
}

function schemaProblem({ version, change }: SchemaChange, next: number): readonly string[] {
  if (change === "gone") {
    return [
      `schema ${version} is gone: what is written under it becomes a dead letter (unknown-schema). Keep it in event.schemas`,
    ];
  }
  if (change !== "changed") return [];
  return [
    `schema ${version} is another one than producers write under: leave it as it was, and give the change a version of its own, such as ${next}`,
  ];
}

/** What of a JSON record of the one is refused under the other, without an alias to follow: nothing says that it is an old one. */
function unnamedProblems(pipeline: string, before: RecordSchema, now: RecordSchema): readonly string[] {
  const byName = new Map(now.fields.map((field) => [field.name, field]));
  const lost = before.fields.flatMap((field) => {
    const own = byName.get(field.name);
    if (own === undefined) return [`the field ${field.name} is unknown now`];
    const problem = fieldMisfit(own, field);
    if (problem !== undefined) return [`the field ${field.name} ${problem}`];
    const mayBeAbsent = field.default !== undefined && own.default === undefined;
    return mayBeAbsent ? [`the field ${field.name} may not be absent now`] : [];
  });
  const missing = now.fields
    .filter(
      ({ name, default: byDefault }) => byDefault === undefined && !before.fields.some((one) => one.name === name),
    )
    .map(({ name }) => `the field ${name} is new and has no default`);
  const problems = [...lost, ...missing];
  if (problems.length === 0) return [];
  const cure = `let producers name it (dataschema: urn:wadi:${pipeline}:${before.version}) before this is deployed`;
  return [`events that name no schema become dead letters: ${problems.join("; ")}. If there are any, ${cure}`];
}

function modelChanges(before: Pipeline, now: Pipeline): readonly ModelChange[] {
  const names = [...new Set([...Object.keys(now.models), ...Object.keys(before.models)])];
  return names.map((model): ModelChange => {
    const [old, own] = [before.modelDigests[model], now.modelDigests[model]];
    if (old === undefined) return { model, change: "new" };
    if (own === undefined) return { model, change: "gone" };
    if (old === own) return { model, change: "same" };
    if (now.digestsBeforeGrowth(model).includes(old)) return { model, change: "grown" };
    return { model, change: before.digestsBeforeGrowth(model).includes(own) ? "fewer" : "changed" };
  });
}

function modelProblem({ model, change }: ModelChange): readonly string[] {
  if (change !== "changed") return [];
  return [
    `the model ${model} is another one under the same name, and the start is refused: give it a new name, or put new features behind the others`,
  ];
}
