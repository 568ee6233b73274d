// Parameters of the protocol, which may stand at a request, an input and an output: none changes anything here, so each
// is refused, but for one that asks for what is done anyway.

import { type FieldProblem, RejectedError } from "../lib/errors.ts";

export type Row = Readonly<Record<string, unknown>>;

/** Of the binary tensor extension: only its absence can be granted. */
const BINARY = ["binary_data", "binary_data_output", "binary_data_size"];

/** @throws RejectedError `request`, or `binary-tensors`. */
export function checkParameters(parameters: unknown, path: string): void {
  if (isAbsent(parameters)) return;
  if (!isObject(parameters)) throw refused(path, "must be an object");
  for (const [name, value] of Object.entries(parameters)) {
    if (!BINARY.includes(name)) throw refused(`${path}.${name}`, "is no parameter that is known here; leave it out");
    if (value !== false) throw binaryRefused(`${path}.${name}`);
  }
}

export function binaryRefused(path: string): RejectedError {
  const problem = "asks for the binary tensor extension, which is not spoken here; send and take the data as JSON";
  return refused(path, problem, "binary-tensors");
}

export function refused(path: string, problem: string, code = "request"): RejectedError {
  const fields: readonly FieldProblem[] = [{ path, problem }];
  return new RejectedError(code, `${path}: ${problem}`, fields);
}

/** Clients write what they leave out as null, too. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

export function isObject(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
