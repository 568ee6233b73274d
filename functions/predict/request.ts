// What a caller may ask: a record, a list of records, or a request of the Open Inference Protocol v2 whose inputs are
// one of these, or tensors. What it says is honoured or refused by name, never passed over.
// https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md

import { isUtf8 } from "node:buffer";
import { MalformedEventError } from "../lib/errors.ts";
import { checkValue } from "../lib/events/attributes.ts";
import { encodeHeader } from "../lib/events/header-text.ts";
import { parseJson } from "../lib/events/json.ts";
import { nearest } from "../lib/nearest.ts";
import { binaryRefused, checkParameters, isAbsent, isObject, type Row, refused } from "./parameters.ts";
import { isTensor, rowsOfTensors } from "./tensors.ts";

export interface InferRequest {
  readonly id: string | undefined;
  readonly rows: readonly Row[];
  /** A list or tensors, be it of one row: then each row has an id of its own. */
  readonly isBatch: boolean;
  /** Where the rows stand in the body: `inputs`, or "" for the body itself. */
  readonly place: string;
  /** The outputs that are wanted; undefined for all. */
  readonly outputs: readonly string[] | undefined;
}

export const MAX_ROWS = 1000;
/** As a header: derived events bear it three times, and have 6 KiB of attributes. */
const MAX_ID_BYTES = 1024;

const MEMBERS = ["id", "parameters", "inputs", "outputs"];
const CURE =
  'send a record {<field>: <value>}, a list of records, or {"inputs": ...} with one of these or with tensors {name, shape, datatype, data}';

/** @throws MalformedEventError for what is no JSON; RejectedError `request` or `binary-tensors`. */
export function readRequest(body: Buffer): InferRequest {
  const json = readJson(body);
  if (!isProtocol(json)) return { id: undefined, place: "", outputs: undefined, ...readRows(json, "") };
  const { id, parameters, inputs, outputs } = json;
  for (const name of Object.keys(json)) if (!MEMBERS.includes(name)) throw refused(name, unknownMember(name));
  checkParameters(parameters, "parameters");
  return { id: readId(id), place: "inputs", outputs: readOutputs(outputs), ...readRows(inputs, "inputs") };
}

function readJson(body: Buffer): unknown {
  try {
    if (!isUtf8(body)) throw new MalformedEventError("charset", "the request is not valid UTF-8");
    return parseJson(body.toString("utf8"), "the request");
  } catch (error) {
    // The JSON of the binary tensor extension is followed by bytes.
    if (body.includes("binary_data_size")) throw binaryRefused("the body");
    throw error;
  }
}

/** A record is flat: what has a list or an object in it is none, whatever its fields are called. */
function isProtocol(json: unknown): json is Row {
  return isObject(json) && Object.values(json).some((value) => typeof value === "object" && value !== null);
}

function unknownMember(name: string): string {
  const meant = nearest(name, MEMBERS);
  return `is no part of a request; ${meant === undefined ? CURE : `did you mean ${meant}?`}`;
}

function readRows(inputs: unknown, place: string): Pick<InferRequest, "rows" | "isBatch"> {
  if (isObject(inputs)) return { rows: [inputs], isBatch: false };
  const rows = Array.isArray(inputs) && inputs.some(isTensor) ? rowsOfTensors(inputs) : inputs;
  const path = place || "the request";
  if (!Array.isArray(rows) || rows.length === 0 || !rows.every(isObject)) throw refused(path, CURE);
  if (rows.length > MAX_ROWS) throw refused(path, `has ${rows.length} rows; ${MAX_ROWS} are allowed in a request`);
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

function readOutputs(outputs: unknown): readonly string[] | undefined {
  if (isAbsent(outputs)) return undefined;
  if (!Array.isArray(outputs)) throw refused("outputs", "must be a list of {name}");
  // In the protocol's other form, a protobuf, an empty list cannot be told from none.
  if (outputs.length === 0) return undefined;
  return outputs.map((output, i) => {
    const { name, parameters, ...others } = (isObject(output) ? output : {}) as Record<string, unknown>;
    if (typeof name !== "string") throw refused(`outputs[${i}]`, "must be {name}, the name of an output");
    checkParameters(parameters, `outputs[${i}].parameters`);
    for (const other in others) throw refused(`outputs[${i}].${other}`, "is not known here; leave it out");
    return name;
  });
}
