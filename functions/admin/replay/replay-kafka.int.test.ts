// A Kafka of several partitions as the log, a Redis as the store: a generation of several model sets put in force while the
// stream goes on.

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { parseKafkaAddress } from "../../lib/broker/kafka/address.ts";
import { kafkaForTests, newName, noKafka } from "../../lib/broker/kafka/under-test.contract.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import { newNamespace, redisForTests } from "../../lib/store/fixtures/redis-server.ts";
import type { RedisAddress } from "../../lib/store/redis/address.ts";
import {
  cleanUp,
  label,
  observation,
  pause,
  root,
  type Sent,
  settled,
  startHere,
  temporaryFolder,
} from "../../local/wadi-under-test.contract.ts";
import { ended, replaysOf, sendAll } from "./replay-under-test.contract.ts";

const redis = await redisForTests();
const reason = noKafka ?? (redis === undefined ? "there is no redis-server on the path" : undefined);
const ORIGINS = ["A", "B", "C"];

afterEach(cleanUp);

async function startShared() {
  const pipelinesFolder = temporaryFolder();
  const flights = readFileSync(join(root, "helm/pipelines/flights.yaml"), "utf8");
  writeFileSync(join(pipelinesFolder, "flights.yaml"), `${flights}\nmodelPer: origin\n`);
  copyFileSync(join(root, "helm/pipelines/line.yaml"), join(pipelinesFolder, "line.yaml"));
  const brokers = (await kafkaForTests()).join(",");
  const kafka = parseKafkaAddress(`${brokers}?namespace=${newName("replay")}&partitions=3`);
  if (kafka === undefined) throw new Error("no address");
  const store = { ...(redis as RedisAddress), namespace: newNamespace() };
  const archive = { place: { kind: "folder", folder: join(temporaryFolder(), "archive") }, everyMs: 1000 } as const;
  return startHere(temporaryFolder(), { pipelinesFolder, kafka, store, archive });
}

/** Departures `from` up to `to`, of each origin in turn: the truth of every other one comes later. */
function stream(from: number, to: number): readonly Sent[] {
  const events: Sent[] = [];
  for (let i = from; i < to; i++) {
    const sent = observation(i, i % 2 === 0);
    events.push({ ...sent, data: { ...sent.data, origin: ORIGINS[i % 3] as string } });
  }
  for (let i = from; i < to; i++) if (i % 2 === 1) events.push(label(i));
  return events;
}

describe.skipIf(reason !== undefined)("on a real Kafka and Redis", { tags: noKafka ? ["kafka"] : ["redis"] }, () => {
  test("promoted under load, all sets of a generation take over, and no example is lost or learned twice", async () => {
    const wadi = await startShared();
    const { models } = wadi.store;
    const line = { specversion: "1.0", type: "dev.wadi.observation", source: "/t", pipeline: "line" };
    for (let i = 0; i < 20; i++) await wadi.broker.publish({ ...line, id: `${i}`, data: { x: i / 10, y: i } });
    await sendAll(wadi, stream(0, 120));
    await settled(wadi);
    let sent = 120;
    let go = true;
    const load = (async () => {
      for (; go; sent += 12) await sendAll(wadi, stream(sent, sent + 12));
    })();
    const replays = replaysOf(wadi);

    const told = await ended(replays, { pipeline: "flights", into: "better", promote: true });
    const later = sent;
    while (sent < later + 24) await pause(5);
    go = false;
    await load;
    await settled(wadi);

    expect(told).toMatchObject({ state: "done", promoted: true, rejected: {} });
    const sets = await models.sets({ prefix: "flights/" });
    expect(sets).toEqual(ORIGINS.map((origin) => `flights/${origin}`));
    for (const set of sets) {
      const { generation, state } = await models.load(set);
      expect(generation).toBe("better");
      expect((JSON.parse(state) as ModelSetState).count).toBe(sent / 3);
      expect(await models.learnedCount(set)).toBe(sent / 3);
      expect(await models.previous(set)).toBe("1");
    }
    expect(await models.head("line")).toMatchObject({ generation: "1" });
    expect(wadi.broker.status().deadLetters).toBe(0);

    const archived = await ended(replays, { pipeline: "flights", into: "archived", fromArchive: true, promote: true });

    expect(archived).toMatchObject({ state: "done", promoted: true, rejected: {}, examples: sent });
    for (const set of sets) {
      expect(await models.load(set)).toMatchObject({ generation: "archived" });
      expect(await models.learnedCount(set)).toBe(sent / 3);
    }
  }, 120_000);
});
