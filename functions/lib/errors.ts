// Errors, one class for each cure. Every failure that leaves a function is one of these; only serve/status.ts
// knows which HTTP status each becomes. `code` is stable and short ([a-z-]); `message` says what, where and the cure.

/** One thing wrong with one field: `path` as in `data.distance`, `problem` in words. */
export interface FieldProblem {
  readonly path: string;
  readonly problem: string;
}

export class WadiError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Not a CloudEvent at all; sending it again cannot help. */
export class MalformedEventError extends WadiError {}

/** A CloudEvent that can never be handled: wrong schema, unknown pipeline, outside the window. */
export class RejectedError extends WadiError {
  readonly fields: readonly FieldProblem[];
  constructor(code: string, message: string, fields: readonly FieldProblem[] = [], options?: ErrorOptions) {
    super(code, message, options);
    this.fields = fields;
  }
}

/** No such thing; `code` is `not-found`. */
export class NotFoundError extends WadiError {
  constructor(message: string, options?: ErrorOptions) {
    super("not-found", message, options);
  }
}

/** The token is missing or wrong; `code` is `unauthorized`. */
export class UnauthorizedError extends WadiError {
  constructor(message: string, options?: ErrorOptions) {
    super("unauthorized", message, options);
  }
}

/** The caller may not do this, or not at this door. */
export class ForbiddenError extends WadiError {}

/** The body has an encoding that is not supported; `accepted` lists those that are, for the header `accept-encoding`. */
export class ContentCodingError extends WadiError {
  readonly accepted: string;
  constructor(message: string, accepted: string) {
    super("content-encoding", message);
    this.accepted = accepted;
  }
}

/** The request is larger than the limit; `code` is `too-large`. */
export class TooLargeError extends WadiError {}

/** Other writers won every time within the time budget; trying again later helps. */
export class VersionConflictError extends WadiError {}

/** A bounded queue is full; trying again later helps. */
export class BusyError extends WadiError {
  readonly retryAfterS: number;
  constructor(code: string, message: string, retryAfterS = 1) {
    super(code, message);
    this.retryAfterS = retryAfterS;
  }
}

/** The store or the log cannot be reached, or a newer process has taken over; trying again later helps. */
export class UnavailableError extends WadiError {}

/** This process is not configured for the request: configuring it helps, sending it again does not. */
export class UnsupportedError extends WadiError {}

/** A setting or a file is wrong; the process must not start. `message` names the file or variable and the cure. */
export class ConfigurationError extends WadiError {
  constructor(message: string, options?: ErrorOptions) {
    super("configuration", message, options);
  }
}

/** `unknown` from a catch as an Error, so that `cause` and `message` are always there. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
