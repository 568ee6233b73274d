// The admin port over HTTP, made from the table of operations. Errors come back as what they were.

import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import {
  asError,
  BusyError,
  type FieldProblem,
  ForbiddenError,
  MalformedEventError,
  NotFoundError,
  RejectedError,
  UnauthorizedError,
  UnavailableError,
  WadiError,
} from "../../lib/errors.ts";
import type { Admin } from "../admin.ts";
import type { Operation } from "../operation.ts";
import { operations, parametersOf } from "../operations.ts";

export interface AdminAddress {
  /** `http://127.0.0.1:8090`; a path in front of `/api` is kept. */
  readonly url: string;
  readonly token: string;
  /** Milliseconds without a byte; default 30 s, and more for what may take long. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Methods throw UnavailableError where nothing answers, UnauthorizedError for a wrong token, else as the port says. */
export function connectAdmin(address: AdminAddress): Admin {
  const methods = operations.map((operation) => [
    operation.name,
    (...args: readonly unknown[]) => call(address, operation, args),
  ]);
  return Object.fromEntries(methods) as Admin;
}

/** The arguments of a method are its path's parameters in order, then the query or the body. */
async function call(address: AdminAddress, operation: Operation, args: readonly unknown[]): Promise<unknown> {
  const names = parametersOf(operation);
  let path = operation.path;
  for (const [i, name] of names.entries()) path = path.replace(`{${name}}`, () => segment(args[i]));
  const rest = args[names.length];
  if (operation.query !== undefined) path += queryText(rest as Readonly<Record<string, unknown>> | undefined);
  const body = operation.body === undefined ? undefined : JSON.stringify(rest);
  const timeoutMs = address.timeoutMs ?? operation.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const reply = await send(address, timeoutMs, operation.method, path, body);
  if (reply.status !== 200) throw errorOf(address, reply);
  try {
    return JSON.parse(reply.text);
  } catch (error) {
    throw new WadiError("not-wadi", `${address.url} answers what is no JSON: is it Wadi's admin port?`, {
      cause: error,
    });
  }
}

function segment(value: unknown): string {
  return encodeURIComponent(String(value).toWellFormed());
}

function queryText(query: Readonly<Record<string, unknown>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

/** `path` goes out as it is: what parses a URL would take a subject of two dots for the way up. */
async function send({ url, token }: AdminAddress, timeoutMs: number, method: string, path: string, body?: string) {
  const { protocol, hostname, port, pathname } = new URL(url);
  const request = protocol === "https:" ? httpsRequest : httpRequest;
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: "application/json" };
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-length"] = String(Buffer.byteLength(body));
  }
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const target = { method, host, port, path: pathname.replace(/\/+$/, "") + path, headers, agent: false } as const;
  try {
    return await new Promise<Reply>((resolve, reject) => {
      const sent = request(target, (response) => void readReply(response).then(resolve, reject));
      sent.on("error", reject);
      sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      sent.end(body);
    });
  } catch (error) {
    const { message } = asError(error);
    const reason = message === "" ? String((error as NodeJS.ErrnoException).code) : message;
    throw new UnavailableError("unreachable", `Wadi does not answer at ${url} (${reason}); is it running?`, {
      cause: error,
    });
  }
}

async function readReply(response: IncomingMessage): Promise<Reply> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString("utf8");
  return { status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", text };
}

function errorOf({ url }: AdminAddress, { status, type, text }: Reply): WadiError {
  if (!type.startsWith("application/problem+json")) {
    return new WadiError("not-wadi", `${url} answers ${status} and no problem details: is it Wadi's admin port?`);
  }
  const problem = JSON.parse(text) as { type?: unknown; title?: unknown; detail?: unknown; errors?: unknown };
  const code = /^urn:wadi:problem:([a-z-]+)$/.exec(String(problem.type))?.[1] ?? "unknown";
  const detail = String(problem.detail ?? problem.title ?? status);
  if (status === 401) return new UnauthorizedError(detail);
  if (status === 403) return new ForbiddenError(code, detail);
  if (status === 404) return new NotFoundError(detail);
  if (status === 400) return new MalformedEventError(code, detail);
  if (status === 422) return new RejectedError(code, detail, (problem.errors ?? []) as readonly FieldProblem[]);
  if (status === 429) return new BusyError(code, detail);
  if (status === 503) return new UnavailableError(code, detail);
  return new WadiError(code, detail);
}
