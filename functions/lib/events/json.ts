// JSON from outside. Deep nesting is refused before it is parsed: writing such a value again would overflow the stack.

import { asError } from "../errors.ts";
import { malformed } from "./attributes.ts";

export const MAX_JSON_DEPTH = 64;

/** @throws MalformedEventError `invalid-json` or `json-depth`; `what` names the text in the message. */
export function parseJson(text: string, what: string): unknown {
  checkDepth(text, what);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed("invalid-json", `${what} is not valid JSON: ${asError(error).message}`, error);
  }
}

function checkDepth(text: string, what: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 91 || code === 123) {
      if (++depth > MAX_JSON_DEPTH) throw malformed("json-depth", `${what} is nested deeper than ${MAX_JSON_DEPTH}`);
    } else if (code === 93 || code === 125) depth--;
  }
}
