// Parameters of the protocol, which a request, an input and an output may have. Each has one that is known, from the binary
// tensor extension; any other is refused rather than ignored.

import { type FieldProblem, RejectedError } from "../lib/errors.ts";

export type Row = Readonly<Record<string, unknown>>;

/** The value of the one known parameter; undefined where it is left out. @throws RejectedError `request`. */
export function readParameter(parameters: unknown, path: string, known: string): unknown {
  if (isAbsent(parameters)) return undefined;
  if (!isObject(parameters)) throw refused(path, "must be an object");
  for (const name of Object.keys(parameters)) {
    if (name !== known) throw refused(`${path}.${name}`, `is not known here, only ${known} is; leave it out`);
  }
  return parameters[known] ?? undefined;
}

/** @throws RejectedError `request`. */
export function readFlag(parameters: unknown, path: string, known: string): boolean | undefined {
  const value = readParameter(parameters, path, known);
  if (value === undefined || typeof value === "boolean") return value;
  throw refused(`${path}.${known}`, "must be true or false");
}

export function refused(path: string, problem: string, code = "request"): RejectedError {
  const fields: readonly FieldProblem[] = [{ path, problem }];
  return new RejectedError(code, `${path}: ${problem}`, fields);
}

/** Some clients write null for what they leave out. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

export function isObject(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
