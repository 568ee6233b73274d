// What the dispatcher does with each answer of a subscriber. The table is the Kafka broker's:
//
//   2xx, empty                               handled
//   2xx and an event                         handled, and the event is published
//   2xx and any other body                   dead letter at once: the work is done, and the answer is no event
//   404, 408, 409, 429, 5xx                  tried again, then dead letter
//   no answer: transport error, timeout      tried again, then dead letter
//   any, of somebody else than the step      tried again, then dead letter: only where this broker calls a step by URL
//   anything else                            dead letter at once

import type { Event } from "../events/vocabulary.ts";
import type { Answer } from "./broker.ts";

/** Why an attempt failed, as its dead letter tells it. */
export interface Failure {
  /** For people: `kne-wadireason`, else the status, else `timeout`, `transport`, `hop-limit`; of Knative's letters NO_STATUS. */
  readonly reason: string;
  /** Absent without an answer. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type Outcome =
  | { readonly kind: "handled" }
  | { readonly kind: "reply"; readonly event: Event }
  | { readonly kind: "retry"; readonly failure: Failure }
  | { readonly kind: "dead"; readonly failure: Failure };

/** An outcome after which the event is not delivered again. */
export type FinalOutcome = Exclude<Outcome, { kind: "retry" }>;

const handled: Outcome = { kind: "handled" };

export const timedOut: Outcome = { kind: "retry", failure: { reason: "timeout" } };
export const notAnswered: Outcome = { kind: "retry", failure: { reason: "transport" } };

export function outcomeOf(answer: Answer): Outcome {
  const status = answer?.status;
  if (typeof status !== "number") return notAnswered;
  if (answer.foreign === true) return { kind: "retry", failure: failureOf(answer) };
  if (status >= 200 && status < 300) {
    if (answer.event !== undefined) return { kind: "reply", event: answer.event };
    if (answer.body === undefined || answer.body === "") return handled;
    return { kind: "dead", failure: failureOf(answer) };
  }
  return { kind: isRetried(status) ? "retry" : "dead", failure: failureOf(answer) };
}

export function isRetried(status: number): boolean {
  return status === 404 || status === 408 || status === 409 || status === 429 || status >= 500;
}

function failureOf({ status, headers, body }: Answer): Failure {
  return {
    reason: headers?.["kne-wadireason"] || String(status),
    status,
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  };
}
