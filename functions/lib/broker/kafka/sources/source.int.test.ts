// Topics as sources, on a real Kafka: everything in them is learned once or is a dead letter with its reason.

import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import avsc from "avsc";
import { Kafka, logLevel, type Message } from "kafkajs";
import { describe, expect, onTestFinished, test } from "vitest";
import { startLocal } from "../../../../local/start.ts";
import { systemClock } from "../../../clock.ts";
import { UnavailableError } from "../../../errors.ts";
import { writeMessage } from "../../../events/kafka-binding.ts";
import type { Event } from "../../../events/vocabulary.ts";
import type { ModelSetState } from "../../../learners/model-set-state.ts";
import { parsePipeline } from "../../../pipeline/parse.ts";
import { transact } from "../transaction.contract.ts";
import { kafkaForTests, newName, noKafka, noOwnKafka, ownKafka } from "../under-test.contract.ts";
import { openTopicSources, type TopicSourcesOptions } from "./source.ts";

const ROOT = join(import.meta.dirname, "../../../../..");
const FLIGHTS = readFileSync(join(ROOT, "helm/pipelines/flights.yaml"), "utf8");
const OBSERVATION = { date: "2001-01-01T08:30:00Z", distance: 1750, origin: "DTW", destination: "LAS" };
/** flights.yaml's, as another system writes it. */
const FLIGHT = avsc.Type.forSchema({
  type: "record",
  name: "Flight",
  fields: [
    { name: "date", type: "long" },
    { name: "distance", type: "double" },
    { name: "origin", type: "string" },
    { name: "destination", type: "string" },
    { name: "delay", type: ["null", "double"], default: null },
  ],
});
const KINDS = { field: "kind", observation: ["departed"], label: ["arrived"] };
const TIMEOUT_MS = 90_000;

const clientOf = (brokers: readonly string[]) =>
  new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 8, initialRetryTime: 100 } });
const withSources = (sources: readonly object[]) => `${FLIGHTS}\nsources: ${JSON.stringify(sources)}\n`;
const json = (value: unknown): Message => ({ value: JSON.stringify(value) });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function makeTopic(kafka: Kafka, topic: string, numPartitions = 2): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
  await admin.disconnect();
}

