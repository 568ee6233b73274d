// Handles requests to a path that is not for events, with or without Express.

import type { IncomingMessage } from "node:http";
import { pathOf, urlOf } from "./exchange.ts";
import type { PlainRequest, PlainRoute } from "./route.ts";

/** Characters of a URL that mean themselves in a path, and nothing else does. */
const TEXT = "[A-Za-z0-9._~-]+";

/**
 * The parameters in a URL that is just the route's path, without a query and with nothing percent-encoded; undefined for all others,
 * which Express looks at.
 */
export function matcherOf({ path }: PlainRoute): ((url: string) => PlainRequest["parameters"] | undefined) | undefined {
  if (!/^(\/(:\w+|[\w.-]+))+$/.test(path)) return undefined;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
  const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replace(/:\w+/g, `(${TEXT})`)}$`);
  return (url) => {
    const found = pattern.exec(url);
    return found === null ? undefined : Object.fromEntries(names.map((name, i) => [name, found[i + 1] as string]));
  };
}

export function plainOf(request: IncomingMessage, body: Buffer, parameters: PlainRequest["parameters"]): PlainRequest {
  const [, query = ""] = /\?(.*)$/s.exec(urlOf(request)) ?? [];
  return { path: pathOf(request), parameters, query, headers: request.headers, body };
}
