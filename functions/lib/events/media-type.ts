// Content types as they really come: any case, any spacing, quoted parameters, `+json` suffixes.

import { MalformedEventError } from "../errors.ts";

export type DataKind = "json" | "text" | "binary";

export interface MediaType {
  /** Lower case, without parameters: `application/json`. */
  readonly essence: string;
  readonly kind: DataKind;
  /** What a TextDecoder takes; `utf-8` where the header names none. */
  readonly charset: string;
}

/** What data is where nothing says otherwise. */
export const JSON_TYPE: MediaType = { essence: "application/json", kind: "json", charset: "utf-8" };

const ESSENCE = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/;
const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]+))/i;
// A producer uses a handful of content types, a hostile one any number: what is remembered has a bound.
const REMEMBERED_TYPES = 256;
const remembered = new Map<string, MediaType>();

/** @throws MalformedEventError `content-type` where the header is no media type. */
export function parseMediaType(header: string): MediaType {
  const known = remembered.get(header);
  if (known !== undefined) return known;
  const essence = (header.split(";", 1)[0] ?? "").trim().toLowerCase();
  if (!ESSENCE.test(essence)) {
    throw new MalformedEventError(
      "content-type",
      `Content-Type ${JSON.stringify(header)} is no media type; send for instance application/json`,
    );
  }
  const found = CHARSET.exec(header);
  const charset = (found?.[1] ?? found?.[2] ?? "utf-8").toLowerCase();
  // A decoder takes US-ASCII for Windows-1252; as UTF-8 it is read right and can be written as it came.
  const parsed = { essence, kind: kindOf(essence), charset: charset === "us-ascii" ? "utf-8" : charset };
  if (remembered.size < REMEMBERED_TYPES) remembered.set(header, parsed);
  return parsed;
}

/** The same media type with its charset said to be UTF-8. */
export function inUtf8(header: string): string {
  return header.replace(CHARSET, "; charset=utf-8");
}

function kindOf(essence: string): DataKind {
  if (essence === "application/json" || essence === "text/json" || essence.endsWith("+json")) return "json";
  if (essence.startsWith("text/") || essence === "application/xml" || essence.endsWith("+xml")) return "text";
  return "binary";
}
