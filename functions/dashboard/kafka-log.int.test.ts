// The log of the dashboard in a real Kafka: one whose topics come after the dashboard, as in a cluster that is being set up; and what
// it tells while somebody looks.

import { Kafka, logLevel } from "kafkajs";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Answer, Filter } from "../lib/broker/broker.ts";
import {
  accepted,
  eventOf,
  gate,
  replyTo,
  subscriberOf,
  triggerOf,
  until,
} from "../lib/broker/broker-under-test.contract.ts";
import { type KafkaAddress, parseKafkaAddress, topicOf } from "../lib/broker/kafka/address.ts";
import { openKafkaBroker } from "../lib/broker/kafka/kafka.ts";
import { kafkaForTests, newName, noKafka } from "../lib/broker/kafka/under-test.contract.ts";
import { systemClock } from "../lib/clock.ts";
import { type Event, EventType, STEPS } from "../lib/events/vocabulary.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { openKafkaLog } from "./kafka-log.ts";

const FILTERS: ReadonlyMap<string, readonly Filter[]> = new Map([
  ["validate", [{ exact: { type: EventType.observation } }]],
  ["featurize", [{ exact: { type: EventType.observationValidated } }]],
  ["predict", [{ exact: { type: EventType.featuresExtracted } }]],
  ["learn", [{ exact: { type: EventType.featuresExtracted, labelled: "true" } }]],
]);

async function newAddress(): Promise<KafkaAddress> {
  const brokers = await kafkaForTests();
  return parseKafkaAddress(`${brokers.join(",")}?namespace=${newName("t")}&partitions=2`) as KafkaAddress;
}

function openLog(kafka: KafkaAddress) {
  const config = { kafka, kafkaLogin: undefined, triggers: FILTERS };
  const log = openKafkaLog({ config, retention: {}, clock: systemClock, log: silentLog });
  onTestFinished(() => log.stop());
  return log;
}

/** Who delivers, as the triggers of Wadi. */
async function work(address: KafkaAddress, answer: (step: string, event: Event) => Answer | Promise<Answer>) {
  const triggers = STEPS.map((name) => ({
    trigger: { ...triggerOf({ filters: FILTERS.get(name) ?? [] }), name },
    subscriber: subscriberOf((event) => answer(name, event)),
  }));
  const broker = await openKafkaBroker({ address, triggers, clock: systemClock, graceMs: 1000 });
  onTestFinished(() => broker.stop());
  return broker;
}

describe.skipIf(noKafka !== undefined)("a real Kafka", { tags: ["kafka"] }, () => {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  beforeAll(kafkaForTests);

  test("topics that are not there yet are told as missing; once they are, lag and letters are there, and no group is joined", async () => {
    const kafka = await newAddress();
    const log = openLog(kafka);
    await expect(log.reached()).rejects.toThrow(/topic|partition/i);
    expect(log.status()).toMatchObject({ triggers: [], deadLetters: 0 });
    await expect(log.along?.look()).rejects.toThrow(/topic|partition/i);

    const refused = { status: 422, headers: { "kne-wadireason": "schema" }, body: "" };
    const broker = await work(kafka, () => refused);
    for (const [type] of [[EventType.observation], [EventType.observationValidated], [EventType.featuresExtracted]])
      await broker.publish(eventOf("a", { type, labelled: "true" }));
    await until(() => broker.status().deadLetters === STEPS.length);

    // It looks again by itself when somebody asks how things are.
    await until(() => {
      void log.check().catch(() => {});
      return log.status().deadLetters === STEPS.length;
    });
    expect((await log.deadLetters.list({ limit: 10 })).map(({ trigger }) => trigger).sort()).toEqual([...STEPS].sort());
    expect(log.status().triggers.map(({ name }) => name)).toEqual([...STEPS]);
    await until(() => log.status().triggers.every(({ lag }) => lag === 0));
  });

  test("who looks sees each event once, what clients sent, what each trigger has handled of what it takes, and how old what waits is", async () => {
    const kafka = await newAddress();
    const opened = gate();
    const broker = await work(kafka, async (step, event) => {
      if (step === "validate" && event.id === "bad")
        return { status: 422, headers: { "kne-wadireason": "schema" }, body: "" };
      if (step === "validate") return { status: 200, event: replyTo(event, EventType.observationValidated) };
      await opened.promise;
      return accepted;
    });
    const of = (id: string) => eventOf(id, { type: EventType.observation, partitionkey: id });
    await broker.publishAll(["a", "b"].map(of));
    await until(() => broker.status().triggers[0]?.handled === 2);
    const log = openLog(kafka);
    const [seen, letters]: string[][] = [[], []];
    const look = () => log.along?.look();
    log.along?.tap(
      ({ id, type }, { hops }) => seen?.push(`${id} ${type} ${hops}`),
      ({ id }, { trigger }) => letters?.push(`${id} ${trigger}`),
    );
    const figures = (name: string) => log.status().triggers.find((one) => one.name === name);

    await look();
    // Until the group has said that it has handled the first two, they may still be counted.
    await until(() => figures("validate")?.lag === 0 && figures("validate")?.handled !== undefined);
    const handled = figures("validate")?.handled ?? 0;
    await broker.publishAll([...["c", "d", "bad"].map(of), eventOf("x", { type: "dev.wadi.mistyped" })]);
    await until(
      () => figures("validate")?.handled === handled + 3 && figures("featurize")?.lag === 4 && letters?.length === 1,
    );
    const { received, unmatched, countedSince = 0 } = log.status();

    expect({ received, unmatched, letters }).toEqual({ received: 4, unmatched: 1, letters: ["bad validate"] });
    expect(countedSince).toBeLessThanOrEqual(Date.now());
    expect(figures("validate")).toEqual({ name: "validate", lag: 0, lagSeconds: 0, handled: handled + 3 });
    expect(figures("featurize")).toMatchObject({ lag: 4, handled: 0 });
    expect(figures("featurize")?.lagSeconds).toBeGreaterThan(0);
    expect(figures("learn")).toEqual({ name: "learn", lag: 0, lagSeconds: 0, handled: 0 });
    opened.resolve();
    await until(() => figures("featurize")?.handled === 4 && figures("featurize")?.lag === 0);
    const derived = ["a", "b", "c", "d"].map((id) => `${id} ${EventType.observationValidated} 1`);
    const clients = ["a", "b", "c", "d", "bad"].map((id) => `${id} ${EventType.observation} 0`);
    expect(seen?.toSorted()).toEqual([...clients, ...derived, "x dev.wadi.mistyped 0"].sort());
    const admin = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    const { groups } = await admin.listGroups();
    const members = await admin.describeGroups(groups.map(({ groupId }) => groupId).filter((id) => /^wadi-/.test(id)));
    const topics = members.groups.flatMap((group) => group.members.map(({ memberMetadata }) => String(memberMetadata)));
    expect(topics.filter((text) => text.includes(topicOf(kafka)))).toEqual([]);
  });
});
