// The one HTTP server, made by routes and not yet listening: tests use the very server that runs.

import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type NextFunction, type Request, type Response } from "express";
import { asError, BusyError, ConfigurationError, MalformedEventError, TooLargeError } from "../errors.ts";
import { readEvent, writeEvent } from "../events/codec.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Log } from "../telemetry/log.ts";
import type { Telemetry } from "../telemetry/metrics.ts";
import { type Answer, answerOfError } from "./status.ts";

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
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
// Knative's queue-proxy keeps idle connections for 90 s; a server that closes first makes it answer 502.
const KEEP_ALIVE_MS = 120_000;
const SWEEP_MS = 20;

export function createServer(options: ServerOptions): Server {
  const server = createHttpServer({ connectionsCheckingInterval: 1000 }, application(options));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
  server.headersTimeout = Math.min(server.requestTimeout, KEEP_ALIVE_MS);
  return { listen: (port, host) => listen(server, port, host), drain: (graceMs) => drain(server, graceMs) };
}

function application(options: ServerOptions): express.Express {
  const { log, telemetry, maxRequests = DEFAULT_MAX_REQUESTS } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  let underWay = 0;

  const guarded = (work: (request: Request, response: Response) => Promise<void>) => {
    return async (request: Request, response: Response) => {
      underWay++;
      try {
        if (underWay > maxRequests)
          throw new BusyError("busy", `${maxRequests} requests are under way; send again later`);
        await work(request, response);
      } catch (error) {
        refuse(request, response, error, log);
      } finally {
        underWay--;
      }
    };
  };

  for (const route of options.events) {
    const take = guarded(async (request, response) => {
      const body = await readBody(request, route.maxBodyBytes);
      send(response, await route.accept(readEvent(request.rawHeaders, body)));
    });
    app.post(route.path, take);
    app.all(route.path, (_request, response) => {
      response.set("allow", "POST");
      sendProblem(response, 405, "method", `${route.path} takes CloudEvents by POST`);
    });
  }
  for (const route of options.json ?? []) {
    app.post(
      route.path,
      guarded(async (request, response) => {
        const body = await readBody(request, route.maxBodyBytes);
        response.json(await route.reply(request.params as Record<string, string>, body));
      }),
    );
  }
  app.get("/health/live", (_request, response) => void response.json({ live: true }));
  app.get("/health/ready", async (_request, response) => {
    response.json({ ready: true, missing: await options.missing() });
  });
  app.get("/metrics", async (_request, response) => {
    response.set("content-type", telemetry.registry.contentType).end(await telemetry.registry.metrics());
  });
  app.use((request: Request, response: Response) => {
    sendProblem(response, 404, "path", `there is nothing at ${request.method} ${request.path}`);
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    refuse(request, response, error, log);
  });
  return app;
}

/** The whole body. @throws TooLargeError, MalformedEventError `cut` when the client left in the middle. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new TooLargeError("too-large", `the body has more than ${maxBytes} bytes, the limit here`);
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) return reject(tooLarge());
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on("error", (error) => reject(new MalformedEventError("cut", "the request was cut off", { cause: error })));
  });
}

function send(response: Response, answer: Answer): void {
  response.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.event === undefined) return void response.end(answer.body);
  const { headers, body } = writeEvent(answer.event);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  response.end(body);
}

function sendProblem(response: Response, status: number, error: string, message: string): void {
  response.status(status).json({ error, message });
}

function refuse(request: Request, response: Response, error: unknown, log: Log): void {
  const answer = answerOfError(error);
  if (answer.status >= 500) log.error({ path: request.path, err: error }, asError(error).message);
  if (response.headersSent || response.destroyed) return void response.destroy();
  // The rest of a body nobody reads would be taken for the next request.
  if (!request.complete) response.set("connection", "close");
  send(response, answer);
}

function listen(server: HttpServer, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, port, host)));
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
      resolve(`http://${name}:${address.port}`);
    });
  });
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string): Error {
  const cures: Record<string, string> = {
    EADDRINUSE: `port ${port} is taken; stop what listens there or choose another port`,
    EACCES: `port ${port} may not be used without privileges; choose one above 1023`,
    EADDRNOTAVAIL: `${host} is no address of this machine; use 127.0.0.1 or 0.0.0.0`,
  };
  const cure = cures[error.code ?? ""] ?? `cannot listen on ${host}:${port}: ${error.message}`;
  return new ConfigurationError(cure, { cause: error });
}

async function drain(server: HttpServer, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A kept-alive connection becomes idle only when its last answer is out.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
