// Three ids, each with one job. All are digests of JSON arrays, so that no two lists of parts can be confused
// ("a,b" + "c" with "a" + "b,c").

import { hash } from "node:crypto";
import { maybeSpoilt } from "./header-text.ts";
import type { Event } from "./vocabulary.ts";

/** 128 bits as 32 hexadecimal digits. */
function digest(...parts: readonly string[]): string {
  return hash("sha256", JSON.stringify(parts), "hex").slice(0, 32);
}

/** The id of every event derived from this client event: one cause, one id, however often it is delivered. */
export function causeId(client: Event): string {
  return digest("cause", client.source, client.id, client.type);
}

/**
 * The client's id of an event. A `?` in it may stand for a character that a broker could not carry, so that ids became
 * alike: where the body names the observation, that tells them apart.
 */
export function clientIdOf(id: string, subjectInBody: string | undefined): string {
  return subjectInBody !== undefined && maybeSpoilt(id) ? `${id} of ${subjectInBody}` : id;
}

/** The key of the join: one observation of one pipeline. */
export function observationKey(pipeline: string, subject: string): string {
  return digest("observation", pipeline, subject);
}

/**
 * What the commit remembers: 63 bits of a digest, as a decimal string (Redis keeps it as an integer; Lua's numbers
 * would lose bits). Among ten million ids two collide with a probability of 5e-6 (n^2 / 2^64).
 */
export function learnedId(client: { readonly source: string; readonly id: string }): string {
  return digest63("learned", client.source, client.id);
}

/** What the commit remembers of a late label that only scores, beside the learned id of its observation. */
export function scoredId(learned: string): string {
  return digest63("scored", learned);
}

function digest63(...parts: readonly string[]): string {
  const bytes = hash("sha256", JSON.stringify(parts), "buffer");
  return (bytes.readBigUInt64BE(0) >> 1n).toString();
}
