// What a life is said to wait for, or how it ended, where that is seldom seen: with a store and a broker of the test's own.

import { expect, onTestFinished, test } from "vitest";
import type { Answer } from "../lib/broker/broker.ts";
import { eventOf, quiet, settled, subscriberOf, triggerOf } from "../lib/broker/broker-under-test.contract.ts";
import { openEmbeddedBroker } from "../lib/broker/embedded/embedded.ts";
import { manualClock } from "../lib/clock.ts";
import { NotFoundError } from "../lib/errors.ts";
import { observationKey } from "../lib/events/identity.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import { PIPELINES } from "./fixtures/running.ts";
import { createAdmin } from "./local-admin.ts";

/** How long a record is kept. */
const KEPT_MS = 7_200_000;

/** The observation `s` of the pipeline `line`, labelled; `learn` answers what the test says. */
async function labelled(answer: Answer | Promise<never>) {
  const clock = manualClock();
  const store = openSqliteStore(":memory:", { now: clock.now, joinWindowMs: () => KEPT_MS });
  const trigger = triggerOf({ name: "learn" });
  const broker = await openEmbeddedBroker({
    path: ":memory:",
    triggers: [{ trigger, subscriber: subscriberOf(() => answer) }],
    clock,
    graceMs: 0,
  });
  onTestFinished(async () => {
    const stopped = broker.stop();
    clock.advance(1);
    await stopped;
    await store.close();
  });
  await store.joins.putObservation({
    pipeline: "line",
    key: observationKey("line", "s"),
    source: "/a",
    id: "1",
    learnedId: "77",
    set: "line",
    time: clock.now(),
    recordedTime: clock.now(),
    x: { x: 1 },
    y: 2,
  });
  const about = { version: "1", node: "v24" };
  const options = { store, storeKind: "sqlite", broker, about };
  const pipelines = loadPipelines(PIPELINES);
  const only = new Map([...pipelines].filter(([name]) => name === "line"));
  const publish = (attributes: object = {}) =>
    broker.publish(eventOf("e", { subject: "s", pipeline: "line", ...attributes }));
  return {
    broker,
    store,
    clock,
    publish,
    admin: createAdmin({ ...options, pipelines }),
    alone: createAdmin({ ...options, pipelines: only }),
    cluster: createAdmin({ ...options, pipelines, namesMaySpoil: true }),
  };
}

const refusal = (reason: string): Answer => ({ status: 422, headers: { "kne-wadireason": reason }, body: "no" });

test("an example that is under way waits to be learned", async () => {
  const { admin, publish } = await labelled(new Promise<never>(() => {}));
  await publish();
  await quiet();

  const { state, steps } = await admin.trace("line", "s");

  expect(state).toBe("labelled; waits to be learned: 1 event is not handled yet");
  expect(steps.map(({ what }) => what)).toEqual(["observed", "labelled"]);
});

test.each([
  ["outside-window", "came too late to be learned (outside-window): see dead letter 1"],
  ["payload", "could not be learned (payload): see dead letter 1"],
])("an example that learn refused for %s says so, until its dead letter is gone", async (reason, words) => {
  const { admin, broker, publish } = await labelled(refusal(reason));
  await publish();
  await settled(broker);

  expect((await admin.trace("line", "s")).state).toBe(words);
  await broker.deadLetters.drop([1]);

  expect((await admin.trace("line", "s")).state).toMatch(/^labelled, and not learned: nothing of it is under way/);
});

test("what the generation in force has learned is learned", async () => {
  const { admin, store, clock } = await labelled({ status: 202 });
  const ids = [{ id: "77", expiresAt: clock.now() + 1 }];

  await store.models.commit("line", { generation: "1", expectedRevision: "", revision: "r", state: "{}", ids });

  expect(await admin.trace("line", "s")).toMatchObject({ state: "learned" });
});

test("it waits for its label until the end of the horizon, though its record is kept longer", async () => {
  const { admin, store, clock } = await labelled({ status: 202 });
  const recordedTime = clock.now();
  const half = { pipeline: "line", source: "/a", learnedId: "78", set: "line", time: 0, x: { x: 1 } };
  await store.joins.putObservation({ ...half, key: observationKey("line", "waits"), id: "2", recordedTime });

  const { state, labelUntil, expiresAt } = await admin.trace("line", "waits");

  const horizon = loadPipelines(PIPELINES).get("line")?.labelHorizonMs ?? 0;
  expect(expiresAt).toBe(recordedTime + KEPT_MS);
  expect(labelUntil).toBe(recordedTime + horizon);
  expect(horizon).toBeLessThan(KEPT_MS);
  expect(state).toBe(`waits for its label until ${new Date(recordedTime + horizon).toISOString()}`);
  expect((await admin.trace("line", "s")).labelUntil).toBeUndefined();
});

test("when its time is over nothing is known of it", async () => {
  const { admin, clock } = await labelled({ status: 202 });
  clock.advance(KEPT_MS);

  await expect(admin.trace("line", "s")).rejects.toBeInstanceOf(NotFoundError);
});

test("a dead letter that names no pipeline is told of where there is only one", async () => {
  const { admin, alone, broker, publish } = await labelled(refusal("schema"));
  await publish({ subject: "t", pipeline: undefined });
  await settled(broker);

  expect((await alone.trace("line", "t")).state).toBe("given up by learn (schema): see dead letter 1");
  await expect(admin.trace("line", "t")).rejects.toBeInstanceOf(NotFoundError);
});

test("a store that is away shows in the status, and in no other answer", async () => {
  const { admin, store } = await labelled({ status: 202 });
  await store.close();

  const status = await admin.status();

  expect(status.store.missing).toMatch(/store .* cannot be used/);
  expect(status.triggers).toHaveLength(1);
  await expect(admin.models({})).rejects.toThrow(/cannot be used/);
  await expect(admin.trace("line", "s")).rejects.toThrow(/cannot be used/);
});

test("on a cluster a name that the Broker may have spoilt is marked, with the cure", async () => {
  const { admin, cluster, store, clock } = await labelled({ status: 202 });
  await store.joins.putObservation({
    pipeline: "line",
    key: observationKey("line", "??"),
    source: "/a",
    id: "2",
    learnedId: "78",
    set: "line",
    time: clock.now(),
    recordedTime: clock.now(),
    x: { x: 1 },
    y: 2,
  });

  const [whole, marked, elsewhere] = await Promise.all([
    cluster.trace("line", "s"),
    cluster.trace("line", "??"),
    admin.trace("line", "??"),
  ]);

  expect([whole.spoilt, elsewhere.spoilt]).toEqual([undefined, undefined]);
  expect(marked.spoilt).toMatch(/its subject holds a \?.*binary mode.*event\.subject/);
});
