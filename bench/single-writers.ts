// Writers that commit one example at a time to one model set in a Redis of their own, whose state is as large as is wanted.

import { join } from "node:path";
import { Redis } from "ioredis";
import { openCommitters } from "./committers.ts";
import { pipeline, SET } from "./eight.ts";
import { startRedis } from "./redis-server.ts";
import { assert, microsecondsEach } from "./row.ts";
import type { Session } from "./session.ts";
import { type SingleReport, WARM } from "./single-writer.ts";
import { widen } from "./wide-set.ts";

export interface Singles {
  /** Commits in a second, of all writers. */
  readonly rate: number;
  /** Microseconds of CPU for each, by who used it. */
  readonly writers: number;
  readonly redis: number;
  /** Of all writers: how often one began, or went on after another; and what the slowest commit took. */
  readonly turns: number;
  readonly longestMs: number;
}

/** @throws Error where an example is lost or learned twice. */
export async function commitSingly(
  session: Session,
  { writers, commits, stateBytes }: { readonly writers: number; readonly commits: number; readonly stateBytes: number },
): Promise<Singles> {
  const server = await startRedis(session, { durable: true });
  const redis = new Redis(server.port, "127.0.0.1");
  const before = await widen(server.port, stateBytes);
  const each = Math.ceil(commits / writers);
  const program = join(import.meta.dirname, "single-writer.ts");
  const running = Array.from({ length: writers }, () => session.node([program, String(server.port), String(each)]));
  for (const writer of running) await writer.find(/^ready$/);
  const used = await redisSeconds(redis);
  for (const { child } of running) child.stdin?.write("go\n");
  const reports: SingleReport[] = [];
  for (const writer of running) reports.push(JSON.parse((await writer.find(/^\{.*$/))[0]) as SingleReport);
  const redisUsed = (await redisSeconds(redis)) - used;
  const committers = await openCommitters(server.port, pipeline);
  const learned = await committers.store.learnedCount(SET);
  await committers.close();
  redis.disconnect();
  await server.kill();
  const all = each * writers;
  const expected = before + all + WARM * writers;
  assert(learned === expected, `${expected} examples were answered, ${learned} learned`);
  const milliseconds = Math.max(...reports.map(({ end }) => end)) - Math.min(...reports.map(({ begin }) => begin));
  const cpu = reports.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return {
    rate: (all / Math.max(1, milliseconds)) * 1000,
    writers: microsecondsEach(cpu, all),
    redis: microsecondsEach(redisUsed, all),
    turns: reports.reduce((sum, { turns }) => sum + turns, 0),
    longestMs: Math.max(...reports.map(({ longestMs }) => longestMs)),
  };
}

/** Seconds of CPU that Redis has used, to the microsecond. */
async function redisSeconds(redis: Redis): Promise<number> {
  const text = await redis.info("cpu");
  return ["sys", "user"].reduce((sum, kind) => sum + Number(new RegExp(`used_cpu_${kind}:(\\S+)`).exec(text)?.[1]), 0);
}
