// The door for callers who wait: Open Inference Protocol v2 with named inputs, or simply a record, or a list of them.
// https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md

import { isUtf8 } from "node:buffer";
import { type FieldProblem, MalformedEventError, RejectedError } from "../lib/errors.ts";
import { parseJson } from "../lib/events/json.ts";
import type { Features, Served } from "../lib/events/vocabulary.ts";
import { choosePipeline, type Pipelines } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import type { Predict } from "./handler.ts";

/** One tensor of the answer; `shape` is [rows]. */
interface OutputTensor {
  readonly name: string;
  readonly shape: readonly [number];
  readonly datatype: "FP64" | "BYTES";
  readonly data: readonly unknown[];
}

export interface InferAnswer {
  readonly model_name: string;
  readonly model_version: string;
  readonly outputs: readonly OutputTensor[];
}

type Row = Readonly<Record<string, unknown>>;

const MAX_ROWS = 1000;

/** Answers rows of raw fields with predictions of one and the same model version. Nothing is recorded. */
export function createInfer(pipelines: Pipelines, predict: Pick<Predict, "serve">) {
  return async (name: string, body: Buffer): Promise<InferAnswer> => {
    const pipeline = choosePipeline(pipelines, name);
    if (!isUtf8(body)) throw new MalformedEventError("charset", "the request is not valid UTF-8");
    const rows = readRows(parseJson(body.toString("utf8"), "the request"));
    const features = rows.map((row, i) => featuresOf(pipeline, row, rows.length === 1 ? "inputs" : `inputs[${i}]`));
    // Asked within one turn, so that one reading of the model serves all of them.
    const served = await Promise.all(features.map((x) => predict.serve(pipeline, x)));
    const { version, generation, model } = served[0] as Served;
    return {
      model_name: pipeline.name,
      model_version: String(version),
      outputs: [
        tensor(
          "prediction",
          "FP64",
          served.map(({ values }) => values[model] ?? null),
        ),
        ...Object.keys((served[0] as Served).values).map((one) =>
          tensor(
            `model:${one}`,
            "FP64",
            served.map(({ values }) => values[one] ?? null),
          ),
        ),
        tensor(
          "champion",
          "BYTES",
          served.map(() => model),
        ),
        tensor(
          "generation",
          "BYTES",
          served.map(() => generation),
        ),
      ],
    };
  };
}

/** `where`: the place of the row in the request, for what is wrong with it. */
function featuresOf(pipeline: Pipeline, row: Row, where: string): Features {
  try {
    return pipeline.extract(pipeline.decodeJson(row).record);
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error;
    const fields = error.fields.map(({ path, problem }) => ({ path: path.replace(/^data/, where), problem }));
    throw new RejectedError(error.code, `${where}: ${error.message}`, fields, { cause: error });
  }
}

function tensor(name: string, datatype: OutputTensor["datatype"], data: readonly unknown[]): OutputTensor {
  return { name, shape: [data.length], datatype, data };
}

function readRows(request: unknown): readonly Row[] {
  const { inputs, id } = (isRow(request) ? request : {}) as { inputs?: unknown; id?: unknown };
  if (id !== undefined) {
    throw refused(
      "id",
      "a prediction is not recorded here, so id has no meaning; send an observation event to have a label follow",
    );
  }
  const rows = isRow(inputs) ? [inputs] : Array.isArray(inputs) && inputs.every(isTensor) ? rowsOf(inputs) : inputs;
  if (!Array.isArray(rows) || rows.length === 0 || !rows.every(isRow)) {
    throw refused(
      "inputs",
      'send {"inputs": {<field>: <value>}}, a list of such records, or tensors {name, shape, datatype, data}',
    );
  }
  if (rows.length > MAX_ROWS) throw refused("inputs", `has ${rows.length} rows; ${MAX_ROWS} are allowed in a request`);
  return rows;
}

interface InputTensor {
  readonly name: string;
  readonly shape: readonly unknown[];
  readonly data: readonly unknown[];
}

function isTensor(value: unknown): value is InputTensor {
  return (
    isRow(value) && typeof value["name"] === "string" && Array.isArray(value["data"]) && Array.isArray(value["shape"])
  );
}

/** One tensor a field, one element a row: shape [rows] or [rows, 1]. */
function rowsOf(tensors: readonly InputTensor[]): readonly Row[] {
  const length = tensors[0]?.data.length ?? 0;
  const seen = new Set<string>();
  for (const { name, shape, data } of tensors) {
    const path = `inputs.${name}`;
    if (data.length !== length) throw refused(path, `has ${data.length} elements where others have ${length}`);
    if (shape[0] !== length || shape.length > 2 || (shape[1] ?? 1) !== 1)
      throw refused(
        path,
        `has shape ${JSON.stringify(shape)} and ${length} elements; send one element a row: [${length}]`,
      );
    if (seen.has(name)) throw refused(path, "is there twice");
    seen.add(name);
  }
  return Array.from({ length }, (_, row) => Object.fromEntries(tensors.map(({ name, data }) => [name, data[row]])));
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(path: string, problem: string): RejectedError {
  const fields: readonly FieldProblem[] = [{ path, problem }];
  return new RejectedError("request", `${path}: ${problem}`, fields);
}
