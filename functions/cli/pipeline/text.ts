// A drafted pipeline as a file for people: with comments, in the order in which it is read.

import type { Draft, DraftField } from "./draft.ts";
import type { DraftFeature } from "./draft-feature.ts";

export function pipelineText(draft: Draft, from: string): string {
  const { name, target, time, fields, features, omitted } = draft;
  const scale = target.spread > 0 && Number.isFinite(target.spread) ? target.spread : 1;
  const scaled = features.some(({ as }) => as !== "one-hot");
  return `# Written by \`wadi pipeline new\` from ${oneLine(from)}: a first guess, for you to better. After a change:
# wadi pipeline check ${name}.yaml

name: ${name}
description: ${JSON.stringify(`${target.name}, learned from ${oneLine(from)}`)}

event:
  # What an observation looks like. What may be missing is in a union with null. To change it later, add a schema 2.
  schemas:
    1:
      type: record
      name: Observation
      fields:
${fields.map((field) => fieldLine(field, field.name === target.name)).join("\n")}
${time === undefined ? "  # No column holds times: the time of the event itself counts." : `  time: ${word(time)} # when it happened`}
${omitted.length === 0 ? "" : `\n# Columns that are not sent (emit --omit):\n${omitted.map(({ name: column, why }) => `#   ${oneLine(column)}: ${why}`).join("\n")}\n`}
target: { field: ${word(target.name)}, task: regression }

# How long an observation that came without ${target.name} waits for it. What is labelled later is not learned.
labelHorizon: 7d

# What the models see, computed from one observation at a time.
features:
${features.map(featureLine).join("\n")}

# Every model learns from the same examples; one serves, the others are its shadows and are scored like it.
models:
  linear:
${scaled ? "    # Indicators (one-hot) are left alone: a value that is always 1 would be scaled to 0.\n    - standard-scaler: { only: numbers }\n" : ""}    # Huber's loss: an error past epsilon counts no more than in proportion, so a few wild values do no harm. Epsilon,
    # the rate and the start are of the size of ${target.name}: half of it lies below ${figure(target.middle, 3)}, two thirds within ${figure(scale, 2)} of that.
    - linear-regression:
        loss: { huber: { epsilon: ${figure(scale, 1)} } }
        optimizer: { adagrad: { learningRate: ${figure(scale / 10, 1)} } }
        interceptInit: ${figure(target.middle, 3)}
  # Baselines: a model that cannot beat these has learned nothing.
  mean: [mean-regressor]
  median: [median-regressor]

serve: linear

# Each example is predicted before it is learned, and that prediction is scored.
metrics: [mae, rmse, r2, { rolling: mae, over: 1000 }]
`;
}

const AVRO: Readonly<Record<DraftField["type"], string>> = {
  double: "double",
  boolean: "boolean",
  string: "string",
  timestamp: "{ type: long, logicalType: timestamp-millis }",
};

function fieldLine({ name, type, nullable, remark }: DraftField, isTarget: boolean): string {
  const whole = nullable ? `["null", ${AVRO[type]}], default: null` : AVRO[type];
  const comment = isTarget ? " # the target: may come later, as a label" : remark ? ` # no feature: ${remark}` : "";
  return `        - { name: ${word(name)}, type: ${whole} }${comment}`;
}

function featureLine({ from, as, name }: DraftFeature): string {
  const cyclic = as === "hour-of-day" || as === "day-of-week";
  const options = `${cyclic ? ", encode: cyclic" : ""}${name === undefined ? "" : `, name: ${word(name)}`}`;
  return `  - { from: ${word(from)}, as: ${as}${options} }${as === "hour-of-day" ? " # in UTC" : ""}`;
}

/** YAML takes these for something else than text. */
function word(text: string): string {
  return /^(null|true|false|yes|no|on|off|y|n)$/i.test(text) ? JSON.stringify(text) : text;
}

/** So many digits that count, as YAML and people write numbers. */
function figure(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029\ufeff]+/gu, " ")
    .slice(0, 100)
    .toWellFormed();
}
