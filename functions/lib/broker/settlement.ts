// What is written once an event has its outcome: the reply, a dead letter, or only that it is handled.

import { asError, WadiError } from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Entry } from "./lane.ts";
import type { Failure, FinalOutcome } from "./outcome.ts";

export type Settlement<Row> =
  | { readonly how: "handled"; readonly reply?: { readonly event: Event; readonly row: Row; readonly hops: number } }
  | { readonly how: "dead"; readonly event: Event; readonly failure: Failure };

/** How long a chain of events that cause each other may be; the event after that is a dead letter. */
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

/** A reply that the log does not take. The work is done, but its event cannot be published. */
export function refusedReply(error: unknown): Failure {
  const { message } = asError(error);
  const code = error instanceof WadiError ? error.code : "reply-refused";
  return { reason: code, body: message };
}
