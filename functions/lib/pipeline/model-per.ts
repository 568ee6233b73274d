// The model sets of a pipeline: one that is named like it, or, with `modelPer`, one for each value of a field.
//
//   N1  The set of a value is `<pipeline>/<value>`, the value written as in a URI (RFC 3986): letters a to z, digits and -._~
//       stand for themselves, everything else is %XX for each byte of its UTF-8, and so is a dot that comes first. So two
//       values never share a name, and a name is plain ASCII: fit for a key, a path, a file, a header, a terminal.
//   N2  A value that is empty, or whose name would be longer than MAX_VALUE_LENGTH, names no set: its record is refused at
//       the door. If it were cut or hashed, nobody could tell from the list of sets which value is which.

import { RejectedError } from "../errors.ts";
import type { FlatRecord } from "../events/vocabulary.ts";
import { suggestion } from "../nearest.ts";
import type { Problems } from "../problems.ts";
import type { PipelineFile } from "./pipeline-file.ts";
import type { Field, FieldType } from "./record/field.ts";

export interface ModelPer {
  readonly field: string;
  /** Most sets. A value beyond them is refused: no set is removed to make room. */
  readonly most: number;
  /** A new set starts with the models of this one. */
  readonly prior: string | undefined;
}

/** In characters, of the value as written in the name. With the pipeline's name and a file ending it still fits a file name. */
export const MAX_VALUE_LENGTH = 200;
export const DEFAULT_MOST_SETS = 1000;
export const MAX_MOST_SETS = 100_000;

const NAMING: readonly FieldType[] = ["string", "enum", "uuid", "int", "long", "boolean"];

/** The part of a set's name that stands for this value, or what is wrong with the value, in words. */
export function nameOfValue(value: unknown): { readonly name: string } | { readonly problem: string } {
  const text = typeof value === "string" ? value : isPlain(value) ? String(value) : undefined;
  if (text === undefined || !text.isWellFormed())
    return { problem: "names no model set: it must be text, a whole number, or true or false" };
  if (text === "") return { problem: "is empty, and its model set is named after it" };
  const name = encodeURIComponent(text).replace(/[!'()*]|^\./g, escaped);
  if (name.length <= MAX_VALUE_LENGTH) return { name };
  const problem = `is too long: its model set is named after it, in ${name.length} characters (%XX for each byte that is no plain letter, digit or -._~), and ${MAX_VALUE_LENGTH} are allowed`;
  return { problem };
}

function isPlain(value: unknown): value is number | boolean {
  return typeof value === "boolean" || Number.isSafeInteger(value);
}

function escaped(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** The set of a record. @throws RejectedError `payload`; records that validate let through never cause it. */
export function createSetOf(pipeline: string, modelPer: ModelPer | undefined): (record: FlatRecord) => string {
  if (modelPer === undefined) return () => pipeline;
  const { field } = modelPer;
  return (record) => {
    const named = nameOfValue(Object.hasOwn(record, field) ? record[field] : undefined);
    if ("name" in named) return `${pipeline}/${named.name}`;
    const fields = [{ path: `data.record.${field}`, problem: named.problem }];
    throw new RejectedError("payload", `data.record.${field} ${named.problem}`, fields);
  };
}

/**
 * Whether the set is one of this pipeline's. With one for each value, the set named like the pipeline is still its own: an
 * observation made before `modelPer` was added is learned in the set it was made for.
 */
export function ownsSet(
  pipeline: { readonly name: string; readonly modelPer: ModelPer | undefined },
  set: string,
): boolean {
  if (set === pipeline.name) return true;
  return pipeline.modelPer !== undefined && set.startsWith(`${pipeline.name}/`) && isSetName(set);
}

/** Whether this can be the name of a set: a pipeline's name, alone or with a value as N1 writes it. */
export function isSetName(text: string): boolean {
  const parts = /^[a-z][a-z0-9-]*(?:\/(.*))?$/s.exec(text);
  if (parts === null) return false;
  const [, value] = parts;
  if (value === undefined) return true;
  try {
    const named = nameOfValue(decodeURIComponent(value));
    return "name" in named && named.name === value;
  } catch {
    return false; // a % that begins no byte, or bytes that are no UTF-8
  }
}

/** Undefined where the file has none, or a wrong one. */
export function readModelPer(file: PipelineFile, fields: readonly Field[], problems: Problems): ModelPer | undefined {
  const { modelPer } = file;
  if (modelPer === undefined) return undefined;
  const {
    field: name,
    most = DEFAULT_MOST_SETS,
    prior,
  } = typeof modelPer === "string" ? { field: modelPer } : modelPer;
  const path = typeof modelPer === "string" ? ["modelPer"] : ["modelPer", "field"];
  const field = fields.find((candidate) => candidate.name === name);
  const problem = field === undefined ? noField(name, fields) : fieldProblem(field, file.target?.field);
  if (problem !== undefined) problems.add(path, problem);
  if (prior !== undefined && !isSetName(prior)) {
    problems.add(
      ["modelPer", "prior"],
      `${JSON.stringify(prior)} is no name of a model set: write <pipeline> or <pipeline>/<value>`,
    );
  }
  return { field: name, most, prior };
}

function fieldProblem({ name, type, nullable }: Field, target: string | undefined): string | undefined {
  if (name === target) return `${name} is the target, which is not known when a model is asked: name another field`;
  if (!NAMING.includes(type))
    return `the field ${name} is a ${type}, and a model set is named after a value: name a field that is one of ${NAMING.join(", ")}`;
  if (nullable)
    return `the field ${name} may be null, which names no model set: give it the type ${type} alone, and a default where it may be absent`;
  return undefined;
}

function noField(name: string, fields: readonly Field[]): string {
  return `the newest schema has no field ${JSON.stringify(name)}${suggestion(
    name,
    fields.map((field) => field.name),
  )}`;
}
