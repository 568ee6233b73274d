// Context attributes: their names, types and sizes, the same in binary and structured mode. What is required must be
// there; nothing is invented. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md

import { MalformedEventError } from "../errors.ts";
import type { Event } from "./vocabulary.ts";

export type AttributeValue = string | number | boolean;

/** Bytes no attribute of a sane event needs; headers have 16 KiB in all. */
export const MAX_ATTRIBUTE_LENGTH = 4096;
export const MAX_ATTRIBUTES = 64;

const NAME = /^[a-z0-9]{1,64}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the specification forbids just these in attribute values
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const REQUIRED = ["id", "source", "type"] as const;
const TEXT_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...REQUIRED,
  "specversion",
  "datacontenttype",
  "dataschema",
  "subject",
  "time",
]);

export function malformed(code: string, message: string, cause?: unknown): MalformedEventError {
  return new MalformedEventError(code, message, cause === undefined ? undefined : { cause });
}

/** Producers use a few names, a hostile one any number: what is remembered has a bound. */
const REMEMBERED_NAMES = 256;
const names = new Set<string>();

/** @throws MalformedEventError for a name that is not of lower-case letters and digits. */
export function checkName(name: string): void {
  if (names.has(name)) return;
  if (NAME.test(name) && name !== "data") {
    if (names.size < REMEMBERED_NAMES) names.add(name);
    return;
  }
  throw malformed(
    "attribute-name",
    `${JSON.stringify(name.slice(0, 80))} is no attribute name: use 1 to 64 lower-case letters and digits`,
  );
}

/**
 * `shown` is what the message calls it: the header, where it came as one.
 * @throws MalformedEventError for a value outside CloudEvents' types or over the limit.
 */
export function checkValue(name: string, value: unknown, shown = name): asserts value is AttributeValue {
  if (typeof value === "string") return checkText(shown, value);
  if (TEXT_ATTRIBUTES.has(name)) throw malformed("attribute-type", `${name} must be a string`);
  if (typeof value === "boolean") return;
  if (typeof value === "number" && value === (value | 0)) return;
  throw malformed("attribute-type", `${name} must be a string, a boolean or a 32-bit integer`);
}

function checkText(name: string, value: string): void {
  if (value.length > MAX_ATTRIBUTE_LENGTH) {
    throw malformed("attribute-size", `${name} has ${value.length} characters; ${MAX_ATTRIBUTE_LENGTH} are allowed`);
  }
  if (CONTROL.test(value) || !value.isWellFormed()) {
    throw malformed("attribute-value", `${name} holds a control character or half a character`);
  }
}

/** Milliseconds since the epoch of an RFC 3339 timestamp; undefined where it is none. */
export function parseTimestamp(text: string): number | undefined {
  if (!TIMESTAMP.test(text)) return undefined;
  const ms = Date.parse(text);
  // Date.parse takes 31 April for 1 May.
  const day = Number(text.slice(8, 10));
  return Number.isNaN(ms) || (day > 28 && day > daysIn(text)) ? undefined : ms;
}

/** How many days the month of a timestamp has. */
function daysIn(text: string): number {
  const month = Number(text.slice(5, 7));
  if (month === 2) return isLeap(Number(text.slice(0, 4))) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/**
 * `prefix` is how binary mode names its headers, for the cure.
 * @throws MalformedEventError unless the required attributes are there and the optional ones mean something.
 */
export function checkAttributes(
  event: Readonly<Record<string, unknown>>,
  prefix: "ce-" | "ce_" = "ce-",
): asserts event is Event & typeof event {
  const version = event["specversion"];
  if (version === undefined) throw malformed("missing-attribute", missing("specversion", prefix));
  if (version !== "1.0") {
    throw malformed("specversion", `specversion ${JSON.stringify(version)} is not known here; send 1.0`);
  }
  for (const name of REQUIRED) {
    if (event[name] === undefined || event[name] === "") throw malformed("missing-attribute", missing(name, prefix));
  }
  for (const name of ["subject", "dataschema", "datacontenttype"]) {
    if (event[name] === "") throw malformed("attribute-value", `${name} is empty; leave it out instead`);
  }
  const time = event["time"];
  if (time !== undefined && parseTimestamp(String(time)) === undefined) {
    throw malformed("time", `time ${JSON.stringify(time)} is no RFC 3339 timestamp such as 2026-01-31T08:30:00Z`);
  }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  specversion: "1.0",
  id: "a-1",
  source: "/my/app",
  type: "dev.wadi.observation",
};

function missing(name: string, prefix: string): string {
  return `the required attribute ${name} is missing; add the header "${prefix}${name}: ${EXAMPLES[name]}" (binary mode) or the member "${name}" (structured mode)`;
}
