// The one HTTP server, made by routes and not yet listening: tests use the very server that runs.

import { createServer as createHttpServer } from "node:http";
import express, { type NextFunction, type Request, type Response } from "express";
import { asError, BusyError, MalformedEventError } from "../errors.ts";
import { readEvent, writeEvent } from "../events/codec.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Log } from "../telemetry/log.ts";
import type { Telemetry } from "../telemetry/metrics.ts";
import { drain, listen } from "./listener.ts";
import { createBodyReader } from "./request-body.ts";
import { type Answer, answerOfError, answerOfJson, problem } from "./status.ts";

/** A path that takes CloudEvents. */
export interface EventRoute {
  readonly path: string;
  readonly maxBodyBytes: number;
  accept(event: Event): Promise<Answer>;
}

/** A path that takes and answers plain JSON. */
export interface JsonRoute {
  readonly path: string;
  readonly maxBodyBytes: number;
  reply(parameters: Readonly<Record<string, string>>, body: Buffer): Promise<unknown>;
}

export interface ServerOptions {
  readonly events: readonly EventRoute[];
  readonly json?: readonly JsonRoute[];
  /** What is missing, by name, in words; empty when all is well. A step is ready all the same. */
  missing(): Promise<Readonly<Record<string, string>>>;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Requests under way at once, over all paths, before 429. */
  readonly maxRequests?: number;
  /** Bytes of all bodies under way before 429. */
  readonly maxBufferedBytes?: number;
  /** Milliseconds for a request to arrive whole. */
  readonly requestTimeoutMs?: number;
}

export interface Server {
  /** The base URL. @throws ConfigurationError when the port is taken or may not be had. */
  listen(port: number, host: string): Promise<string>;
  /** Stops accepting, finishes what is under way for at most `graceMs`, then cuts. */
  drain(graceMs: number): Promise<void>;
}

const DEFAULT_MAX_REQUESTS = 1024;
// Above what a dispatcher can have in flight: about 99 events of at most 1 MiB.
const DEFAULT_MAX_BUFFERED_BYTES = 128 * 1024 * 1024;
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
// Knative's queue-proxy keeps idle connections for 90 s; a server that closes first makes it answer 502.
const KEEP_ALIVE_MS = 120_000;
// A client that does not read its answer.
const STALLED_MS = 150_000;

export function createServer(options: ServerOptions): Server {
  let draining = false;
  const server = createHttpServer(
    { connectionsCheckingInterval: 1000 },
    application(options, () => draining),
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = STALLED_MS;
  server.requestTimeout = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
  server.headersTimeout = Math.min(server.requestTimeout, KEEP_ALIVE_MS);
  return {
    listen: (port, host) => listen(server, port, host),
    drain(graceMs) {
      draining = true;
      return drain(server, graceMs);
    },
  };
}

function application(options: ServerOptions, isDraining: () => boolean): express.Express {
  const { log, telemetry, maxRequests = DEFAULT_MAX_REQUESTS } = options;
  const bodies = createBodyReader(options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES);
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  let underWay = 0;

  function send(request: Request, response: Response, answer: Answer): void {
    if (response.headersSent || response.destroyed) return void response.destroy();
    if (isDraining() || isUnread(request)) response.set("connection", "close");
    write(response, answer);
  }

  function refuse(request: Request, response: Response, thrown: unknown): void {
    const error = isBadUrl(thrown)
      ? new MalformedEventError("url", asError(thrown).message, { cause: thrown })
      : thrown;
    const answer = answerOfError(error);
    if (answer.status >= 500) log.error({ path: request.path, err: error }, asError(error).message);
    send(request, response, answer);
  }

  /** Counts the request until its answer is out and its work is done. */
  const guarded = (work: (request: Request, body: Buffer) => Promise<Answer>, maxBodyBytes: number) => {
    return async (request: Request, response: Response) => {
      underWay++;
      try {
        if (underWay > maxRequests)
          throw new BusyError("busy", `${maxRequests} requests are under way; send again later`);
        send(request, response, await work(request, await bodies.read(request, response, maxBodyBytes)));
      } catch (error) {
        refuse(request, response, error);
      } finally {
        if (response.closed) underWay--;
        else response.once("close", () => underWay--);
      }
    };
  };
  const onlyPost = (path: string, what: string) => {
    app.all(path, (request, response) => {
      response.set("allow", "POST");
      send(request, response, problem(405, "method", `${path} takes ${what} by POST`));
    });
  };

  for (const { path, maxBodyBytes, accept } of options.events) {
    app.post(
      path,
      guarded((request, body) => accept(readEvent(request.rawHeaders, body)), maxBodyBytes),
    );
    onlyPost(path, "CloudEvents");
  }
  for (const { path, maxBodyBytes, reply } of options.json ?? []) {
    const answer = async (request: Request, body: Buffer) =>
      answerOfJson(await reply(request.params as Record<string, string>, body));
    app.post(path, guarded(answer, maxBodyBytes));
    onlyPost(path, "JSON");
  }
  // The second names are the Open Inference Protocol's.
  app.get(["/health/live", "/v2/health/live"], (request, response) => {
    send(request, response, answerOfJson({ live: true }));
  });
  app.get(["/health/ready", "/v2/health/ready"], async (request, response) => {
    send(request, response, answerOfJson({ ready: true, missing: await options.missing() }));
  });
  app.get("/metrics", async (request, response) => {
    const { registry } = telemetry;
    const headers = { "content-type": registry.contentType };
    send(request, response, { status: 200, headers, body: await registry.metrics() });
  });
  app.use((request: Request, response: Response) => {
    send(request, response, problem(404, "path", `there is nothing at ${request.method} ${request.path}`));
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    refuse(request, response, error);
  });
  return app;
}

function write(response: Response, answer: Answer): void {
  response.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.event === undefined) return void response.end(answer.body);
  const { headers, body } = writeEvent(answer.event);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  response.end(body);
}

/** A body whose rest nobody wants; without one a request is complete only after it was answered. */
function isUnread({ complete, headers }: Request): boolean {
  return !complete && (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0);
}

/** A path that is no percent-encoded UTF-8 is express' own URIError. */
function isBadUrl(thrown: unknown): boolean {
  return thrown instanceof URIError && (thrown as { status?: number }).status === 400;
}
