// The real event log, at length: three Wadis share one Kafka and one Redis; three producers send what they have once, twice
// or three times; each Wadi is killed, and Kafka and Redis are. `make soak` is the long run of this very code.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { type KafkaAddress, parseKafkaAddress, topicOf } from "../lib/broker/kafka/address.ts";
import { openTopicLog } from "../lib/broker/kafka/log/topic-log.ts";
import { newName, noOwnKafka, ownKafka } from "../lib/broker/kafka/under-test.contract.ts";
import { asError } from "../lib/errors.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { hasRedisServer, startRedis } from "../lib/store/fixtures/redis-server.ts";
import {
  deliverAll,
  endMembers,
  lagOf,
  meanOf,
  outcome,
  send,
  shuffledDeliveries,
  startMember,
} from "./members.contract.ts";

afterEach(endMembers);

const LONG = process.env["SOAK"] === "long";
const SIZE = LONG ? { observations: 100_000, rounds: 3 } : { observations: 450, rounds: 1 };
/** Of three producers together. */
const UNDER_WAY = 96;
const KEYS = 200;
const seed = Number(process.env["SOAK_SEED"] ?? Date.now() % 2 ** 31);
const key = (i: number) => `k${i % KEYS}`;

/** The topology with every step in order: what is derived of one key keeps its order. */
function orderedValues(): string {
  const folder = mkdtempSync(join(tmpdir(), "wadi-values-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const text = readFileSync(join(import.meta.dirname, "../../helm/values.yaml"), "utf8");
  const file = join(folder, "values.yaml");
  writeFileSync(file, text.replaceAll("order: unordered", "order: ordered"));
  return file;
}

/** What lies in the topics: per key, the events of two types by first appearance; and how many dead letters. */
async function logged(address: KafkaAddress) {
  const kafka = new Kafka({ brokers: [...address.brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const log = openTopicLog({ kafka, topic: topicOf(address), admin: async () => admin, failure: asError });
  const keyOf = new Map<string, string>();
  const orders = { validated: new Map<string, Set<string>>(), extracted: new Map<string, Set<string>>() };
  const read: Event[] = [];
  for await (const { events } of log.read(await log.start(), await log.end(), TYPES)) read.push(...events);
  // An effect may lie before its cause: partitions are read by the time, and clocks are of several processes.
  for (const type of TYPES) {
    for (const event of read.filter((one) => one.type === type)) {
      const isValidated = event.type === EventType.observationValidated;
      const order = isValidated ? orders.validated : orders.extracted;
      // Before an ordered learn the key is that of the model set; whose it was is known by the id.
      if (isValidated) keyOf.set(event.id, String(event["partitionkey"]));
      const of = keyOf.get(event.id) ?? "of nobody";
      order.set(of, (order.get(of) ?? new Set()).add(event.id));
    }
  }
  const letters = await admin.fetchTopicOffsets(address.deadLetters);
  await log.close();
  await admin.disconnect();
  const listed = (order: Map<string, Set<string>>) =>
    Object.fromEntries([...order].sort().map(([of, ids]) => [of, [...ids]]));
  return {
    validated: listed(orders.validated),
    extracted: listed(orders.extracted),
    letters: letters.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0),
  };
}

const TYPES = [EventType.observationValidated, EventType.featuresExtracted];

const isMissing = noOwnKafka !== undefined || !hasRedisServer;
const tags = noOwnKafka ? ["kafka"] : ["redis"];

describe.skipIf(isMissing)("three processes on one Kafka and one Redis", { tags }, () => {
  test(`learn every accepted observation once, in its key's order, whoever is killed (SOAK_SEED=${seed})`, async () => {
    const [kafka, redis] = [await ownKafka(), await startRedis()];
    const text = `${kafka.brokers.join(",")}?namespace=${newName("soak")}&partitions=6`;
    const address = parseKafkaAddress(text) as KafkaAddress;
    const shared = ["--kafka", text, "--redis", `redis://127.0.0.1:${redis.port}`, "--values", orderedValues()];
    const members = await Promise.all([startMember(...shared), startMember(...shared), startMember(...shared)]);
    const redisKilled = () => redis.kill().then(() => redis.start());
    const kafkaKilled = () => kafka.kill().then(() => kafka.start());
    const rounds = Array.from({ length: SIZE.rounds }, (_, round) => (part: number) => (round + part) / SIZE.rounds);
    const started = Date.now();
    let delivered = 0;

    await deliverAll(
      shuffledDeliveries(SIZE.observations, members.length, seed),
      UNDER_WAY,
      async ({ i, to }, hopeless) => {
        await send(members[to]?.url ?? "", i, hopeless, { "ce-partitionkey": key(i) });
        if (LONG && ++delivered % 10_000 === 0) process.stderr.write(`  ${delivered} deliveries accepted\n`);
      },
      LONG
        ? [
            ...rounds.flatMap((at) => members.map((member, i) => ({ at: at(0.2 + 0.2 * i), befall: member.kill }))),
            ...rounds.slice(0, 2).map((at) => ({ at: at(0.5), befall: kafkaKilled })),
            { at: 0.9, befall: redisKilled },
          ]
        : [
            // Together: who is gone is missed by Kafka after ten seconds, and each time takes that long.
            { at: 0.4, befall: () => Promise.all([kafkaKilled(), members[0].kill(), members[1].kill()]) },
            { at: 0.7, befall: redisKilled },
          ],
    );
    const accepted = (Date.now() - started) / 1000;
    for (const { url } of members) while ((await lagOf(url)) > 0) await new Promise((done) => setTimeout(done, 100));
    const seconds = (Date.now() - started) / 1000;
    const codes = await Promise.all(members.map((member) => member.stop()));
    const found = await outcome(redis.address());
    const { validated, extracted, letters } = await logged(address);

    if (LONG) process.stderr.write(`${JSON.stringify({ accepted, seconds, letters, ...found })}\n`);
    expect(codes).toEqual([0, 0, 0]);
    expect(letters).toBe(0);
    expect(found).toMatchObject({ count: SIZE.observations, learned: SIZE.observations, n: SIZE.observations });
    expect(Math.abs(found.mean - meanOf(SIZE.observations))).toBeLessThan(1e-9);
    expect(Object.keys(validated)).toHaveLength(KEYS);
    expect(extracted).toEqual(validated);
  }, 3_600_000);
});
