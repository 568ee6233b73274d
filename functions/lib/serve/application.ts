// The paths of a server as an Express application.

import express, { type NextFunction, type Request, type Response } from "express";
import { eventWork } from "./event-work.ts";
import type { Exchange, Work } from "./exchange.ts";
import type { StepMark } from "./mark.ts";
import { plainOf } from "./plain-work.ts";
import type { Method, PlainRequest, Probes, ServerOptions } from "./route.ts";

export function createApplication(options: ServerOptions, probes: Probes, exchange: Exchange): express.Express {
  const { send, fail, refuse, guarded } = exchange;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  for (const [path, routes] of byPath(options)) {
    for (const { method, maxBodyBytes, work, mark } of routes) {
      app[method === "GET" ? "get" : "post"](path, guarded(work, maxBodyBytes, mark));
    }
    const methods = routes.map(({ method }) => method);
    const message = `${path} takes ${routes.map(({ method, what }) => `${what} by ${method}`).join(", ")}`;
    const takes = routes.flatMap(({ takes }) => takes ?? []);
    app.all(path, (request, response) => {
      response.set("allow", methods.join(", "));
      if (takes.length > 0) response.set("accept-post", takes.join(", "));
      fail(request, response, { status: 405, error: "method", message });
    });
  }
  for (const [path, probe] of probes) {
    app.get(path, async (request, response) => send(request, response, await probe()));
  }
  const registry = options.telemetry?.registry;
  if (registry !== undefined) {
    app.get("/metrics", async (request, response) => {
      const headers = { "content-type": registry.contentType };
      send(request, response, { status: 200, headers, body: await registry.metrics() });
    });
  }
  app.use((request: Request, response: Response) => {
    const message = `there is nothing at ${request.method} ${request.path}`;
    fail(request, response, { status: 404, error: "path", message });
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    refuse(request, response, error);
  });
  return app;
}

interface Route {
  readonly method: Method;
  readonly maxBodyBytes: number | ((request: Request) => number);
  readonly what: string;
  readonly work: Work<Request>;
  /** Media types, for the header `accept-post`. */
  readonly takes?: string;
  readonly mark?: StepMark;
}

function byPath({ events, plain = [] }: ServerOptions): ReadonlyMap<string, readonly Route[]> {
  const routes = new Map<string, Route[]>();
  const add = (path: string, route: Route) => void routes.set(path, [...(routes.get(path) ?? []), route]);
  for (const route of events) {
    add(route.path, { method: "POST", what: "CloudEvents", ...eventWork(route) });
  }
  for (const { path, method, maxBodyBytes, answer } of plain) {
    const work: Work<Request> = (request, body) => answer(plainOf(request, body, parametersOf(request)));
    add(path, { method, maxBodyBytes, what: "requests", work });
  }
  return routes;
}

function parametersOf({ params }: Request): PlainRequest["parameters"] {
  return params as PlainRequest["parameters"];
}
