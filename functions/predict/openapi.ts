// The OpenAPI document of the predictions. Each pipeline has its own paths and its own record, so that a generated client
// knows the fields; routes.ts serves the same paths for any name.

import { MOST_LEVEL } from "../lib/learners/conformal.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { VERSION } from "../lib/version.ts";
import { askedMetadata, outputMetadata, SUBJECT } from "./answer.ts";
import { JSON_LENGTH_HEADER } from "./binary.ts";
import { schemas } from "./openapi-schemas.ts";
import { type JsonSchema, recordSchema } from "./record-schema.ts";
import { MAX_ROWS } from "./tensors.ts";

type Operation = JsonSchema;

const DESCRIPTION = `The Open Inference Protocol v2, with plain records beside tensors. A request with an \`id\` is recorded: the
same \`id\` with the same record gets the same answer, and a label event whose \`subject\` is the \`id\` (\`id/0\`, \`id/1\` ... for the
rows of a list or of tensors) is learned. Where a pipeline file names the field that is the subject, that field replaces the \`id\`. Each row of a batch is recorded for itself: after a failure, ask again. While the
store is away a request without an \`id\` is answered by the last known version, for a limited time, and its
\`parameters\` say so; all other requests are answered 503. With the parameters \`interval\` and \`explain\` the answer has
more outputs. Tensors may also be sent and asked for as bytes behind the JSON (binary tensor data extension).`;

export function openApiDocument(pipelines: Pipelines): JsonSchema {
  const all = [...pipelines.values()];
  return {
    openapi: "3.1.0",
    info: {
      title: "Wadi: predictions",
      version: VERSION,
      description: DESCRIPTION,
      license: { name: "Apache 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths: {
      "/v2": { get: get("serverMetadata", "What this server is", "ServerMetadata") },
      "/v2/health/live": { get: get("live", "Whether it runs", "Live") },
      "/v2/health/ready": { get: get("ready", "Whether it takes requests, and what it misses", "Ready") },
      ...Object.assign({}, ...all.map(pathsOf)),
    },
    components: {
      schemas: { ...schemas, ...Object.assign({}, ...all.map(schemasOf)) },
      responses: {
        Problem: { description: "What is wrong, and the cure", ...json(ref("Problem")) },
      },
    },
  };
}

const VERSION_PARAMETER = parameter("version", "the version that must answer: only the newest can");

function pathsOf(pipeline: Pipeline): JsonSchema {
  const { name, modelPer } = pipeline;
  const base = `/v2/models/${name}`;
  const pinned = (path: string, more: readonly JsonSchema[] = []) =>
    modelPaths(pipeline, `${path}/versions/{version}`, "Version", [...more, VERSION_PARAMETER]);
  if (modelPer === undefined) return { ...modelPaths(pipeline, base), ...pinned(base) };
  const value = parameter(
    "value",
    `of ${modelPer.field}, as the name of its model set has it: %XX for each byte that is no plain letter, digit or -._~`,
  );
  const one = `${base}%2F{value}`;
  return { ...modelPaths(pipeline, base), ...modelPaths(pipeline, one, "Set", [value]), ...pinned(one, [value]) };
}

function modelPaths(pipeline: Pipeline, path: string, which = "", parameters: readonly JsonSchema[] = []): JsonSchema {
  const common = parameters.length === 0 ? {} : { parameters };
  return {
    [path]: { ...common, get: metadata(pipeline, `metadata${which}`) },
    [`${path}/ready`]: { ...common, get: ready(pipeline, `ready${which}`) },
    [`${path}/infer`]: { ...common, post: infer(pipeline, `infer${which}`) },
  };
}

function parameter(name: string, description: string): JsonSchema {
  return { name, in: "path", required: true, description, schema: { type: "string" } };
}

function metadata({ name }: Pipeline, verb: string): Operation {
  return get(`${verb}_${name}`, `What ${name} takes and answers`, "ModelMetadata", [name]);
}

function ready({ name }: Pipeline, verb: string): Operation {
  return get(`${verb}_${name}`, `Whether ${name} can be asked now`, "ModelReady", [name]);
}

function infer({ name }: Pipeline, verb: string): Operation {
  return {
    operationId: `${verb}_${name}`,
    summary: `Predict with ${name}`,
    tags: [name],
    parameters: [JSON_LENGTH],
    requestBody: { required: true, content: { ...json(ref(`${name}_request`)).content, ...BYTES } },
    responses: { ...responses("InferResponse"), "200": INFERRED },
  };
}

/** JSON, and behind it the bytes of tensors. */
const BYTES = {
  "application/octet-stream": {
    schema: {
      type: "string",
      format: "binary",
      description: "JSON, and behind it the bytes of its tensors in their order",
    },
  },
};

const LENGTH = {
  description: "bytes of the JSON, where bytes of tensors follow it",
  schema: { type: "integer", minimum: 0 },
};
const JSON_LENGTH = { name: JSON_LENGTH_HEADER, in: "header", required: false, ...LENGTH };
const INFERRED = {
  description: "OK",
  headers: { [JSON_LENGTH_HEADER]: LENGTH },
  content: { ...json(ref("InferResponse")).content, ...BYTES },
};

function schemasOf(pipeline: Pipeline): JsonSchema {
  const record = ref(`${pipeline.name}_record`);
  const records = { type: "array", items: record, minItems: 1, maxItems: MAX_ROWS };
  const tensors = { type: "array", items: ref("InputTensor"), minItems: 1 };
  const outputs = [...outputMetadata(pipeline), ...askedMetadata(pipeline), SUBJECT].map(({ name }) => name);
  const wanted = {
    type: "object",
    properties: {
      name: { type: "string", enum: outputs },
      parameters: flag("binary_data", "whether the output is to come as bytes behind the JSON"),
    },
    required: ["name"],
  };
  return {
    [`${pipeline.name}_record`]: recordSchema(pipeline),
    [`${pipeline.name}_request`]: {
      anyOf: [
        record,
        records,
        {
          type: "object",
          properties: {
            id: { type: "string", minLength: 1, description: "records the rows, so that labels can follow" },
            inputs: { anyOf: [record, records, tensors] },
            parameters: PARAMETERS,
            outputs: { type: "array", items: wanted, description: "the outputs that are wanted; default: all" },
          },
          required: ["inputs"],
          additionalProperties: false,
        },
      ],
    },
  };
}

function flag(name: string, description: string, more: JsonSchema = {}): JsonSchema {
  const properties = { [name]: { type: "boolean", default: false, description }, ...more };
  return { type: "object", properties, additionalProperties: false };
}

const PARAMETERS = flag("binary_data_output", "whether all outputs are to come as bytes behind the JSON", {
  interval: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: MOST_LEVEL,
    description:
      "adds outputs: lower and upper of a range, or classes, a JSON list, that has the truth in this share of all cases; where there is none, interval_note says why",
  },
  explain: {
    type: "boolean",
    default: false,
    description:
      "adds the output explanation: JSON with what each feature adds to the prediction of the model that serves, or its way through a tree",
  },
});

function get(operationId: string, summary: string, answer: string, tags: readonly string[] = []): Operation {
  return { operationId, summary, ...(tags.length > 0 && { tags }), responses: responses(answer) };
}

function responses(answer: string): JsonSchema {
  const problem = { $ref: "#/components/responses/Problem" };
  return { "200": { description: "OK", ...json(ref(answer)) }, "4XX": problem, "5XX": problem };
}

function json(schema: JsonSchema) {
  return { content: { "application/json": { schema } } };
}

function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}
