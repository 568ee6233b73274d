// The admin port as the page asks it: a method for each operation of the table, the same as in the process.

import type { Admin } from "../../admin/admin.ts";
import { ApiError, UnansweredError } from "./api-error.ts";
import { facts, type OperationFacts } from "./facts.ts";
import { refuse, token } from "./session.ts";

/** Generous for a slow answer, and short enough for who waits before the page. */
const LIMIT_MS = 15_000;

export const api = Object.fromEntries(
  facts.operations.map((operation) => [operation.name, (...args: readonly unknown[]) => call(operation, args)]),
) as unknown as Admin;

async function call(operation: OperationFacts, args: readonly unknown[]): Promise<unknown> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)];
  let path = operation.path;
  for (const [i, [hole]] of names.entries()) path = path.replace(hole, () => segment(args[i]));
  const rest = args[names.length];
  if (operation.takes === "query") path += queryText(rest as Record<string, unknown> | undefined);
  const body = operation.takes === "body" ? JSON.stringify(rest) : undefined;
  const limitMs = operation.timeoutMs ?? LIMIT_MS;
  const response = await ask(path, operation.method, body, { signal: AbortSignal.timeout(limitMs) });
  // The answer may be cut, too.
  return response.json().catch((error: Error) => {
    throw unanswered(error);
  });
}

function unanswered({ name }: Error): UnansweredError {
  const what = name === "TimeoutError" ? "Wadi has not answered in time" : "Wadi does not answer";
  return new UnansweredError(`${what}; is it still running?`);
}

/** @throws ApiError for all but 200, UnansweredError where no answer came. */
export async function ask(path: string, method = "GET", body?: string, more: RequestInit = {}): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${token.value ?? ""}`, ...(more.headers as object) };
  if (body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, { ...more, method, headers, cache: "no-store", ...(body !== undefined && { body }) });
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    throw unanswered(error as Error);
  }
  if (response.status === 200) return response;
  const problem = await response.json().catch(() => ({}));
  if (response.status === 401) refuse();
  throw new ApiError(response.status, String(problem.detail ?? `answered ${response.status}`), problem.errors ?? []);
}

/** Dots are escaped, too: a browser takes `..` for the way up. */
function segment(value: unknown): string {
  return encodeURIComponent(String(value)).replaceAll(".", "%2E");
}

function queryText(query: Readonly<Record<string, unknown>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
