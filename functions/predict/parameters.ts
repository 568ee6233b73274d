// Parameters of the protocol, which a request, an input and an output may have. Each has a few that are known: from the binary
// tensor extension, and what a prediction can say on request. Any other is refused rather than ignored.

import { type FieldProblem, RejectedError } from "../lib/errors.ts";

export type Row = Readonly<Record<string, unknown>>;

/** The parameters; none where they are left out. @throws RejectedError `request` for one that is not known here. */
export function readParameters(parameters: unknown, path: string, known: readonly string[]): Row {
  if (isAbsent(parameters)) return {};
  if (!isObject(parameters)) throw refused(path, "must be an object");
  for (const name of Object.keys(parameters)) {
    if (known.includes(name)) continue;
    const only = known.length === 1 ? `only ${known[0]} is` : `there are ${known.join(", ")}`;
    throw refused(`${path}.${name}`, `is not known here, ${only}; leave it out`);
  }
  return parameters;
}

/** Undefined where it is left out. @throws RejectedError `request`. */
export function readFlag(parameters: Row, path: string, name: string): boolean | undefined {
  const value = parameters[name];
  if (isAbsent(value)) return undefined;
  if (typeof value === "boolean") return value;
  throw refused(`${path}.${name}`, "must be true or false");
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
