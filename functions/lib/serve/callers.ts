// Who may call a server on a developer's machine. Any page in the browser can send requests to 127.0.0.1, and a page whose own
// name resolves to 127.0.0.1 (DNS rebinding) can read the answers as well.
//
//   C1  Host must name this machine: a loopback name, an IP address (which DNS rebinding cannot fake), the name the server
//       listens on, or an allowed one.
//   C2  Origin, which only browsers send, must be a page of this machine, of the same host as the server, or an allowed one.

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { ForbiddenError } from "../errors.ts";

/** Why a request was refused. */
export type Refusal = "foreign-host" | "foreign-origin";

export interface CallerOptions {
  /** The name the server listens on. */
  readonly host: string;
  /** Further hosts, without a port; `*` for any. */
  readonly allowed: readonly string[];
  refused(why: Refusal): void;
}

/** @throws ForbiddenError. */
export type CheckCaller = (request: IncomingMessage) => void;

const CURE = "set WADI_ALLOWED_HOSTS where Wadi is asked through a proxy or under a name of its own";

export function createCallerCheck({ host: bound, allowed, refused }: CallerOptions): CheckCaller {
  const own = new Set([bound, ...allowed].map((name) => name.toLowerCase()));
  if (own.has("*")) return () => {};

  function refuse(why: Refusal, message: string): never {
    refused(why);
    throw new ForbiddenError(why, message);
  }

  return ({ headers: { host, origin } }) => {
    if (host !== undefined) {
      const name = nameOf(`http://${host}`);
      if (name === undefined || !(isLoopback(name) || isAddress(name) || own.has(name))) {
        refuse("foreign-host", `the header Host is ${quoted(host)}, which is no name of this Wadi; ${CURE}`);
      }
    }
    if (origin !== undefined && host !== origin.replace(/^https?:\/\//, "")) {
      const name = nameOf(origin);
      if (name === undefined || !(isLoopback(name) || own.has(name))) {
        refuse("foreign-origin", `a page of ${quoted(origin)} may not ask this Wadi; ${CURE}`);
      }
    }
  };
}

/** The host, in lower case; undefined for what is no URL of http or https, such as the origin `null`. */
function nameOf(url: string): string | undefined {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return protocol === "http:" || protocol === "https:" ? hostname : undefined;
}

function isLoopback(name: string): boolean {
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "[::1]" ||
    (isIP(name) === 4 && name.startsWith("127."))
  );
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
