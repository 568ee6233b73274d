// Options to try a learner with, read out of the JSON Schema of its options: so that whatever is registered is tried
// with everything it can be told, without a list that somebody has to keep.

import { Ajv } from "ajv";
import { ConfigurationError } from "../errors.ts";
import type { ChainContext } from "./learner.ts";

export type Options = Readonly<Record<string, unknown>>;

/** A learner, or whatever else is made from options. */
export interface OptionalType {
  readonly options: Schema;
  /** As LearnerType has it. */
  readonly small?: Options;
  create(options: Options, context: ChainContext): unknown;
}

type Schema = Readonly<Record<string, unknown>>;

/** What an option gets that is a text: the name of a feature. */
export const NAMED = "origin";

const ajv = new Ajv({ strict: false });

export function accepts(type: OptionalType, options: unknown): boolean {
  return ajv.validate(type.options, options);
}

/**
 * The fewest options there can be, and then every option with every value that its schema suggests; where there are options that
 * keep the state small, always with these.
 */
export function optionsToTry(type: OptionalType, context: ChainContext): Options[] {
  const { small = {} } = type;
  const suggested = (suggestions(type.options) as Options[]).filter((options) => {
    return !Object.keys(small).some((name) => Object.hasOwn(options, name));
  });
  const tried = suggested.map((options) => ({ ...small, ...options }));
  return tried.filter((options) => accepts(type, options) && makesSense(type, options, context));
}

function makesSense(type: OptionalType, options: Options, context: ChainContext): boolean {
  try {
    type.create(options, context);
    return true;
  } catch (error) {
    if (error instanceof ConfigurationError) return false;
    throw error;
  }
}

function suggestions(schema: Schema): unknown[] {
  if ("const" in schema) return [schema["const"]];
  if ("enum" in schema) return schema["enum"] as unknown[];
  const branches = (schema["anyOf"] ?? schema["oneOf"]) as Schema[] | undefined;
  if (branches !== undefined) return branches.flatMap(suggestions);
  switch (schema["type"]) {
    case "boolean":
      return [true, false];
    case "number":
    case "integer":
      return [numberWithin(schema)];
    case "array":
      return suggestions((schema["items"] ?? {}) as Schema).map((item) => [item]);
    case "object":
      return objects(schema);
    default:
      return [NAMED];
  }
}

function numberWithin(schema: Schema): number {
  const low = (schema["minimum"] ?? schema["exclusiveMinimum"] ?? 0) as number;
  const high = (schema["maximum"] ?? schema["exclusiveMaximum"] ?? low + 1) as number;
  return schema["type"] === "integer" ? Math.ceil((low + high) / 2) : (low + high) / 2;
}

function objects(schema: Schema): Options[] {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Schema>);
  const required = (schema["required"] ?? []) as string[];
  const given = properties.map(([name, property]) => ({ name, values: suggestions(property) }));
  const fewest = Object.fromEntries(
    given.filter(({ name }) => required.includes(name)).map(({ name, values }) => [name, values[0]]),
  );
  return [fewest, ...given.flatMap(({ name, values }) => values.map((value) => ({ ...fewest, [name]: value })))];
}
