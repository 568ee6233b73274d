// What a learned id takes in Redis: as a commit keeps it, and in one plain set.

import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { parseRedisAddress } from "../functions/lib/store/redis/address.ts";
import { openRedisStore } from "../functions/lib/store/redis/redis.ts";
import { makeIds, SET } from "./eight.ts";
import { startRedis } from "./redis-server.ts";
import { assert } from "./row.ts";
import type { Session } from "./session.ts";

const HOUR = 3_600_000;
const KEPT_MS = 29 * 24 * HOUR;
const GROUP = 1000;

/** Bytes of Redis's memory an id. @throws Error where an id is not known afterwards. */
export async function bytesAnId(session: Session, kind: "committed" | "plain", count: number): Promise<number> {
  const server = await startRedis(session, { durable: false });
  const redis = new Redis(server.port, "127.0.0.1");
  const before = await memory(redis);
  if (kind === "committed") await commitIds(server.port, count);
  else {
    for (let n = 0; n < count; n += GROUP) await redis.sadd(SET, ...makeIds(GROUP));
    assert((await redis.scard(SET)) === count, `${count} ids should be in the set`);
  }
  const bytes = ((await memory(redis)) - before) / count;
  redis.disconnect();
  await server.kill();
  return bytes;
}

async function commitIds(port: number, count: number): Promise<void> {
  const address = parseRedisAddress(`redis://127.0.0.1:${port}`);
  assert(address !== undefined, `${port} is no port`);
  const { models, close } = openRedisStore(address, { now: Date.now, joinWindowMs: () => HOUR });
  const expiresAt = Date.now() + KEPT_MS;
  let expectedRevision = "";
  let ids: readonly string[] = [];
  for (let n = 0; n < count; n += GROUP) {
    ids = makeIds(GROUP);
    const revision = randomBytes(16).toString("hex");
    const state = JSON.stringify({ count: n + GROUP });
    const commit = { generation: "1", expectedRevision, revision, state, ids: ids.map((id) => ({ id, expiresAt })) };
    const { outcome } = await models.commit(SET, commit);
    assert(outcome === "committed", `the answer to a commit is ${outcome}`);
    expectedRevision = revision;
  }
  assert((await models.learnedCount(SET)) === count, `${count} ids should be learned`);
  assert((await models.learnedOf(SET, ids)).length === GROUP, "the ids of the last commit should be learned");
  await close();
}

async function memory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
}
