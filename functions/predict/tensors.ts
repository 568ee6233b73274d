// Tensors of the Open Inference Protocol: one a field, one element a row.

import { DATATYPE_NAMES, datatypeOf } from "./datatypes.ts";
import { checkParameters, isObject, type Row, refused } from "./parameters.ts";

/** Characters of a value in an error. */
const MAX_SHOWN = 40;
const MEMBERS = ["name", "shape", "datatype", "parameters", "data"];

interface Column {
  readonly name: string;
  readonly data: readonly unknown[];
}

/** A record has no lists, so what has one under `data` or `shape` is a tensor. */
export function isTensor(value: unknown): value is Row {
  return isObject(value) && (Array.isArray(value["data"]) || Array.isArray(value["shape"]));
}

/** @throws RejectedError `request`. */
export function rowsOfTensors(inputs: readonly unknown[]): readonly Row[] {
  const columns = inputs.map(readTensor);
  const length = columns[0]?.data.length ?? 0;
  const seen = new Set<string>();
  for (const { name, data } of columns) {
    if (data.length !== length) {
      throw refused(`inputs.${name}`, `has ${data.length} elements where others have ${length}`);
    }
    if (seen.has(name)) throw refused(`inputs.${name}`, "is there twice");
    seen.add(name);
  }
  return Array.from({ length }, (_, row) => Object.fromEntries(columns.map(({ name, data }) => [name, data[row]])));
}

function readTensor(tensor: unknown, i: number): Column {
  if (!isTensor(tensor) || typeof tensor["name"] !== "string") {
    throw refused(`inputs[${i}]`, "must be a tensor {name, shape, datatype, data} as the others");
  }
  const { name, shape, datatype, parameters } = tensor;
  const path = `inputs.${name}`;
  for (const member in tensor) {
    if (!MEMBERS.includes(member)) throw refused(`${path}.${member}`, "is no part of a tensor; leave it out");
  }
  checkParameters(parameters, `${path}.parameters`);
  if (!Array.isArray(tensor["data"])) throw refused(`${path}.data`, "must be a list, one element a row");
  const data = flat(tensor["data"], shape, path);
  const found = datatypeOf(datatype);
  if (found === undefined) throw refused(`${path}.datatype`, `must be one of ${DATATYPE_NAMES.join(", ")}`);
  // The protocol has no null; a nullable field has, and the schema says whether it may be null.
  const wrong = data.findIndex((value) => value !== null && !found.has(value));
  if (wrong >= 0) {
    throw refused(`${path}.data[${wrong}]`, `is ${shown(data[wrong])}, and ${datatype} takes ${found.takes}`);
  }
  return { name, data };
}

/** One element a row: shape [rows] or [rows, 1], the latter flat or nested. */
function flat(given: readonly unknown[], shape: unknown, path: string): readonly unknown[] {
  const [length, width = 1, ...more] = Array.isArray(shape) ? (shape as unknown[]) : [undefined];
  const isColumn = Array.isArray(shape) && shape.length === 2;
  const data = isColumn && given.every((one) => Array.isArray(one) && one.length === 1) ? given.flat() : given;
  if (length === data.length && width === 1 && more.length === 0) return data;
  throw refused(
    path,
    `has shape ${JSON.stringify(shape ?? null)} and ${data.length} elements; send one element a row: [${data.length}]`,
  );
}

function shown(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
