// Tensors of the Open Inference Protocol: one a field, one element a row.

import { checkParameters, isObject, type Row, refused } from "./parameters.ts";

const isInteger = (value: unknown) => Number.isInteger(value);
const isNumber = (value: unknown) => typeof value === "number";

/** Datatypes, and what stands for an element in JSON. The 16-bit floats of the protocol exist in binary data alone. */
const DATATYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  BOOL: (value) => typeof value === "boolean",
  ...Object.fromEntries(["UINT8", "UINT16", "UINT32", "UINT64"].map((name) => [name, isInteger])),
  ...Object.fromEntries(["INT8", "INT16", "INT32", "INT64"].map((name) => [name, isInteger])),
  FP32: isNumber,
  FP64: isNumber,
  BYTES: (value) => typeof value === "string",
};

export const DATATYPE_NAMES: readonly string[] = Object.keys(DATATYPES);

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
  const fits = typeof datatype === "string" && Object.hasOwn(DATATYPES, datatype) ? DATATYPES[datatype] : undefined;
  if (fits === undefined) {
    throw refused(`${path}.datatype`, `must be one of ${DATATYPE_NAMES.join(", ")}`);
  }
  // A null is not the protocol's, but a nullable field's: the schema says whether it may be there.
  const odd = data.findIndex((value) => value !== null && !fits(value));
  if (odd >= 0) throw refused(`${path}.data[${odd}]`, `is no ${datatype}`);
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
