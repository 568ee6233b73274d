// Writes a drafted pipeline as a commented file.

import type { Draft, DraftField } from "./draft.ts";
import type { DraftFeature } from "./draft-feature.ts";
import { drawTask } from "./draft-task.ts";
import { word } from "./words.ts";

export function pipelineText(draft: Draft, from: string): string {
  const { name, target, task, time, fields, features, omitted } = draft;
  const ofTask = drawTask(
    task,
    target,
    features.some(({ as }) => as !== "one-hot"),
  );
  return `# Written by \`wadi pipeline new\` from ${oneLine(from)}: a first guess, for you to improve. After a change:
# wadi pipeline check ${name}.yaml

name: ${name}
description: ${JSON.stringify(`${target?.name ?? "What is unusual"}, learned from ${oneLine(from)}`)}

event:
  # The fields of an observation. Those that may be missing are in a union with null. To change them later, add a schema 2.
  schemas:
    1:
      type: record
      name: Observation
      fields:
${fields.map((field) => fieldLine(field, field.name === target?.name)).join("\n")}
${time === undefined ? "  # No column has times: the event's own time counts." : `  time: ${word(time)} # when it happened`}
${omitted.length === 0 ? "" : `\n# Columns that are not sent (emit --omit):\n${omitted.map(({ name: column, why }) => `#   ${oneLine(column)}: ${why}`).join("\n")}\n`}
target: { ${target === undefined ? "" : `field: ${word(target.name)}, `}task: ${task}${ofTask.target ?? ""} }${ofTask.comment === undefined ? "" : ` # ${ofTask.comment}`}

${ofTask.horizon ?? horizonText(target?.name ?? "")}

# The inputs of the models, computed from one observation at a time.
features:
${features.map(featureLine).join("\n")}

# Every model learns from the same examples; one serves, the others are its shadows and are scored like it.
models:
${ofTask.models}

serve: ${ofTask.serve}

# Each example is predicted before it is learned, and that prediction is scored.
metrics: [${ofTask.metrics}]
`;
}

function horizonText(target: string): string {
  return `# How long an observation that came without ${target} waits for it. A label that comes later is not learned.
labelHorizon: 7d`;
}

const AVRO: Readonly<Record<DraftField["type"], string>> = {
  double: "double",
  boolean: "boolean",
  string: "string",
  timestamp: "{ type: long, logicalType: timestamp-millis }",
};

function fieldLine({ name, type, nullable, remark }: DraftField, isTarget: boolean): string {
  const whole = nullable ? `["null", ${AVRO[type]}], default: null` : AVRO[type];
  const comment = isTarget ? " # the target: may come later, as a label" : remark ? ` # not a feature: ${remark}` : "";
  return `        - { name: ${word(name)}, type: ${whole} }${comment}`;
}

function featureLine({ from, as, name }: DraftFeature): string {
  const cyclic = as === "hour-of-day" || as === "day-of-week";
  const options = `${cyclic ? ", encode: cyclic" : ""}${name === undefined ? "" : `, name: ${word(name)}`}`;
  return `  - { from: ${word(from)}, as: ${as}${options} }${as === "hour-of-day" ? " # in UTC" : ""}`;
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029\ufeff]+/gu, " ")
    .slice(0, 100)
    .toWellFormed();
}
