// Tensors of the Open Inference Protocol: one for each field, with one element for each row.

import { elementsOf, SIZE_PARAMETER, type TensorBytes } from "./binary.ts";
import { DATATYPE_NAMES, type Datatype, datatypeOf } from "./datatypes.ts";
import { isObject, type Row, readParameters, refused } from "./parameters.ts";

export const MAX_ROWS = 1000;
/** Characters of a value in an error. */
const MAX_SHOWN = 40;
const MEMBERS = ["name", "shape", "datatype", "parameters", "data"];

interface Column {
  readonly name: string;
  readonly data: readonly unknown[];
}

/** Records have no lists, so an object with a list under `data` or `shape` is a tensor. */
export function isTensor(value: unknown): value is Row {
  return isObject(value) && (Array.isArray(value["data"]) || Array.isArray(value["shape"]));
}

/** @throws RejectedError `request` or `binary-tensors`. */
export function rowsOfTensors(inputs: readonly unknown[], bytes: TensorBytes): readonly Row[] {
  const columns = inputs.map((tensor, i) => readTensor(tensor, i, bytes));
  const length = columns[0]?.data.length ?? 0;
  // Before an object is made for each row: a body of 256 KiB can hold as many booleans.
  checkRowCount(length, "inputs");
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

/** @throws RejectedError `request`. */
export function checkRowCount(rows: number, path: string): void {
  if (rows > MAX_ROWS) throw refused(path, `has ${rows} rows; ${MAX_ROWS} are allowed in a request`);
}

function readTensor(tensor: unknown, i: number, bytes: TensorBytes): Column {
  if (!isTensor(tensor) || typeof tensor["name"] !== "string") {
    throw refused(`inputs[${i}]`, "must be a tensor {name, shape, datatype, data} as the others");
  }
  const { name, shape, datatype } = tensor;
  const path = `inputs.${name}`;
  for (const member in tensor) {
    if (!MEMBERS.includes(member)) throw refused(`${path}.${member}`, "is no part of a tensor; leave it out");
  }
  const found = datatypeOf(datatype);
  if (found === undefined) throw refused(`${path}.datatype`, `must be one of ${DATATYPE_NAMES.join(", ")}`);
  const data = flat(readData(tensor, found, path, bytes), shape, path);
  // The protocol has no null, but records do; the schema decides where.
  const wrong = data.findIndex((value) => value !== null && !found.has(value));
  if (wrong >= 0) {
    throw refused(`${path}.data[${wrong}]`, `is ${shown(data[wrong])}, and ${datatype} takes ${found.takes}`);
  }
  return { name, data };
}

/** In the JSON, or behind it. */
function readData({ data, parameters }: Row, datatype: Datatype, path: string, bytes: TensorBytes): readonly unknown[] {
  const size = readParameters(parameters, `${path}.parameters`, [SIZE_PARAMETER])[SIZE_PARAMETER] ?? undefined;
  if (size !== undefined && data !== undefined) {
    throw refused(path, `has data and a ${SIZE_PARAMETER}: its elements are in the JSON or behind it, not both`);
  }
  if (size !== undefined) return elementsOf(bytes.take(size, path), datatype, path);
  if (!Array.isArray(data)) throw refused(`${path}.data`, "must be a list, one element a row");
  return data;
}

/** One element for each row: shape [rows] or [rows, 1], the latter flat or nested. */
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
