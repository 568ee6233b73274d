// The HTTP server, made from routes and not yet listening, so that tests use the same server.
//
// Requests for events and health checks are matched by their path alone, and so are those of other routes that are written just
// like them. All others go through Express, loaded at the first such request: it would be a third of the work of a small event,
// and 40 ms of a cold start.

import type { IncomingMessage, ServerResponse } from "node:http";
import { answerBrokenRequests, withHost } from "./broken-request.ts";
import { eventWork } from "./event-work.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import { createServer as createHttpServer } from "./http.ts";
import { drain, listen } from "./listener.ts";
import { matcherOf, plainOf } from "./plain-work.ts";
import type { Probes, ServerOptions } from "./route.ts";
import { type Answer, answerOfJson } from "./status.ts";
import { createStreams } from "./stream.ts";

export interface Server {
  /** Resolves with the base URL. @throws ConfigurationError where the port is taken or not allowed. */
  listen(port: number, host: string): Promise<string>;
  /** Stops accepting, waits at most `graceMs` for what is under way, then cuts it. */
  drain(graceMs: number): Promise<void>;
}

const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
// For a client that does not read its answer, and for connections without a request. Knative's queue-proxy keeps those for 90 s:
// a server that closes one earlier makes it answer 502.
const IDLE_MS = 150_000;

export function createServer(options: ServerOptions): Server {
  let draining = false;
  const streams = createStreams();
  const exchange = createExchange(options, streams, () => draining);
  const server = createHttpServer(
    { connectionsCheckingInterval: 1000, requireHostHeader: false },
    withHost(createListener(options, exchange)),
  );
  answerBrokenRequests(server);
  // Node would set another timer before and after each request.
  server.keepAliveTimeout = 0;
  server.timeout = IDLE_MS;
  server.requestTimeout = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
  server.headersTimeout = Math.min(server.requestTimeout, IDLE_MS);
  return {
    listen: (port, host) => listen(server, port, host),
    drain(graceMs) {
      draining = true;
      streams.endAll();
      return drain(server, graceMs);
    },
  };
}

function probesOf({ missing, clockAheadMs }: ServerOptions): Probes {
  const live = async () => answerOfJson({ live: true });
  const ready = async () => {
    const body = { ready: true, missing: await missing() };
    const aheadMs = clockAheadMs?.();
    return answerOfJson(aheadMs === undefined ? body : { ...body, clockAheadSeconds: Math.round(aheadMs / 1000) });
  };
  // The paths under /v2 are the Open Inference Protocol's.
  return new Map([
    ["/health/live", live],
    ["/v2/health/live", live],
    ["/health/ready", ready],
    ["/v2/health/ready", ready],
  ]);
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

function createListener(options: ServerOptions, exchange: Exchange): Listener {
  const direct = new Map<string, Listener>();
  for (const route of options.events) {
    const { work, maxBodyBytes, mark } = eventWork(route);
    direct.set(`POST ${route.path}`, exchange.guarded(work, maxBodyBytes, mark));
  }
  const probes = probesOf(options);
  // Not counted among the requests under way: a busy process is alive all the same.
  for (const [path, probe] of probes)
    direct.set(`GET ${path}`, (request, response) => void ask(probe, request, response));
  async function ask(probe: () => Promise<Answer>, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      exchange.send(request, response, await probe());
    } catch (error) {
      exchange.refuse(request, response, error);
    }
  }

  const written = (options.plain ?? []).flatMap((route) => {
    const match = matcherOf(route);
    return match === undefined ? [] : [{ ...route, match }];
  });
  function plainListener({ method, url = "" }: IncomingMessage): Listener | undefined {
    for (const { method: own, match, maxBodyBytes, answer } of written) {
      const parameters = own === method ? match(url) : undefined;
      if (parameters === undefined) continue;
      return exchange.guarded((request, body) => answer(plainOf(request, body, parameters)), maxBodyBytes);
    }
    return undefined;
  }

  const { checkCaller } = options;
  let application: Promise<Listener> | undefined;
  return (request, response) => {
    try {
      checkCaller?.(request);
    } catch (error) {
      return exchange.refuse(request, response, error);
    }
    const found = direct.get(`${request.method} ${request.url}`) ?? plainListener(request);
    if (found !== undefined) return found(request, response);
    application ??= import("./application.ts").then(({ createApplication }) =>
      createApplication(options, probes, exchange),
    );
    application.then(
      (handle) => handle(request, response),
      (error) => {
        // Such as too many open files. The next request tries again.
        application = undefined;
        exchange.refuse(request, response, error);
      },
    );
  };
}
