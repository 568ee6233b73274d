// All of a pipeline that a person who tries it asks for: its fields as a form has them, and its file.

import type { Clock } from "../../lib/clock.ts";
import type { FlatRecord } from "../../lib/events/vocabulary.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { Field, FieldType } from "../../lib/pipeline/record/field.ts";
import type { ModelSets, StateReader } from "../../lib/store/store.ts";
import type { PipelineSummary } from "../shapes/shapes.ts";
import type { PipelineDetail, PipelineField } from "../shapes/tries.ts";
import type { Tail } from "../tail.ts";
import { cameExample, recordOf, usualExample } from "./example.ts";
import { learnedOf, seenIn } from "./seen.ts";

const KINDS: Readonly<Record<FieldType, PipelineField["kind"]>> = {
  boolean: "boolean",
  int: "integer",
  long: "integer",
  float: "number",
  double: "number",
  string: "text",
  enum: "enum",
  timestamp: "time",
  date: "text",
  decimal: "number",
  uuid: "text",
};

interface Sources {
  readonly models: StateReader & ModelSets;
  readonly tail: Pick<Tail, "newestObservation">;
  readonly clock: Pick<Clock, "now">;
}

export async function detailOf(
  pipeline: Pipeline,
  summary: PipelineSummary,
  { models, tail, clock }: Sources,
): Promise<PipelineDetail> {
  const { recordFields, modelPer, featureOrigins, text } = pipeline;
  const classes = classesOf(pipeline);
  const came = tail.newestObservation(pipeline.name);
  const record = came && recordOf(came, pipeline);
  const set = await usualSet(pipeline, record, models);
  const seen = set === undefined ? undefined : seenIn((await models.load(set)).state, pipeline);
  const fields = recordFields.map((field) => {
    const learned = seen && learnedOf(seen, field.name, pipeline);
    return { ...fieldOf(pipeline, field), ...(learned !== undefined && { learned }) };
  });
  const example =
    came === undefined || record === undefined
      ? usualExample(fields, pipeline, clock.now())
      : cameExample(record, came.time, fields);
  return {
    ...summary,
    record: fields,
    features: [...featureOrigins],
    ...(set !== undefined && seen !== undefined && seen.count > 0 && { learnedFrom: { set, count: seen.count } }),
    ...(example !== undefined && { example }),
    ...(classes !== undefined && { classes }),
    ...(modelPer !== undefined && { modelPer: modelPer.field }),
    text,
  };
}

/** With a model set for each value of a field: that of the newest observation, or the first one that there is. */
async function usualSet(
  pipeline: Pipeline,
  record: FlatRecord | undefined,
  models: ModelSets,
): Promise<string | undefined> {
  if (pipeline.modelPer === undefined) return pipeline.name;
  if (record !== undefined) return pipeline.setOf(record);
  return (await models.sets({ prefix: `${pipeline.name}/`, limit: 1 }))[0];
}

function fieldOf({ targetField, timeField, subjectField }: Pipeline, field: Field): PipelineField {
  const { name, type, symbols } = field;
  return {
    name,
    kind: KINDS[type],
    ...(type === "enum" && { symbols: [...symbols] }),
    optional: field.default !== undefined,
    ...(field.default !== undefined && field.default !== null && { default: field.default }),
    isTarget: name === targetField,
    isTime: name === timeField,
    isSubject: name === subjectField,
  };
}

/** How a truth is written, where the file says so; labels that are discovered as they come are not in it. */
function classesOf({ task, target, targetField, recordFields }: Pipeline): string[] | undefined {
  const field = recordFields.find(({ name }) => name === targetField);
  if (field === undefined || task === "regression") return undefined;
  if (field.type === "enum") return [...field.symbols];
  if (task === "multiclass") return undefined;
  if (field.type === "boolean") return ["false", "true"];
  // Of numbers and texts only the one that is true is known.
  return target.positive === undefined ? undefined : [String(target.positive)];
}
