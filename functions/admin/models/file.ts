// The file of an export, checked against its schema when it is read: it may come from anywhere.

import { asError, RejectedError } from "../../lib/errors.ts";
import { problemsOf } from "../http/request.ts";
import { LearnedIds, ModelFile } from "../shapes/models.ts";

const SHOWN_PROBLEMS = 5;

/** All but the ids, from its JSON text. @throws RejectedError naming what is wrong. */
export function readModelFile(text: string): ModelFile {
  const value = parse(text);
  const { format, schema } = Object(value) as { format?: unknown; schema?: unknown };
  if (format !== "wadi-model-set") throw refused("it is no model set: it does not come from wadi models export");
  if (schema !== 1)
    throw refused(`it is of schema ${JSON.stringify(schema)}, and this Wadi knows 1: take the Wadi that wrote it`);
  return checked<ModelFile>(ModelFile, value, "file");
}

/** One element of its `ids`. @throws RejectedError. */
export function readIdGroup(text: string): LearnedIds {
  return checked<LearnedIds>(LearnedIds, parse(text), "ids");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(`it is no JSON (${asError(error).message})`);
  }
}

function checked<T>(schema: typeof ModelFile | typeof LearnedIds, value: unknown, where: string): T {
  const problems = problemsOf(schema, value, where).slice(0, SHOWN_PROBLEMS);
  if (problems.length === 0) return value as T;
  throw new RejectedError("file", problems.map(({ path, problem }) => `${path} ${problem}`).join("; "), problems);
}

function refused(message: string): RejectedError {
  return new RejectedError("file", message);
}
