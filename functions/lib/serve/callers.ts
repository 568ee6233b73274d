// Who may ask a server on a person's own machine. A page that somebody opened in a browser can send requests to 127.0.0.1,
// and with a name of its own that resolves to 127.0.0.1 (DNS rebinding) it can read the answers as well.
//
//   C1  Host names this machine: a loopback name, an address (which no foreign name can be made to be), the name that was
//       listened on, or one that was set.
//   C2  Origin, which browsers alone send, is a page of this machine, of the very host that is asked, or one that was set.

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { ForbiddenError } from "../errors.ts";

/** Why a request was refused. */
export type Refusal = "foreign-host" | "foreign-origin";

export interface CallerOptions {
  /** What was listened on. */
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

/** Lower case; undefined for what is no address of a page or a server, as the origin `null` is none. */
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
