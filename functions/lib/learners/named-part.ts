// `adagrad`, or `{ adagrad: { learningRate: 0.5 } }`: a name, with options or without.

import { ConfigurationError } from "../errors.ts";
import type { Part } from "./learner.ts";

export type Options = Readonly<Record<string, unknown>>;

/** JSON Schemas of options, by name. */
export type OptionSchemas = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The options, and what their schemas say is the default of those that are absent. */
export function withDefaults(schemas: OptionSchemas, options: Options): Options {
  const defaults = Object.entries(schemas).flatMap(([name, schema]) =>
    "default" in schema ? [[name, schema["default"]] as const] : [],
  );
  return { ...Object.fromEntries(defaults), ...options };
}

export function readPart(part: Part): { readonly name: string; readonly options: Options } {
  if (typeof part === "string") return { name: part, options: {} };
  const [entry] = Object.entries(part);
  return { name: entry?.[0] ?? "", options: entry?.[1] ?? {} };
}

/** JSON Schemas of a part of several, by the schemas of their options: its name, or its name with options. */
export function partForms(optionsByName: Readonly<Record<string, Options>>): readonly Options[] {
  return [
    { type: "string", enum: Object.keys(optionsByName) },
    { type: "object", properties: optionsByName, additionalProperties: false, minProperties: 1, maxProperties: 1 },
  ];
}

/** An entry in a registry of small parts: losses, optimizers, schedules. */
export interface Entry<T> {
  readonly properties: OptionSchemas;
  /** Of options that have their defaults. */
  create(options: Options): T;
}

export type Registry<T> = Readonly<Record<string, Entry<T>>>;

/** JSON Schema of a part out of a registry. */
export function partSchema(registry: Registry<unknown>, description: string): Readonly<Record<string, unknown>> {
  const named = Object.entries(registry).map(([name, { properties }]) => ({
    type: "object",
    additionalProperties: false,
    required: [name],
    properties: { [name]: { type: "object", additionalProperties: false, properties } },
  }));
  return { description, anyOf: [{ enum: Object.keys(registry) }, ...named] };
}

/** @throws ConfigurationError for a part that does not exist. */
export function make<T>(registry: Registry<T>, part: Part): T {
  const { name, options } = readPart(part);
  const { properties, create } = entryOf(registry, name);
  return create(withDefaults(properties, options));
}

/** The entry of that name. Names like `constructor` are ordinary here. @throws ConfigurationError */
export function entryOf<T>(registry: Readonly<Record<string, T>>, name: string): T {
  const entry = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (entry === undefined)
    throw new ConfigurationError(`there is no ${name}; there is: ${Object.keys(registry).join(", ")}`);
  return entry;
}
