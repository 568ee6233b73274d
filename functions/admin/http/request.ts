// A request against the schemas of its operation, and what is wrong with it in words.

import type { TSchema } from "typebox";
import type { TLocalizedValidationError } from "typebox/error";
import { Check, Errors } from "typebox/schema";
import { Settings } from "typebox/system";
import { asError, type FieldProblem, MalformedEventError, RejectedError } from "../../lib/errors.ts";
import { suggestion } from "../../lib/nearest.ts";
import type { PlainRequest } from "../../lib/serve/route.ts";
import type { Input, Operation } from "../operation.ts";
import { parametersOf } from "../operations.ts";

type Texts = Readonly<Record<string, string>>;
type Schema = { readonly properties?: Readonly<Record<string, { readonly type?: unknown }>> };

const MAX_PROBLEMS = 20;
/** It stops after eight errors by itself. */
Settings.Set({ maxErrors: MAX_PROBLEMS });

/** @throws RejectedError naming every field at fault; MalformedEventError for a body that is no JSON. */
export function readInput(operation: Operation, { parameters, query, body }: PlainRequest): Omit<Input, "role"> {
  const problems: FieldProblem[] = [];
  const path = operation.parameters && coerced(operation.parameters, parameters);
  if (operation.parameters !== undefined) check(operation.parameters, path, "path", problems);
  const texts = readQuery(query, problems);
  const values = coerced(operation.query, texts);
  if (operation.query !== undefined) check(operation.query, values, "query", problems);
  else for (const name of Object.keys(texts)) problems.push(unknown("query", name, []));
  const value = operation.body === undefined ? undefined : readJson(body);
  if (operation.body !== undefined) check(operation.body, value, "body", problems);
  if (problems.length > 0) {
    const all = problems.slice(0, MAX_PROBLEMS);
    throw new RejectedError("request", all.map((one) => `${one.path} ${one.problem}`).join("; "), all);
  }
  const names = parametersOf(operation);
  return { path: Object.fromEntries(names.map((name) => [name, parameters[name] ?? ""])), query: values, body: value };
}

function readQuery(query: string, problems: FieldProblem[]): Texts {
  const texts = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (texts.has(name)) problems.push({ path: `query.${name}`, problem: "stands twice: send it once" });
    texts.set(name, value);
  }
  // Not by assignment: `__proto__` is to be a name like another.
  return Object.fromEntries(texts);
}

/** Texts as what the schema wants, where they are that; whatever else they are, the check will say. */
function coerced(schema: TSchema | undefined, texts: Texts): Readonly<Record<string, unknown>> {
  const { properties = {} } = (schema ?? {}) as Schema;
  const typeOf = (name: string) => (Object.hasOwn(properties, name) ? properties[name]?.type : undefined);
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, coercedText(text, typeOf(name))]));
}

function coercedText(text: string, type: unknown): unknown {
  if ((type === "integer" || type === "number") && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return text;
}

function readJson(body: Buffer): unknown {
  try {
    // A decoder leaves out the byte order mark that some editors and shells write.
    return JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw new MalformedEventError("json", `the body is no JSON (${asError(error).message})`, { cause: error });
  }
}

/** What is wrong with a value, each with its path; none where it is as the schema says. */
export function problemsOf(schema: TSchema, value: unknown, where: string): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  check(schema, value, where, problems);
  return problems;
}

function check(schema: TSchema, value: unknown, where: string, problems: FieldProblem[]): void {
  if (Check(schema, value)) return;
  const [, errors] = Errors(schema, value);
  const choices = choicesOf(errors, where);
  const others = errors.filter(({ keyword, instancePath }) => !isOfChoice(keyword) || !choices.has(instancePath));
  const found = [...choices.values(), ...others.flatMap((error) => problemsIn(error, schema as Schema, where))];
  // Whatever the errors are, a value that is not as the schema says is not taken.
  problems.push(...(found.length > 0 ? found : [{ path: where, problem: "is not what the API takes" }]));
}

/** By place, where it is one of several words: each word that it is not is an error of its own. */
function choicesOf(errors: readonly TLocalizedValidationError[], where: string): Map<string, FieldProblem> {
  const words = new Map<string, string[]>();
  for (const { keyword, instancePath, params } of errors) {
    if (keyword === "const") words.set(instancePath, [...(words.get(instancePath) ?? []), String(params.allowedValue)]);
  }
  return new Map(
    [...words].map(([place, allowed]) => {
      const problem = `must be ${allowed.length > 1 ? "one of " : ""}${allowed.join(", ")}`;
      return [place, { path: where + place.replaceAll("/", "."), problem }];
    }),
  );
}

function isOfChoice(keyword: string): boolean {
  return keyword === "const" || keyword === "anyOf";
}

function problemsIn(error: TLocalizedValidationError, schema: Schema, where: string): readonly FieldProblem[] {
  const { keyword, message, instancePath } = error;
  const path = where + instancePath.replaceAll("/", ".");
  // A field that is not known comes twice: by itself, and in the list of its object.
  if (keyword === "additionalProperties") return [];
  if (keyword === "boolean") {
    const at = instancePath.lastIndexOf("/");
    const name = instancePath
      .slice(at + 1)
      .replaceAll("~1", "/")
      .replaceAll("~0", "~");
    const known = Object.keys(schema.properties ?? {});
    return [unknown(where + instancePath.slice(0, at).replaceAll("/", "."), name, known)];
  }
  if (keyword === "required") {
    return error.params.requiredProperties.map((name) => ({ path, problem: `must have required property '${name}'` }));
  }
  if (keyword === "minProperties") return [{ path, problem: "is empty: say what is meant" }];
  const problem = message
    .replace("must not have more than", "must have at most")
    .replace("must not have fewer than", "must have at least");
  return [{ path, problem: problem.replace("must be integer", "must be a whole number") }];
}

function unknown(where: string, name: string, known: readonly string[]): FieldProblem {
  const cure = known.length === 0 ? ": there is nothing to be set" : suggestion(name, known);
  return { path: `${where}.${name.slice(0, 100)}`, problem: `is not known here${cure}` };
}
