// Flights committed without the steps before `learn`, as the flights pipeline is shipped: what Redis writes to its append-only log for one
// of them, and a store that has learned millions.

import { join } from "node:path";
import { Redis } from "ioredis";
import { loadPipelines } from "../functions/lib/pipeline/load.ts";
import type { Pipeline } from "../functions/lib/pipeline/pipeline.ts";
import { openStore } from "../functions/lib/store/open.ts";
import { committersOf, idExpiry, openCommitters } from "./committers.ts";
import { makeIds, type Unserved } from "./eight.ts";
import { labelledFlights } from "./flights.ts";
import { startRedis } from "./redis-server.ts";
import { assert } from "./row.ts";
import { ROOT, type Session } from "./session.ts";

const SET = "flights";
const PIPELINES = loadPipelines(join(ROOT, "helm/pipelines"));
const SHIPPED = PIPELINES.get(SET) as Pipeline;
/** The bytes on disk do not ask for small commits: many examples in each save time. */
const LARGE_GROUP = 5000;

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

/**
 * Learns flights into a data folder that no program has open, until `until` are learned there: their ids, and a point of history for
 * each commit, are then what a life of so many events would have left.
 */
export async function age(folder: string, until: number, progress: (learned: number) => void): Promise<void> {
  const store = await openStore({ kind: "sqlite", path: join(folder, "store.db") }, PIPELINES, {}, Date.now);
  const committers = await committersOf(store, SHIPPED, { groupLimit: LARGE_GROUP });
  const committer = committers.of(SET);
  const [examples, expiresAt] = [flightExamples(LARGE_GROUP), idExpiry()];
  for (let learned = await store.models.learnedCount(SET); learned < until; ) {
    const some = examples.slice(0, until - learned);
    const ids = makeIds(some.length);
    await Promise.all(
      some.map((example, i) => committer.learn({ ...example, learnedId: { id: ids[i] as string, expiresAt } })),
    );
    learned += some.length;
    progress(learned);
  }
  const learned = await store.models.learnedCount(SET);
  assert(learned === until, `${until} examples should be learned, and ${learned} are`);
  await committers.close();
}

function flightExamples(count: number): readonly Unserved[] {
  return labelledFlights(0, count).map(({ data }) => {
    const { delay } = data as { delay: number };
    const { record } = SHIPPED.decodeJson(data as Readonly<Record<string, string | number>>);
    return { set: SET, time: 0, x: SHIPPED.extract(record), y: delay };
  });
}

async function logBytes(redis: Redis): Promise<number> {
  return Number(/aof_current_size:(\d+)/.exec(await redis.info("persistence"))?.[1]);
}
