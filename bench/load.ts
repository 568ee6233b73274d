// Load on a port of this machine, and what came back.

import { join } from "node:path";
import { writeEvent } from "../functions/lib/events/codec.ts";
import type { Event } from "../functions/lib/events/vocabulary.ts";
import { requestOf, writeRequests } from "./requests.ts";
import { assert } from "./row.ts";
import type { Session } from "./session.ts";

export interface Load {
  /** When the first request went out, epoch milliseconds. */
  readonly begin: number;
  /** Until the last answer. */
  readonly seconds: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly lastBody: string;
  /** Cores that the generator was busy on; near 1 it measures itself. */
  readonly cpu: number;
}

/** About what a Knative dispatcher keeps in flight to one function. */
const CONNECTIONS = 64;

/** Sends the events once. @throws Error where not every answer has `status`. */
export function load(
  session: Session,
  port: number,
  events: readonly Event[],
  status: number,
  folder: string,
): Promise<Load> {
  const requests = events.map((event) => requestOf(event));
  return loadRequests(session, port, requests, status, folder);
}

/** Sends the requests once. @throws Error where not every answer has `status`. */
export async function loadRequests(
  session: Session,
  port: number,
  requests: readonly Buffer[],
  status: number,
  folder: string,
): Promise<Load> {
  const file = join(folder, "requests.bin");
  writeRequests(file, requests);
  const generator = session.node([join(import.meta.dirname, "generator.ts"), file, String(port), String(CONNECTIONS)]);
  await generator.find(/^ready$/);
  generator.child.stdin?.write("go\n");
  const [text] = await generator.find(/^\{.*$/);
  const report = JSON.parse(text) as Load;
  const statuses = JSON.stringify(report.statuses);
  assert(
    report.statuses[status] === requests.length,
    `${requests.length} answers of ${status} expected, got ${statuses}`,
  );
  return report;
}

/** Posts one event, and gives the answer as it came. */
export async function post(url: string, event: Event): Promise<{ status: number; headers: Headers; body: string }> {
  const { headers, body } = writeEvent(event);
  const answer = await fetch(url, { method: "POST", headers: headers as Record<string, string>, body: String(body) });
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}
