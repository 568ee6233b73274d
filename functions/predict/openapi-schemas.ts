// The shapes of the protocol that are the same for every pipeline, as JSON Schemas.

import { SIZE_PARAMETER } from "./binary.ts";
import { DATATYPE_NAMES } from "./datatypes.ts";
import type { JsonSchema } from "./record-schema.ts";

const text = { type: "string" };
const texts = { type: "array", items: text };
const list = (schema: string) => ({ type: "array", items: { $ref: `#/components/schemas/${schema}` } });
const object = (properties: JsonSchema, optional: readonly string[] = []): JsonSchema => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

const element = { type: ["number", "string", "boolean", "null"] };
const elements = { type: "array", items: element, description: "one element a row; null where there is none" };
const column = { type: "array", items: { anyOf: [element, { type: "array", items: element }] } };
const shape = { type: "array", items: { type: "integer" } };

const bytes = { type: "integer", minimum: 0, description: "in place of data: how many bytes it has behind the JSON" };
const sizeParameter = { type: "object", properties: { [SIZE_PARAMETER]: bytes } };

export const schemas: JsonSchema = {
  ServerMetadata: object({ name: text, version: text, extensions: texts }),
  Live: object({ live: { type: "boolean" } }),
  Ready: object({ ready: { type: "boolean" }, missing: { type: "object", additionalProperties: text } }),
  ModelReady: object({ name: text, ready: { type: "boolean" } }),
  ModelMetadata: object({
    name: text,
    versions: { ...texts, description: "the one that serves; empty where the pipeline has several model sets" },
    platform: text,
    inputs: list("TensorMetadata"),
    outputs: list("TensorMetadata"),
  }),
  TensorMetadata: object({ name: text, datatype: text, shape }),
  InputTensor: object(
    {
      name: { ...text, description: "the field" },
      shape: { ...shape, description: "[rows] or [rows, 1]" },
      datatype: { ...text, enum: DATATYPE_NAMES },
      data: { ...column, description: "one element a row" },
      parameters: sizeParameter,
    },
    ["data", "parameters"],
  ),
  OutputTensor: object({ name: text, shape, datatype: text, data: elements, parameters: sizeParameter }, [
    "data",
    "parameters",
  ]),
  InferResponse: object(
    {
      model_name: text,
      model_version: {
        ...text,
        description:
          "the newest version that answered any of the rows; left out where they belong to several model sets",
      },
      id: { ...text, description: "the request's" },
      parameters: object(
        {
          stale: {
            type: "boolean",
            description: "the store is away, and the last known version answered; never with an id",
          },
          staleness_ms: {
            type: "integer",
            minimum: 0,
            description:
              "at most so many milliseconds ago the version stopped being the newest; the largest of all rows",
          },
          interval: { type: "number", description: "as it was asked for" },
        },
        ["staleness_ms", "interval"],
      ),
      outputs: list("OutputTensor"),
    },
    ["id", "model_version"],
  ),
  Problem: object(
    {
      error: { ...text, description: "the message, in the member that the protocol prescribes" },
      code: { ...text, description: "short and stable" },
      message: text,
      fields: { type: "array", items: object({ path: text, problem: text }) },
    },
    ["fields"],
  ),
};
