// Several writers of one model set in a Redis of their own: how fast they are together, and what became of their examples.

import { join } from "node:path";
import { Redis } from "ioredis";
import { openCommitters } from "./committers.ts";
import { pipeline, SET } from "./eight.ts";
import { startRedis } from "./redis-server.ts";
import type { Report } from "./redis-writer.ts";
import { assert, microsecondsEach } from "./row.ts";
import type { Session } from "./session.ts";

export type Way = "committer" | `sets:${number}` | "watch" | "plain";

export interface Together {
  /** Examples answered in a second, of all writers. */
  readonly rate: number;
  /** Microseconds of the writers' CPU for each of them; Redis's own is not in it. */
  readonly cpu: number;
  /** How many of those that were answered the model has learned, in percent. */
  readonly kept: number;
  /** Of the group, or example, that needed the most. */
  readonly tries: number;
  readonly longestMs: number;
}

/**
 * `examples` of all writers; with `slowMs` there is one more, so much further away, which `rate` leaves out.
 * @throws Error where one is lost or learned twice, in a way that promises it is not.
 */
export async function learnTogether(
  session: Session,
  way: Way,
  writers: number,
  examples: number,
  slowMs?: number,
): Promise<Together> {
  const server = await startRedis(session, { durable: true });
  const each = Math.ceil(examples / writers);
  const program = join(import.meta.dirname, "redis-writer.ts");
  const start = (...more: readonly string[]) =>
    session.node([program, String(server.port), way, String(each), ...more]);
  const slow = slowMs === undefined ? [] : [start(String(slowMs))];
  const running = [...Array.from({ length: writers }, () => start()), ...slow];
  for (const writer of running) await writer.find(/^ready$/);
  for (const { child } of running) child.stdin?.write("go\n");
  const reports: Report[] = [];
  for (const writer of running) {
    const [text] = await writer.find(/^\{.*$/);
    reports.push(JSON.parse(text) as Report);
  }
  const total = each * running.length;
  const count = await counted(server.port, way);
  await server.kill();
  if (way !== "plain") assert(count === total, `${way}: ${total} examples were answered, ${count} learned`);
  const near = reports.slice(0, writers);
  const milliseconds = Math.max(...near.map(({ end }) => end)) - Math.min(...near.map(({ begin }) => begin));
  return {
    cpu: microsecondsEach(
      near.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      each * writers,
    ),
    rate: ((each * writers) / Math.max(1, milliseconds)) * 1000,
    kept: (count / total) * 100,
    tries: Math.max(...reports.map(({ tries }) => tries)),
    longestMs: Math.max(...reports.map(({ longestMs }) => longestMs)),
  };
}

async function counted(port: number, way: Way): Promise<number> {
  const sets = Number(/^sets:(\d+)$/.exec(way)?.[1] ?? 0);
  if (way === "watch" || way === "plain") {
    const redis = new Redis(port, "127.0.0.1");
    const text = await redis.get(SET);
    redis.disconnect();
    return countIn(text ?? "");
  }
  const { store, close } = await openCommitters(port, pipeline);
  const names = sets === 0 ? [SET] : Array.from({ length: sets }, (_, n) => `${SET}/${n}`);
  let count = 0;
  for (const name of names) count += countIn((await store.load(name)).state);
  await close();
  return count;
}

function countIn(state: string): number {
  return state === "" ? 0 : (JSON.parse(state) as { count: number }).count;
}
