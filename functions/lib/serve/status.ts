// The one table from error to HTTP status. The broker takes 2xx as done, retries 409, 429 and 5xx with backoff, and makes a dead
// letter of every other status at once. It would make one of a 2xx whose body is no event, too, so an answer without a derived
// event is 202 with an empty body.

import {
  asError,
  BusyError,
  ContentCodingError,
  type FieldProblem,
  ForbiddenError,
  MalformedEventError,
  NotFoundError,
  RejectedError,
  TooLargeError,
  UnauthorizedError,
  UnavailableError,
  UnsupportedError,
  VersionConflictError,
  WadiError,
} from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";
import { STATUS_CODES } from "./http.ts";

/** The answer of a path that is not for events. */
export interface PlainAnswer {
  readonly status: number;
  /** Lower-case names; those that start with `kne-` become extensions of a dead letter. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A step's answer, whether it travels over HTTP or not. */
export interface Answer extends PlainAnswer {
  /** The derived event. */
  readonly event?: Event;
  /** Of a failure, which has no event. */
  readonly body?: string;
}

/** The body of every failure. */
export interface Problem {
  readonly error: string;
  readonly message: string;
  readonly fields?: readonly FieldProblem[];
}

const JSON_TYPE = "application/json; charset=utf-8";

export const accepted: Answer = { status: 202 };

export function answerOf(derived: Event | undefined): Answer {
  return derived === undefined ? accepted : { status: 200, event: derived };
}

/** Not for a step's events: the broker would take it for a failure. */
export function answerOfJson(value: unknown): Answer {
  return { status: 200, headers: { "content-type": JSON_TYPE }, body: JSON.stringify(value) };
}

/** A failure before it is written in one form or another. */
export interface Failure extends Problem {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export function failureOf(thrown: unknown): Failure {
  const error = asError(thrown);
  const code = error instanceof WadiError ? error.code : "internal";
  const fields = error instanceof RejectedError && error.fields.length > 0 ? { fields: error.fields } : {};
  return { status: statusOf(error), error: code, message: error.message, ...fields, ...headersOf(error) };
}

function headersOf(error: Error): Pick<Failure, "headers"> {
  if (error instanceof BusyError) return { headers: { "retry-after": String(error.retryAfterS) } };
  if (error instanceof ContentCodingError) return { headers: { "accept-encoding": error.accepted } };
  return {};
}

export function answerOfError(thrown: unknown): Answer {
  return answerOfFailure(failureOf(thrown));
}

export function answerOfFailure({ status, headers = {}, ...body }: Failure): Answer {
  return {
    status,
    headers: { "content-type": JSON_TYPE, "kne-wadireason": body.error, ...headers },
    body: JSON.stringify(body satisfies Problem),
  };
}

/** Problem details of RFC 9457. `instance`: the request's path. `type` ends with the code, which is stable. */
export function problemDetails({ status, headers = {}, error, message, fields }: Failure, instance: string): Answer {
  const body = {
    type: `urn:wadi:problem:${error}`,
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail: message,
    instance,
    ...(fields === undefined ? {} : { errors: fields }),
  };
  return {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
    body: JSON.stringify(body),
  };
}

function statusOf(error: Error): number {
  if (error instanceof MalformedEventError) return 400;
  if (error instanceof UnauthorizedError) return 401;
  if (error instanceof ForbiddenError) return 403;
  if (error instanceof NotFoundError) return 404;
  if (error instanceof TooLargeError) return 413;
  if (error instanceof ContentCodingError) return 415;
  if (error instanceof RejectedError) return 422;
  if (error instanceof VersionConflictError) return 409;
  if (error instanceof BusyError) return 429;
  if (error instanceof UnsupportedError) return 501;
  if (error instanceof UnavailableError) return 503;
  return 500;
}
