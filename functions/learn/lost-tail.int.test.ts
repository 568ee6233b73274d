// A Redis that loses what it had acknowledged, really: weights and learned ids go back together. It is noticed, nobody
// writes on what is gone, and what is sent again makes up for just what was lost.

import { statSync, truncateSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../lib/clock.ts";
import { createStoreWatch, STORE_REGRESSED } from "../lib/lost-commits/watch.ts";
import { addressOf, hasRedisServer, pause, type RedisServer, startRedis } from "../lib/store/fixtures/redis-server.ts";
import { proxyBefore } from "../lib/store/fixtures/tcp-proxy.ts";
import { open as openRedis, untilAnswered } from "../lib/store/fixtures/unwell-redis.ts";
import type { Store } from "../lib/store/store.ts";
import { type Log, silentLog } from "../lib/telemetry/log.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { closeAll, example, LINE, learner, modelsOf, open, range, stateOf } from "./fixtures/line.ts";

afterEach(closeAll);

const ALL = range(40);
/** What is still there after the loss; the rest is the gap. */
const KEPT = 20;
/** Of the gap, and of what came before it. */
const GENEROUS = ALL.slice(KEPT / 2);

/** As it was served when there was a version for each example before it. */
const served = (i: number) =>
  example(i, { served: { generation: "1", version: i, model: "line", values: { line: i / 2, mean: 1 } } });

/** A learner as a process would be one, with what it has noticed. */
function process(store: Store) {
  const telemetry = createTelemetry();
  const hints: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => void hints.push(message) };
  const watch = createStoreWatch({ clock: systemClock, telemetry, log, activity: store.activity });
  const { handle, pipeline } = learner(store, LINE, { telemetry, watch });
  return { handle, pipeline, hints, noticed: async () => (await telemetry.storeRegressed.get()).values[0]?.value ?? 0 };
}

async function learnInTurn({ handle }: Pick<ReturnType<typeof process>, "handle">, numbers: readonly number[]) {
  for (const i of numbers) await untilAnswered(() => handle(served(i)));
}

async function undisturbed() {
  const store = open();
  const learning = process(store);
  await learnInTurn(learning, ALL);
  return { models: await modelsOf(store), state: await stateOf(store, learning.pipeline) };
}

/** Learned to the end on a store that lost its tail, whatever did it. */
async function expectUndisturbed(store: Store, pipeline: Parameters<typeof stateOf>[1]) {
  const { models, state } = await undisturbed();
  const { version: _, ...expected } = state;
  expect(await stateOf(store, pipeline)).toMatchObject(expected);
  expect(await modelsOf(store)).toEqual(models);
}

async function expectRefused(store: Store, lost: string) {
  const commit = { generation: "1", expectedRevision: lost, revision: "f".repeat(32), state: "{}", ids: [] };
  expect(await store.models.commit("line", commit)).toMatchObject({
    outcome: "conflict",
    current: { version: KEPT },
  });
}

async function untilMarked(store: Store): Promise<string> {
  for (;;) {
    const [newest] = await store.activity.tail(1);
    if (newest?.kind === STORE_REGRESSED) return newest.detail;
    await pause(5);
  }
}

const versionIn = (redis: RedisServer) => redis.cli("HGET", "{line}:state:1", "version");

describe.runIf(hasRedisServer)("a Redis that lost its tail", { tags: ["redis"] }, () => {
  test("its append-only file cut short: the writer that held what is lost notices, and the gap makes up for it", async () => {
    const redis = await startRedis("--aof-load-truncated", "yes");
    const store = openRedis(redis.address());
    const writer = process(store);
    await learnInTurn(writer, ALL.slice(0, KEPT));
    const kept = statSync(redis.appendOnlyFile()).size;
    await learnInTurn(writer, ALL.slice(KEPT));
    const { version, revision } = await store.models.head("line");
    await redis.kill();
    truncateSync(redis.appendOnlyFile(), kept + 30); // in the middle of a commit
    await redis.start();

    expect(version).toBe(ALL.length);
    expect((await untilAnswered(() => store.models.head("line"))).version).toBe(KEPT);
    expect(await store.models.learnedCount("line")).toBe(KEPT);
    await expectRefused(store, revision);
    await learnInTurn(writer, GENEROUS);

    expect(await writer.noticed()).toBe(1);
    expect(await untilMarked(store)).toMatch(/lost some of line: it has version 20, and 40 was there/);
    await expectUndisturbed(store, writer.pipeline);
  });

  test("a replica that was cut off and then promoted: a fresh process logs a hint by what was served, and the gap makes up for it", async () => {
    const primary = await startRedis();
    const [link, name] = await Promise.all([proxyBefore(primary.port), proxyBefore(primary.port)]);
    const replica = await startRedis("--replicaof", "127.0.0.1", String(link.port));
    const store = openRedis(addressOf(name.port));
    const writer = process(store);
    await learnInTurn(writer, ALL.slice(0, KEPT));
    while (versionIn(replica) !== String(KEPT)) await pause(10);
    link.cut();
    await learnInTurn(writer, ALL.slice(KEPT));
    const { version, revision } = await store.models.head("line");
    name.leadTo(replica.port);
    await primary.kill();
    replica.cli("REPLICAOF", "NO", "ONE");

    expect(version).toBe(ALL.length);
    expect((await untilAnswered(() => store.models.head("line"))).version).toBe(KEPT);
    await expectRefused(store, revision);
    const fresh = process(openRedis(addressOf(name.port)));
    await untilAnswered(() => Promise.all(GENEROUS.map((i) => fresh.handle(served(i)))));

    expect(await fresh.noticed()).toBe(0); // anybody may have written what an event says of itself
    expect(fresh.hints.length).toBeGreaterThan(0);
    expect(fresh.hints[0]).toMatch(/an example of line says that version \d+ served it, and the store has 20/);
    await expectUndisturbed(store, writer.pipeline);
  });

  test("a failover in the middle of a commit whose answer is lost: the retry finds its own, and it is made once", async () => {
    const primary = await startRedis();
    const [link, name] = await Promise.all([proxyBefore(primary.port), proxyBefore(primary.port)]);
    const replica = await startRedis("--replicaof", "127.0.0.1", String(link.port));
    const store = openRedis(addressOf(name.port));
    const writer = process(store);
    await learnInTurn(writer, ALL.slice(0, -1));
    const last = served(ALL.length - 1);
    const lost = name.loseAnswerOf(String(last["learnedid"]));

    const answer = writer.handle(last).catch((error: unknown) => error);
    await lost;
    name.cut();
    while (versionIn(replica) !== String(ALL.length)) await pause(10);
    await primary.kill();
    replica.cli("REPLICAOF", "NO", "ONE");
    name.leadTo(replica.port);
    name.heal();
    await answer; // as committed, or as one to send again
    await untilAnswered(() => writer.handle(last));

    expect(await writer.noticed()).toBe(0);
    expect((await store.models.head("line")).version).toBe(ALL.length);
    await expectUndisturbed(store, writer.pipeline);
  });
});
