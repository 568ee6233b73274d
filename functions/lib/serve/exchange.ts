// One request and its answer, with or without Express: limits, failures, the last answer on a connection.

import type { IncomingMessage, ServerResponse } from "node:http";
import { systemClock } from "../clock.ts";
import { asError, BusyError, MalformedEventError } from "../errors.ts";
import { writeEvent } from "../events/codec.ts";
import { createLineQuota } from "../telemetry/line-quota.ts";
import { createBodyReader, type Held } from "./request-body.ts";
import type { ServerOptions } from "./route.ts";
import { type Answer, answerOfFailure, type Failure, failureOf, type PlainAnswer } from "./status.ts";
import type { StreamAnswer, Streams } from "./stream.ts";

export interface Exchange {
  /** `mark`: further headers. */
  send(request: IncomingMessage, response: ServerResponse, answer: PlainAnswer | StreamAnswer, mark?: Mark): void;
  fail(request: IncomingMessage, response: ServerResponse, failure: Failure): void;
  /** Answers with what was thrown; logs it where the fault is the server's. */
  refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown, mark?: Mark): void;
  /**
   * Reads the body, works, answers; `mark` is on every answer. The request counts as under way until the work is done and the
   * answer is sent.
   */
  guarded<R extends IncomingMessage>(
    work: Work<R>,
    maxBodyBytes: number | ((request: R) => number),
    mark?: Mark,
  ): (request: R, response: ServerResponse) => void;
}

/** Headers of every answer of a path. */
type Mark = Readonly<Record<string, string>>;

export type Work<R extends IncomingMessage> = (request: R, body: Buffer) => Promise<PlainAnswer | StreamAnswer>;

const DEFAULT_MAX_REQUESTS = 1024;
// More than a dispatcher can have in flight, which is about 99 events of at most 1 MiB.
const DEFAULT_MAX_BUFFERED_BYTES = 128 * 1024 * 1024;

export function createExchange(options: ServerOptions, streams: Streams, isDraining: () => boolean): Exchange {
  const { log, maxRequests = DEFAULT_MAX_REQUESTS, tell = answerOfFailure } = options;
  const bodies = createBodyReader(options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES);
  const quota = createLineQuota(systemClock);
  let underWay = 0;

  function send(
    request: IncomingMessage,
    response: ServerResponse,
    answer: PlainAnswer | StreamAnswer,
    mark?: Mark,
  ): void {
    if (response.headersSent || response.destroyed) return void response.destroy();
    if (isDraining() || isUnread(request)) response.setHeader("connection", "close");
    if (!("open" in answer)) write(response, answer, mark);
    else if (request.method === "HEAD" || isDraining()) write(response, { status: 200, headers: answer.headers }, mark);
    else streams.start(response, answer);
  }

  function fail(request: IncomingMessage, response: ServerResponse, failure: Failure, mark?: Mark): void {
    send(request, response, tell(failure, pathOf(request)), mark);
  }

  function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown, mark?: Mark): void {
    const error = isBadUrl(thrown)
      ? new MalformedEventError("url", asError(thrown).message, { cause: thrown })
      : thrown;
    const failure = failureOf(error);
    const said = failure.status >= 500 ? quota(failure.error) : undefined;
    if (said !== undefined) log.error({ path: pathOf(request), err: error, ...said }, asError(error).message);
    fail(request, response, failure, mark);
  }

  async function answer<R extends IncomingMessage>(
    request: R,
    response: ServerResponse,
    work: Work<R>,
    maxBodyBytes: number | ((request: R) => number),
    mark: Mark | undefined,
  ): Promise<void> {
    underWay++;
    const held: Held = { bytes: 0, isReleased: response.closed };
    let isDone = false;
    response.on("close", () => {
      bodies.release(held);
      if (isDone) underWay--;
    });
    try {
      if (underWay > maxRequests)
        throw new BusyError("busy", `${maxRequests} requests are under way; send again later`);
      const most = typeof maxBodyBytes === "number" ? maxBodyBytes : maxBodyBytes(request);
      send(request, response, await work(request, await bodies.read(request, held, most)), mark);
    } catch (error) {
      refuse(request, response, error, mark);
    } finally {
      isDone = true;
      if (held.isReleased) underWay--;
    }
  }

  return {
    send,
    fail,
    refuse,
    guarded: (work, maxBodyBytes, mark) => (request, response) =>
      void answer(request, response, work, maxBodyBytes, mark),
  };
}

/** As it was sent, without the query. Express keeps the URL as it was sent in `originalUrl`. */
export function pathOf(request: IncomingMessage): string {
  return urlOf(request).replace(/\?.*$/s, "");
}

export function urlOf(request: IncomingMessage & { originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? "";
}

/** The whole head at once: set one by one, headers are looked at and written twice. */
function write(response: ServerResponse, answer: Answer | PlainAnswer, mark: Mark | undefined): void {
  const message = "event" in answer && answer.event !== undefined ? writeEvent(answer.event) : undefined;
  const body = message === undefined ? answer.body : (message.body as string | Buffer);
  const head: string[] = [];
  for (const headers of [mark, answer.headers, message?.headers as Mark | undefined]) {
    for (const name in headers) head.push(name, headers[name] as string);
  }
  const length = lengthOf(body);
  if (mayHaveLength(response, answer.status)) head.push("Content-Length", String(length));
  response.writeHead(answer.status, head);
  // Text of one byte a character is ASCII, and then Latin-1 is the same and quicker to write.
  if (typeof body === "string" && length === body.length) response.end(body, "latin1");
  else response.end(body);
}

function mayHaveLength({ req }: ServerResponse, status: number): boolean {
  return req.method !== "HEAD" && status !== 204 && status !== 304;
}

function lengthOf(body: string | Buffer = ""): number {
  return typeof body === "string" ? Buffer.byteLength(body) : body.length;
}

/** Whether a part of the body is still to come. A request without a body is complete only after its answer. */
function isUnread(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const { headers } = request;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Express throws a URIError for a path that is not percent-encoded UTF-8. */
function isBadUrl(thrown: unknown): boolean {
  return thrown instanceof URIError && (thrown as { status?: number }).status === 400;
}
