// The JSON Schema (draft 7) of a pipeline file, composed from the registries: what an editor completes, and the first of
// the two checks. What it cannot say is checked by meaning.ts.

import { DURATION_PATTERN } from "../../duration.ts";
import { featureTypes } from "../../features/index.ts";
import { bestOptions } from "../../learners/champion.ts";
import { learnerTypes } from "../../learners/index.ts";
import { metricTypes } from "../../learners/metrics/index.ts";
import { partForms } from "../../learners/named-part.ts";
import { driftSchema, onDriftSchema } from "../drift.ts";
import { DEFAULT_MOST_SETS, MAX_MOST_SETS } from "../model-per.ts";
import { predictSchema } from "../predict.ts";
import { sourcesSchema } from "../sources/schema.ts";
import { targetSchema } from "./target-schema.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

export const LIMITS = {
  name: 40,
  schemas: 64,
  fields: 512,
  features: 256,
  models: 16,
  chain: 16,
  metrics: 32,
} as const;

/** The largest window of a rolling metric: it is part of every state that is written, 16 bytes a score. */
const MAX_ROLLING_WINDOW = 10_000;

const NAME = {
  type: "string",
  pattern: "^[a-z][a-z0-9-]*$",
  patternErrorMessage: "use a to z, 0 to 9 and hyphens, a letter first",
  maxLength: LIMITS.name,
};

const AVRO_NAME = {
  type: "string",
  pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
  patternErrorMessage: "use letters, digits and underscores, no digit first",
  maxLength: 64,
};

function eventSchema(): JsonSchema {
  const fieldType = {
    description:
      "boolean, int, long, float, double, string; an enum; a logical type (timestamp-millis, -micros, -nanos, date, decimal, uuid); or one of them in a union with null",
    anyOf: [
      { type: "string" },
      { type: "object", required: ["type"], properties: { type: { type: "string" } } },
      { type: "array", minItems: 2, maxItems: 2 },
    ],
  };
  const field = {
    type: "object",
    required: ["name", "type"],
    properties: {
      name: AVRO_NAME,
      type: fieldType,
      default: { description: "what the field is where it is absent; without one it may not be absent" },
      aliases: { type: "array", items: AVRO_NAME, description: "what the field was called in earlier versions" },
      doc: { type: "string" },
      order: { enum: ["ascending", "descending", "ignore"] },
    },
    additionalProperties: false,
  };
  const record = {
    type: "object",
    required: ["type", "name", "fields"],
    properties: {
      type: { const: "record" },
      name: AVRO_NAME,
      namespace: { type: "string" },
      aliases: { type: "array", items: { type: "string" } },
      doc: { type: "string" },
      fields: { type: "array", items: field, minItems: 1, maxItems: LIMITS.fields },
    },
    additionalProperties: false,
  };
  return {
    description: "What an observation looks like.",
    type: "object",
    required: ["schemas"],
    properties: {
      schemas: {
        description: "Avro records by version, from 1; the highest reads, and clients may write any of them.",
        type: "object",
        propertyNames: { pattern: "^[1-9][0-9]{0,5}$", patternErrorMessage: "a version is a whole number from 1" },
        additionalProperties: record,
        minProperties: 1,
        maxProperties: LIMITS.schemas,
      },
      reads: {
        type: "integer",
        minimum: 1,
        description:
          "The version that reads; default: the highest. A lower one lets a file go back while producers go on as they are.",
      },
      time: {
        ...AVRO_NAME,
        description: "The field with the event time; default: the time of the event itself.",
      },
      subject: {
        ...AVRO_NAME,
        description:
          "The field, text or a whole number, that names the observation, in its label too; without one the event's own subject counts.",
      },
    },
    additionalProperties: false,
  };
}

function featureSchema(): JsonSchema {
  return {
    anyOf: Object.values(featureTypes).map((type) => ({
      type: "object",
      required: ["from", "as"],
      properties: {
        from: { ...AVRO_NAME, description: `A field that is a ${type.accepts.join(" or ")}.` },
        as: { const: type.name },
        name: {
          type: "string",
          pattern: "^[A-Za-z][A-Za-z0-9_]*$",
          patternErrorMessage: "use letters, digits and underscores, a letter first",
          maxLength: LIMITS.name,
          description: "The feature's name, or the prefix of its names.",
        },
        ...type.options,
      },
      additionalProperties: false,
    })),
  };
}

