// Requests: a record, a list of records, or a request of the Open Inference Protocol v2 whose inputs are one of these, or
// tensors. Each member is obeyed or refused by name, none is ignored.
// https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md

import { isUtf8 } from "node:buffer";
import { MalformedEventError } from "../lib/errors.ts";
import { checkValue } from "../lib/events/attributes.ts";
import { encodeHeader } from "../lib/events/header-text.ts";
import { parseJson } from "../lib/events/json.ts";
import type { PredictionAsk } from "../lib/events/vocabulary.ts";
import { levelProblem } from "../lib/learners/conformal.ts";
import { nearest } from "../lib/nearest.ts";
import { JSON_LENGTH_HEADER, SIZE_PARAMETER, splitBody, type TensorBytes } from "./binary.ts";
import { isAbsent, isObject, type Row, readFlag, readParameters, refused } from "./parameters.ts";
import { checkRowCount, isTensor, rowsOfTensors } from "./tensors.ts";

export interface InferRequest {
  readonly id: string | undefined;
  readonly rows: readonly Row[];
  /** A list or tensors, even of one row: then each row gets an id of its own. */
  readonly isBatch: boolean;
  /** The rows' path in the body: `inputs`, or "" for the body itself. */
  readonly path: string;
  /** The wanted outputs, in their order; undefined for all. */
  readonly outputs: readonly string[] | undefined;
  /** What is to be told beside the predictions. */
  readonly ask: PredictionAsk;
  /** Whether an output is wanted as bytes behind the JSON of the answer. */
  isBinary(output: string): boolean;
}

/** As a header. Derived events have it in three attributes, and at most 6 KiB of attributes in all. */
const MAX_ID_BYTES = 1024;

const MEMBERS = ["id", "parameters", "inputs", "outputs"];
const PARAMETERS = ["interval", "explain", "binary_data_output"];
const CURE =
  'send a record {<field>: <value>}, a list of records, or {"inputs": ...} with one of these or with tensors {name, shape, datatype, data}';

/**
 * `jsonLength`: the header Inference-Header-Content-Length.
 * @throws MalformedEventError for what is no JSON; RejectedError `request` or `binary-tensors`.
 */
export function readRequest(body: Buffer, jsonLength?: string): InferRequest {
  const { json: bytes, tensors } = splitBody(body, jsonLength);
  const request = readWhole(readJson(bytes, jsonLength !== undefined), tensors);
  tensors.end();
  return request;
}

function readWhole(json: unknown, tensors: TensorBytes): InferRequest {
  if (!isProtocol(json)) {
    const nothing = { id: undefined, outputs: undefined, ask: {}, isBinary: () => false };
    return { ...nothing, path: "", ...readRows(json, "", tensors) };
  }
  const { id, inputs, outputs } = json;
  for (const name of Object.keys(json)) if (!MEMBERS.includes(name)) throw refused(name, unknownMember(name));
  const parameters = readParameters(json["parameters"], "parameters", PARAMETERS);
  const allBinary = readFlag(parameters, "parameters", "binary_data_output") ?? false;
  const wanted = readOutputs(outputs);
  return {
    id: readId(id),
    path: "inputs",
    outputs: wanted && [...wanted.keys()],
    ask: { interval: readLevel(parameters["interval"]), explain: readFlag(parameters, "parameters", "explain") },
    isBinary: (output) => wanted?.get(output) ?? allBinary,
    ...readRows(inputs, "inputs", tensors),
  };
}

function readLevel(level: unknown): number | undefined {
  if (isAbsent(level)) return undefined;
  const problem = levelProblem(level);
  if (problem !== undefined) throw refused("parameters.interval", problem);
  return level as number;
}

function readJson(bytes: Buffer, isSplit: boolean): unknown {
  try {
    if (!isUtf8(bytes)) throw new MalformedEventError("charset", "the request is not valid UTF-8");
    return parseJson(bytes.toString("utf8"), "the request");
  } catch (error) {
    if (!(error instanceof MalformedEventError)) throw error;
    const cure = cureOf(bytes, isSplit);
    if (cure === undefined) throw error;
    throw new MalformedEventError(error.code, `${error.message}; ${cure}`, { cause: error });
  }
}

/** What may be wrong with the header where the JSON cannot be read. */
function cureOf(bytes: Buffer, isSplit: boolean): string | undefined {
  if (isSplit) return `its JSON has ${bytes.length} bytes by ${JSON_LENGTH_HEADER}`;
  if (!bytes.includes(SIZE_PARAMETER)) return undefined;
  return `where bytes follow the JSON, send the header ${JSON_LENGTH_HEADER} with its length`;
}

/** Records are flat, so an object that contains a list or an object is a request of the protocol. */
function isProtocol(json: unknown): json is Row {
  return isObject(json) && Object.values(json).some((value) => typeof value === "object" && value !== null);
}

function unknownMember(name: string): string {
  const meant = nearest(name, MEMBERS);
  return `is no part of a request; ${meant === undefined ? CURE : `did you mean ${meant}?`}`;
}

function readRows(inputs: unknown, path: string, tensors: TensorBytes): Pick<InferRequest, "rows" | "isBatch"> {
  if (isObject(inputs)) return { rows: [inputs], isBatch: false };
  const rows = Array.isArray(inputs) && inputs.some(isTensor) ? rowsOfTensors(inputs, tensors) : inputs;
  const named = path || "the request";
  if (!Array.isArray(rows) || rows.length === 0 || !rows.every(isObject)) throw refused(named, CURE);
  checkRowCount(rows.length, named);
  return { rows, isBatch: true };
}

function readId(id: unknown): string | undefined {
  if (isAbsent(id)) return undefined;
  if (typeof id !== "string" || id === "") throw refused("id", "must be text, or be left out");
  checkValue("id", id);
  const bytes = encodeHeader(id).length;
  if (bytes > MAX_ID_BYTES) throw refused("id", `has ${bytes} bytes as a header; ${MAX_ID_BYTES} are allowed`);
  return id;
}

/** The outputs that are wanted, and whether each is to come as bytes; undefined where it does not say. */
function readOutputs(outputs: unknown): ReadonlyMap<string, boolean | undefined> | undefined {
  if (isAbsent(outputs)) return undefined;
  if (!Array.isArray(outputs)) throw refused("outputs", "must be a list of {name}");
  // In protobuf, the protocol's other form, an empty list and none are the same.
  if (outputs.length === 0) return undefined;
  const wanted = new Map<string, boolean | undefined>();
  for (const [i, output] of outputs.entries()) {
    const { name, parameters, ...others } = (isObject(output) ? output : {}) as Record<string, unknown>;
    if (typeof name !== "string") throw refused(`outputs[${i}]`, "must be {name}, the name of an output");
    const path = `outputs[${i}].parameters`;
    const isBinary = readFlag(readParameters(parameters, path, ["binary_data"]), path, "binary_data");
    for (const other in others) throw refused(`outputs[${i}].${other}`, "is not known here; leave it out");
    if (wanted.has(name)) throw refused(`outputs[${i}].name`, `${JSON.stringify(name)} is there twice`);
    wanted.set(name, isBinary);
  }
  return wanted;
}