async function send(kafka: Kafka, topic: string, messages: Message[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
}

/** Offsets up to which the group has committed, by partition. */
async function committed(kafka: Kafka, groupId: string, topic: string): Promise<Record<number, string>> {
  const admin = kafka.admin();
  await admin.connect();
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  await admin.disconnect();
  return Object.fromEntries((found?.partitions ?? []).map(({ partition, offset }) => [partition, offset]));
}

/** The sources of this file, put into `publish`; ended with the test at the latest. */
function read(kafka: Kafka, text: string, publish: TopicSourcesOptions["publish"]) {
  const pipelines = new Map([["flights", parsePipeline(text, "flights.yaml")]]);
  const sources = openTopicSources({ kafka, pipelines, clock: systemClock, publish });
  onTestFinished(() => sources.stop());
  return sources;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "wadi-sources-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe.skipIf(noKafka !== undefined)("on a real Kafka", { tags: ["kafka"] }, () => {
  test(
    "what was aborted is not put in, and the group's offset goes past it",
    async () => {
      const kafka = clientOf(await kafkaForTests());
      const topic = newName("tx");
      await makeTopic(kafka, topic);
      const seen: string[] = [];
      read(kafka, withSources([{ topic, format: "cloudevents" }]), async ({ id }) => void seen.push(id));
      const event = (id: string): Event => ({ specversion: "1.0", id, source: "/s", type: "dev.wadi.observation" });
      const group = `wadi-source-flights-${topic}`;

      await transact(kafka, topic, 2, "commit", (n) => event(`kept-${n}`));
      await transact(kafka, topic, 2, "abort", (n) => event(`aborted-${n}`));
      await until(async () => Object.values(await committed(kafka, group, topic)).every((offset) => offset === "4"));

      expect(seen.sort()).toEqual(["kept-0", "kept-1"]);
    },
    TIMEOUT_MS,
  );

  test(
    "observations and labels of one's own topic are learned, once each, and what cannot be read is a dead letter",
    async () => {
      const kafka = clientOf(await kafkaForTests());
      const topic = newName("flights-raw");
      await makeTopic(kafka, topic);
      const [folder, pipelinesFolder] = [temporaryFolder(), temporaryFolder()];
      const source = { topic, format: "json", id: "no", subject: "no", type: KINDS };
      const text = withSources([source]);
      writeFileSync(join(pipelinesFolder, "flights.yaml"), text);
      const wadi = await startLocal({
        ...{ dataFolder: folder, port: 0, pipelinesFolder, logLevel: "silent" },
        valuesFile: join(ROOT, "helm/values.yaml"),
      });
      onTestFinished(() => wadi.stop());
      const flights = Array.from({ length: 40 }, (_, i) => `F${i}`);
      const departures = flights.map((no) => ({ key: no, ...json({ no, kind: "departed", ...OBSERVATION }) }));
      const arrivals = flights.map((no, i) => ({ key: no, ...json({ no, kind: "arrived", delay: i, gate: "B" }) }));
      const bad = [{ value: "{" }, json({ no: "F1", kind: "lost" }), { key: "k", value: null }, json(["no"])];

      await send(kafka, topic, [...departures, ...bad, ...arrivals, ...departures]);
      const sources = read(kafka, text, (event) => wadi.broker.publish(event));
      const countOf = async () => {
        const { state } = await wadi.store.models.load("flights");
        return state === "" ? 0 : (JSON.parse(state) as ModelSetState).count;
      };
      await until(() => sources.status()[0]?.read === 124);
      await until(async () => (await countOf()) === 40 && wadi.broker.status().triggers.every(({ lag }) => lag === 0));

      const letters = await wadi.broker.deadLetters.list({ limit: 10 });
      expect(sources.status()).toMatchObject([{ pipeline: "flights", topic, read: 124, refused: 4 }]);
      expect(letters.map(({ reason }) => reason).sort()).toEqual([
        "invalid-json",
        "record",
        "tombstone",
        "unknown-type",
      ]);
      const broken = letters.find(({ reason }) => reason === "invalid-json");
      expect(broken?.event).toMatchObject({ type: "dev.wadi.record", data: { topic, value: "{" } });
      expect(await countOf()).toBe(40);
    },
    TIMEOUT_MS,
  );

  test(
    "Avro in Confluent's framing, and CloudEvents, are read",
    async () => {
      const kafka = clientOf(await kafkaForTests());
      const [avroTopic, eventTopic] = [newName("avro"), newName("events")];
      await makeTopic(kafka, avroTopic, 1);
      await makeTopic(kafka, eventTopic, 1);
      const event = { specversion: "1.0", id: "e-1", source: "/gate", type: "dev.wadi.observation", data: OBSERVATION };
      const record = FLIGHT.toBuffer({ ...OBSERVATION, date: 978338200000, delay: null });
      await send(kafka, avroTopic, [{ value: Buffer.concat([Buffer.from([0, 0, 0, 0, 101]), record]) }]);
      const avro = { datacontenttype: "avro/binary", dataschema: "urn:wadi:flights:1", data: record };
      await send(kafka, eventTopic, [
        ...[writeMessage(event), writeMessage({ ...event, id: "e-2" }, "structured")],
        ...[
          writeMessage({ ...event, ...avro, id: "e-3" }),
          writeMessage({ ...event, ...avro, id: "e-4" }, "structured"),
        ],
      ]);
      const published: Event[] = [];

      const text = withSources([
        { topic: avroTopic, format: "avro", schemas: { 101: 1 } },
        { topic: eventTopic, format: "cloudevents" },
      ]);
      read(kafka, text, async (one) => void published.push(one));
      await until(() => published.length === 5);

      const bySource = Object.groupBy(published, ({ source }) => source);
      expect(bySource[`/wadi/flights/topic/${avroTopic}`]).toMatchObject([
        { id: `${avroTopic}/0/0`, datacontenttype: "application/avro", dataschema: "urn:wadi:flights:1", data: record },
      ]);
      expect(bySource["/gate"]).toMatchObject([
        { id: "e-1", pipeline: "flights", data: OBSERVATION },
        { id: "e-2", pipeline: "flights", data: OBSERVATION },
        { id: "e-3", pipeline: "flights", ...avro },
        { id: "e-4", pipeline: "flights", ...avro },
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "schemas come from a registry, which is waited for, and asked once for each",
    async () => {
      const kafka = clientOf(await kafkaForTests());
      const topic = newName("registered");
      await makeTopic(kafka, topic, 1);
      const record = (id: number) =>
        Buffer.concat([
          Buffer.from([0, 0, 0, 0, id]),
          FLIGHT.toBuffer({ ...OBSERVATION, date: 978338200000, delay: null }),
        ]);
      await send(
        kafka,
        topic,
        [101, 101, 7, 101].map((id) => ({ value: record(id) })),
      );
      const asked: string[] = [];
      let away = true;
      const server = createServer((request, response) => {
        asked.push(request.url ?? "");
        if (away) response.writeHead(503).end();
        else if (request.url !== "/schemas/ids/101") response.writeHead(404).end("{}");
        else response.end(JSON.stringify({ schema: JSON.stringify(FLIGHT.schema()) }));
      }).listen(0, "127.0.0.1");
      onTestFinished(() => void server.close());
      await once(server, "listening");
      const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const published: Event[] = [];

      const sources = read(
        kafka,
        withSources([{ topic, format: "avro", registry }]),
        async (event) => void published.push(event),
      );
      await until(() => sources.status()[0]?.waiting !== undefined);
      expect(sources.status()[0]?.waiting).toMatch(/registry cannot be had: .*\/schemas\/ids\/101: it answers 503/);
      [away, asked.length] = [false, 0];
      await until(() => published.length === 4);

      expect(published.map(({ type }) => type.slice(9))).toEqual([
        "observation",
        "observation",
        "record",
        "observation",
      ]);
      expect(published[0]?.data).toMatchObject({ ...OBSERVATION, date: 978338200000 });
      expect(asked).toEqual(["/schemas/ids/101", "/schemas/ids/7"]);
    },
    TIMEOUT_MS,
  );

  test(
    "while the broker takes nothing no offset is committed; then all go in, in the order of their partition",
    async () => {
      const kafka = clientOf(await kafkaForTests());
      const topic = newName("patient");
      await makeTopic(kafka, topic, 1);
      await send(
        kafka,
        topic,
        Array.from({ length: 600 }, (_, n) => json({ n })),
      );
      const published: string[] = [];
      let away = true;
      let tried = 0;

      const sources = read(kafka, withSources([{ topic, format: "json", id: "n" }]), async ({ id }) => {
        tried++;
        if (away) throw new UnavailableError("disk-full", "the disk is full");
        published.push(id);
      });
      await until(() => tried > 256);
      expect(sources.status()[0]?.waiting).toMatch(/does not take them: the disk is full/);
      expect(await committed(kafka, sources.status()[0]?.group ?? "", topic)).toEqual({ 0: "-1" });
      away = false;
      await until(() => published.length >= 600);
      await sources.stop();

      expect(published).toEqual(Array.from({ length: 600 }, (_, n) => String(n)));
      expect(sources.status()[0]?.waiting).toBeUndefined();
      expect(await committed(kafka, sources.status()[0]?.group ?? "", topic)).toEqual({ 0: "600" });
    },
    TIMEOUT_MS,
  );

  test(
    "one that is stopped in the middle goes on there, and passes nothing over",
    async () => {
      const kafka = clientOf(await kafkaForTests());
      const topic = newName("stopped");
      await makeTopic(kafka, topic, 2);
      const all = Array.from({ length: 2000 }, (_, n) => n);
      await send(
        kafka,
        topic,
        all.map((n) => ({ key: String(n), ...json({ n }) })),
      );
      const published = new Set<string>();
      const text = withSources([{ topic, format: "json", id: "n" }]);

      while (published.size < all.length) {
        let left = 700;
        const sources = read(kafka, text, async ({ id }) => {
          if (left-- <= 0) throw new UnavailableError("stopping", "the broker is stopping");
          published.add(id);
        });
        await until(() => left <= 0 || published.size === all.length);
        await sources.stop();
      }

      expect([...published].map(Number).sort((a, b) => a - b)).toEqual(all);
    },
    TIMEOUT_MS,
  );

  test(
    "an event that the broker can never take goes in as a record that could not be read",
    async () => {
      const kafka = clientOf(await kafkaForTests());
      const topic = newName("refused");
      await makeTopic(kafka, topic, 1);
      await send(kafka, topic, [json({ n: 1 }), json({ n: 2 }), json({ n: 3 })]);
      const published: Event[] = [];

      const sources = read(kafka, withSources([{ topic, format: "json", id: "n" }]), async (event) => {
        if (event.id === "2") throw new Error("no");
        published.push(event);
      });
      await until(() => sources.status()[0]?.read === 3);

      expect(published.filter(({ type }) => type === "dev.wadi.record")).toMatchObject([{ id: `${topic}/0/1` }]);
      expect(sources.status()).toMatchObject([{ read: 3, refused: 1 }]);
    },
    TIMEOUT_MS,
  );

  test(
    "a topic that is not there yet is waited for, is not made by looking for it, and others are read meanwhile",
    async () => {
      const kafka = clientOf(await kafkaForTests());
      const [late, early] = [newName("late"), newName("early")];
      await makeTopic(kafka, early, 1);
      await send(kafka, early, [json({ n: 1 })]);
      const published: string[] = [];
      const text = withSources([late, early].map((topic) => ({ topic, format: "json", id: "n" })));

      const sources = read(kafka, text, async ({ source, id }) => void published.push(`${source} ${id}`));
      await until(() => sources.status()[0]?.waiting !== undefined && published.length === 1);
      expect(sources.status()[0]?.waiting).toMatch(new RegExp(`there is no topic ${late}: make it`));
      await makeTopic(kafka, late, 1);
      await send(kafka, late, [json({ n: 2 })]);
      await until(() => published.length === 2);

      expect(published.sort()).toEqual([`/wadi/flights/topic/${early} 1`, `/wadi/flights/topic/${late} 2`].sort());
      expect(sources.status()[0]?.waiting).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});

describe.skipIf(noOwnKafka !== undefined)(
  `a Kafka that dies${noOwnKafka === undefined ? "" : ` (${noOwnKafka})`}`,
  { tags: ["kafka"] },
  () => {
    test(
      "is waited for, and read on where it was",
      async () => {
        const own = await ownKafka();
        const kafka = clientOf(own.brokers);
        const topic = newName("killed");
        await makeTopic(kafka, topic, 1);
        await send(kafka, topic, [json({ n: 1 })]);
        const published = new Set<string>();
        const sources = read(
          kafka,
          withSources([{ topic, format: "json", id: "n" }]),
          async ({ id }) => void published.add(id),
        );
        await until(() => published.size === 1);

        await own.kill();
        await until(() => sources.status()[0]?.waiting !== undefined);
        expect(sources.status()[0]?.waiting).toMatch(/^Kafka cannot be had: /);
        await own.start();
        await send(kafka, topic, [json({ n: 2 })]);
        await until(() => published.size === 2);

        expect([...published]).toEqual(["1", "2"]);
      },
      TIMEOUT_MS,
    );
  },
);
