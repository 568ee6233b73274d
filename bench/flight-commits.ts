// What Redis writes to its append-only log for a commit of one flight, as the flights pipeline is shipped.

import { join } from "node:path";
import { Redis } from "ioredis";
import type { LabelledExample } from "../functions/lib/learners/model-set-state.ts";
import { loadPipeline } from "../functions/lib/pipeline/load.ts";
import { makeIds } from "./eight.ts";
import { labelledFlights } from "./flights.ts";
import { idExpiry, openCommitters } from "./redis-committer.ts";
import { startRedis } from "./redis-server.ts";
import { assert } from "./row.ts";
import { ROOT, type Session } from "./session.ts";

const SHIPPED = loadPipeline(join(ROOT, "helm/pipelines/flights.yaml"));
const SET = SHIPPED.name;

/** Bytes each, over so many commits after `warm` others. @throws Error where one is lost. */
export async function logBytesACommit(session: Session, warm: number, commits: number): Promise<number> {
  const server = await startRedis(session, { durable: true });
  const redis = new Redis(server.port, "127.0.0.1");
  await redis.config("SET", "auto-aof-rewrite-percentage", "0"); // the log is to be as it was written
  const committers = await openCommitters(server.port, SHIPPED);
  const committer = committers.of(SET);
  const [ids, expiresAt] = [makeIds(warm + commits), idExpiry()];
  let before = 0;
  for (const [i, example] of flightExamples(warm + commits).entries()) {
    if (i === warm) before = await logBytes(redis);
    await committer.learn({ ...example, learnedId: { id: ids[i] as string, expiresAt } });
  }
  const bytes = ((await logBytes(redis)) - before) / commits;
  const { version } = await committers.store.head(SET);
  assert(version === warm + commits, `${warm + commits} commits were answered, ${version} made`);
  await committers.close();
  redis.disconnect();
  await server.kill();
  return bytes;
}

function flightExamples(count: number): readonly LabelledExample[] {
  return labelledFlights(0, count).map(({ data }) => {
    const { delay } = data as { delay: number };
    const { record } = SHIPPED.decodeJson(data as Readonly<Record<string, string | number>>);
    return { set: SET, time: 0, x: SHIPPED.extract(record), y: delay };
  });
}

async function logBytes(redis: Redis): Promise<number> {
  return Number(/aof_current_size:(\d+)/.exec(await redis.info("persistence"))?.[1]);
}
