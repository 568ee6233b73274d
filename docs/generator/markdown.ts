// Markdown of pages, of tables and of JSON Schemas.

import { readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");
export const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

const NOTE = "<!-- Made from the code by `npm run docs`; do not edit. -->";
export const page = (title: string, ...parts: readonly string[]) => `${[`# ${title}`, NOTE, ...parts].join("\n\n")}\n`;
export const MEMBERS = ["member", "type", "default", "what it is"];

export type Json = Readonly<Record<string, unknown>>;

/** A cell keeps its line, and a bar in it is no column. */
const cell = (text: string) => text.replaceAll("\n", " ").replaceAll("|", "\\|").trim();

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `| ${head.map(() => "---").join(" | ")} |`, ...rows.map(line)].join("\n");
}

export const code = (text: string) => (text === "" ? "" : `\`${text}\``);

/** What may stand there, in few words. */
export function typeOf(schema: Json): string {
  if (typeof schema["$ref"] === "string") return schema["$ref"].split("/").at(-1) ?? "";
  if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["enum"])) return schema["enum"].map((one) => JSON.stringify(one)).join(", ");
  const either = (schema["anyOf"] ?? schema["oneOf"]) as readonly Json[] | undefined;
  if (either !== undefined) return [...new Set(either.map(typeOf))].join(" or ");
  const type = Array.isArray(schema["type"]) ? schema["type"].join(" or ") : String(schema["type"] ?? "any");
  const items = schema["items"] as Json | undefined;
  return `${type === "array" && items !== undefined ? `list of ${typeOf(items)}` : type}${boundsOf(schema)}`;
}

function boundsOf(schema: Json): string {
  const bounds: string[] = [];
  if (schema["minimum"] !== undefined) bounds.push(`at least ${schema["minimum"]}`);
  if (schema["exclusiveMinimum"] !== undefined) bounds.push(`above ${schema["exclusiveMinimum"]}`);
  if (schema["maximum"] !== undefined) bounds.push(`at most ${schema["maximum"]}`);
  if (schema["exclusiveMaximum"] !== undefined) bounds.push(`below ${schema["exclusiveMaximum"]}`);
  return bounds.length === 0 ? "" : `, ${bounds.join(", ")}`;
}

/** Where the page told a large member first, by what it can be; and under which heading it is now. */
export interface Told {
  readonly at: Map<string, string>;
  readonly heading: string;
}

/** Members of members that are worth telling only once. */
const MANY = 6;

/**
 * Each member of a schema, members of members by path: path, type, default, description.
 * @param told of the page; a large member that it told before is not told again. Default: all is told.
 */
export function membersOf(schema: Json, path = "", depth = 0, told?: Told): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  const required = (schema["required"] ?? []) as readonly string[];
  for (const [name, member] of Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, Json>>)) {
    const at = path === "" ? name : `${path}.${name}`;
    const fallback = member["default"] === undefined ? "" : JSON.stringify(member["default"]);
    const description = String(member["description"] ?? "");
    const { default: _default, description: _description, ...kind } = member;
    const key = JSON.stringify(kind);
    const first = told?.at.get(key);
    const below = depth < 8 && first === undefined ? inside(member, at, depth + 1, told) : [];
    if (below.length >= MANY) told?.at.set(key, `${code(at)} of ${told.heading}`);
    const where = first === undefined ? "" : `Its members are those of ${first}.`;
    const about = [description, where].filter((text) => text !== "").join(" ");
    rows.push([code(at), typeOf(member), required.includes(name) ? "required" : code(fallback), about], ...below);
  }
  return rows;
}

function inside(schema: Json, path: string, depth: number, told: Told | undefined): readonly (readonly string[])[] {
  const either = (schema["anyOf"] ?? schema["oneOf"] ?? []) as readonly Json[];
  const items = schema["items"] as Json | undefined;
  const values = schema["additionalProperties"];
  const rows = [
    ...membersOf(schema, path, depth, told),
    ...either.flatMap((one) => inside(one, path, depth, told)),
    ...(items === undefined ? [] : inside(items, `${path}[]`, depth, told)),
    ...(typeof values === "object" && values !== null ? inside(values as Json, `${path}.<name>`, depth, told) : []),
  ];
  const seen = new Set<string>();
  return rows.filter(([at = ""]) => !seen.has(at) && seen.add(at));
}
