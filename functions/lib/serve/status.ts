// The one table from error to HTTP status. What each status makes the broker do: 2xx done; 409, 429, 5xx tried again
// with backoff; every other one a dead letter at once. A 2xx with a body that is no event would be a dead letter too,
// so "nothing to derive" is 202 with an empty body.

import {
  asError,
  BusyError,
  type FieldProblem,
  MalformedEventError,
  RejectedError,
  TooLargeError,
  UnavailableError,
  VersionConflictError,
  WadiError,
} from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";

/** A step's answer, whether it travels over HTTP or not. */
export interface Answer {
  readonly status: number;
  /** Lower-case names; those that start with `kne-` become extensions of a dead letter. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The derived event. */
  readonly event?: Event;
  /** Text beside it; only failures have one. */
  readonly body?: string;
}

/** The body of every failure. */
export interface Problem {
  readonly error: string;
  readonly message: string;
  readonly fields?: readonly FieldProblem[];
}

export const accepted: Answer = { status: 202 };

export function answerOf(derived: Event | undefined): Answer {
  return derived === undefined ? accepted : { status: 200, event: derived };
}

export function answerOfError(thrown: unknown): Answer {
  const error = asError(thrown);
  const code = error instanceof WadiError ? error.code : "internal";
  const headers: Record<string, string> = { "content-type": "application/json; charset=utf-8", "kne-wadireason": code };
  if (error instanceof BusyError) headers["retry-after"] = String(error.retryAfterS);
  return { status: statusOf(error), headers, body: JSON.stringify(problemOf(error, code)) };
}

function statusOf(error: Error): number {
  if (error instanceof MalformedEventError) return 400;
  if (error instanceof TooLargeError) return 413;
  if (error instanceof RejectedError) return 422;
  if (error instanceof VersionConflictError) return 409;
  if (error instanceof BusyError) return 429;
  if (error instanceof UnavailableError) return 503;
  return 500;
}

function problemOf(error: Error, code: string): Problem {
  const fields = error instanceof RejectedError && error.fields.length > 0 ? { fields: error.fields } : {};
  return { error: code, message: error.message, ...fields };
}
