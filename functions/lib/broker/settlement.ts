// What is written when an event is done with: the reply, a dead letter, or nothing but that it is handled.

import { asError, WadiError } from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Entry } from "./lane.ts";
import type { Failure, FinalOutcome } from "./outcome.ts";

export type Settlement<Row> =
  | { readonly how: "handled"; readonly reply?: { readonly event: Event; readonly row: Row; readonly hops: number } }
  | { readonly how: "dead"; readonly event: Event; readonly failure: Failure };

/** How often an event may cause another in turn before the last one is a dead letter. */
export const MAX_HOPS = 32;

/** `rowOf` makes of an event what the log takes, and throws TooLargeError for one that it does not take. */
export function settlementOf<Row>(
  { event: cause, hops: causes }: Entry,
  outcome: FinalOutcome,
  maxHops: number,
  rowOf: (event: Event, hops: number) => Row,
): Settlement<Row> {
  if (outcome.kind === "handled") return { how: "handled" };
  if (outcome.kind === "dead") return { how: "dead", event: cause, failure: outcome.failure };
  const { event } = outcome;
  const hops = causes + 1;
  try {
    const row = rowOf(event, hops);
    if (hops <= maxHops) return { how: "handled", reply: { event, row, hops } };
  } catch (error) {
    return { how: "dead", event: cause, failure: refusedReply(error) };
  }
  const body = `${hops} events caused each other in turn; ${maxHops} are allowed`;
  return { how: "dead", event, failure: { reason: "hop-limit", body } };
}

/** As where Kafka takes no reply: the work is done, but nobody will hear of it. */
export function refusedReply(error: unknown): Failure {
  const { message } = asError(error);
  const code = error instanceof WadiError ? error.code : "reply-refused";
  return { reason: code, body: message };
}