function modelPerSchema(): JsonSchema {
  const field = {
    ...AVRO_NAME,
    description: "A field that is text, an enum, a whole number or a boolean, never null.",
  };
  return {
    description:
      "One model set for each value of a field, made when the value is first seen: the field, or with options.",
    anyOf: [
      field,
      {
        type: "object",
        required: ["field"],
        properties: {
          field,
          most: {
            type: "integer",
            minimum: 1,
            maximum: MAX_MOST_SETS,
            description: `How many sets there may be; a further value is refused. Default: ${DEFAULT_MOST_SETS}.`,
          },
          prior: {
            type: "string",
            maxLength: 300,
            description:
              "The model set, <pipeline> or <pipeline>/<value>, whose models a new set starts with; without one it starts from nothing.",
          },
        },
        additionalProperties: false,
      },
    ],
  };
}

function metricSchema(): JsonSchema {
  const names = { type: "string", enum: Object.keys(metricTypes) };
  const options = Object.values(metricTypes).flatMap(({ name, options }) =>
    options === undefined ? [] : [[name, { type: "object", properties: options, additionalProperties: false }]],
  );
  const named = {
    type: "object",
    properties: Object.fromEntries(options),
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  };
  return {
    anyOf: [
      names,
      named,
      {
        type: "object",
        required: ["rolling", "over"],
        properties: {
          rolling: { description: "The metric over the last examples only.", anyOf: [names, named] },
          over: { type: "integer", minimum: 1, maximum: MAX_ROLLING_WINDOW, description: "How many examples." },
        },
        additionalProperties: false,
      },
    ],
  };
}

/** The schema as plain JSON. */
export function pipelineSchema(): JsonSchema {
  const learners = Object.fromEntries(Object.values(learnerTypes).map((type) => [type.name, type.options]));
  const best = {
    type: "object",
    description: "Of all models the best one serves, at first the first of the file.",
    required: ["best"],
    properties: bestOptions(MAX_ROLLING_WINDOW),
    additionalProperties: false,
  };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Wadi pipeline",
    description: "One learning task: what comes in, what is learned from it, and which model serves.",
    type: "object",
    required: ["name", "event", "target", "features", "models", "metrics"],
    properties: {
      name: { ...NAME, description: "The pipeline's name, in every event and every key of the store." },
      description: { type: "string", maxLength: 1_000 },
      event: eventSchema(),
      target: targetSchema(AVRO_NAME),
      labelHorizon: {
        type: "string",
        pattern: DURATION_PATTERN,
        patternErrorMessage: "write a duration: 7d, 12h, 30m, 45s or P1DT12H",
        description:
          "How long features wait for a late label, at least: as long as the log is kept comes on top. Without it every observation must have its label, where the task learns labels.",
      },
      modelPer: modelPerSchema(),
      features: {
        description: "What the models see of an observation, in this order.",
        type: "array",
        items: featureSchema(),
        minItems: 1,
        maxItems: LIMITS.features,
      },
      models: {
        description: "Chains by name: transformers, then a predictor. All learn from the same examples.",
        type: "object",
        propertyNames: NAME,
        additionalProperties: {
          type: "array",
          items: {
            description: "A transformer or a predictor: its name, or its name with options.",
            anyOf: partForms(learners),
          },
          minItems: 1,
          maxItems: LIMITS.chain,
        },
        minProperties: 1,
        maxProperties: LIMITS.models,
      },
      serve: {
        description: "The model that serves, or how the best one is chosen; may be left out where there is only one.",
        anyOf: [{ type: "string", maxLength: LIMITS.name }, best],
      },
      predict: predictSchema(),
      metrics: {
        description:
          "How every model is scored, each example predicted before it is learned. Where labels only score (anomaly), alarm_rate and mean_score need none.",
        type: "array",
        items: metricSchema(),
        minItems: 1,
        maxItems: LIMITS.metrics,
        uniqueItems: true,
      },
      drift: driftSchema(),
      onDrift: onDriftSchema,
      sources: sourcesSchema(),
    },
    additionalProperties: false,
  };
}
