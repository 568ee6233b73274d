// JSON from outside, looked at before it is parsed. Deep nesting would overflow the stack when it is written again. Many
// members would fill the memory: 250 kB of `{},{},…` become 5 MB, and events are flat.

import { asError } from "../errors.ts";
import { malformed } from "./attributes.ts";

export const MAX_JSON_DEPTH = 64;
/** Objects and lists; a request for predictions has one a row, and at most a thousand rows. */
export const MAX_JSON_CONTAINERS = 4096;
/** Members of all of them together. */
export const MAX_JSON_MEMBERS = 65_536;

/**
 * `times`: so many times what one event may have, for a text that holds many.
 * @throws MalformedEventError `invalid-json`, `json-depth` or `json-size`; `what` names the text in the message.
 */
export function parseJson(given: string, what: string, times = 1): unknown {
  // Some editors and shells write a byte order mark, which a reader may leave out (RFC 8259, 8.1).
  const text = given.charCodeAt(0) === 0xfeff ? given.slice(1) : given;
  if (!isSmall(text)) checkShape(text, what, MAX_JSON_CONTAINERS * times, MAX_JSON_MEMBERS * times);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed("invalid-json", `${what} is not valid JSON: ${asError(error).message}`, error);
  }
}

/** Whether it can be past no limit, whatever its characters mean: a member needs a comma, each level a bracket. */
function isSmall(text: string): boolean {
  if (text.length > MAX_JSON_MEMBERS) return false;
  let opened = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++opened > MAX_JSON_DEPTH) return false;
    }
  }
  return true;
}

function checkShape(text: string, what: string, maxContainers: number, maxMembers: number): void {
  let depth = 0;
  let containers = 0;
  let members = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 44) {
      if (++members > maxMembers) throw tooMany(what, `${maxMembers} members`);
    } else if (code === 91 || code === 123) {
      if (++depth > MAX_JSON_DEPTH) throw malformed("json-depth", `${what} is nested deeper than ${MAX_JSON_DEPTH}`);
      if (++containers > maxContainers) throw tooMany(what, `${maxContainers} objects and lists`);
    } else if (code === 93 || code === 125) depth--;
  }
}

function tooMany(what: string, limit: string): Error {
  return malformed("json-size", `${what} has more than ${limit}; send less in one request`);
}
