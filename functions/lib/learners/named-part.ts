// `adagrad`, or `{ adagrad: { learningRate: 0.5 } }`: a name, with options or without.

import type { Part } from "./learner.ts";

export type Options = Readonly<Record<string, unknown>>;

export function readPart(part: Part): { readonly name: string; readonly options: Options } {
  if (typeof part === "string") return { name: part, options: {} };
  const [entry] = Object.entries(part);
  return { name: entry?.[0] ?? "", options: entry?.[1] ?? {} };
}

/** What a registry of small parts holds: losses, optimizers, schedules. */
export interface Entry<T> {
  /** JSON Schema of the options' properties. */
  readonly properties: Readonly<Record<string, unknown>>;
  create(options: Options): T;
}

export type Registry<T> = Readonly<Record<string, Entry<T>>>;

/** JSON Schema of a part out of a registry. */
export function partSchema(registry: Registry<unknown>, description: string): object {
  const named = Object.entries(registry).map(([name, { properties }]) => ({
    type: "object",
    additionalProperties: false,
    required: [name],
    properties: { [name]: { type: "object", additionalProperties: false, properties } },
  }));
  return { description, anyOf: [{ enum: Object.keys(registry) }, ...named] };
}

export function make<T>(registry: Registry<T>, part: Part): T {
  const { name, options } = readPart(part);
  const entry = registry[name];
  if (entry === undefined) throw new Error(`${name} is none of ${Object.keys(registry).join(", ")}`);
  return entry.create(options);
}
