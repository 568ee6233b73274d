// The body of a raw web action. The platform hands it over as base64 where it takes the media type for binary, and where that
// is application/json; else as text. Which types are binary differs between its versions, so the body itself decides.

import { parseMediaType } from "../lib/events/media-type.ts";

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const NOTHING = Buffer.alloc(0);

/** The bytes as they were sent. @throws MalformedEventError where the content type is none. */
export function bodyOf(text: unknown, contentType: string | undefined): Buffer {
  if (typeof text !== "string" || text === "") return NOTHING;
  const isEncoded = text.length % 4 === 0 && BASE64.test(text) && !isPlain(text, contentType);
  return Buffer.from(text, isEncoded ? "base64" : "utf8");
}

/** For what looks like base64. No JSON begins with the bytes that `true`, `null` or digits stand for in base64. */
function isPlain(text: string, contentType: string | undefined): boolean {
  if (contentType === undefined) return false;
  const { essence, kind } = parseMediaType(contentType);
  if (essence.startsWith("text/")) return true;
  return kind === "json" && isJson(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
