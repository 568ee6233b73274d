// All of a pipeline that a person who tries it asks for: its fields as a form has them, and its file.

import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { Field, FieldType } from "../../lib/pipeline/record/field.ts";
import type { PipelineSummary } from "../shapes/shapes.ts";
import type { PipelineDetail, PipelineField } from "../shapes/tries.ts";

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

export function detailOf(pipeline: Pipeline, summary: PipelineSummary): PipelineDetail {
  const { recordFields, modelPer, text } = pipeline;
  const classes = classesOf(pipeline);
  return {
    ...summary,
    record: recordFields.map((field) => fieldOf(pipeline, field)),
    ...(classes !== undefined && { classes }),
    ...(modelPer !== undefined && { modelPer: modelPer.field }),
    text,
  };
}

function fieldOf({ targetField, timeField, subjectField }: Pipeline, field: Field): PipelineField {
  const { name, type, symbols } = field;
  return {
    name,
    kind: KINDS[type],
    ...(type === "enum" && { symbols: [...symbols] }),
    optional: field.default !== undefined,
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
