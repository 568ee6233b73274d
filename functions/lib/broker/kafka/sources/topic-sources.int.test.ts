// Sources, broker and models outside the process: a topic of one's own is learned by two processes, each record once.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { describe, expect, onTestFinished, test } from "vitest";
import { startLocal } from "../../../../local/start.ts";
import { newNamespace, redisForTests } from "../../../store/fixtures/redis-server.ts";
import type { RedisAddress } from "../../../store/redis/address.ts";
import { parseKafkaAddress } from "../address.ts";
import { kafkaForTests, newName, noKafka } from "../under-test.contract.ts";

const ROOT = join(import.meta.dirname, "../../../../..");
const TIMEOUT_MS = 120_000;
const redis = await redisForTests();
const reason = noKafka ?? (redis === undefined ? "there is no redis-server on the path" : undefined);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function folderOf(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "wadi-topic-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe.skipIf(reason !== undefined)("on a real Kafka and Redis", { tags: noKafka ? ["kafka"] : ["redis"] }, () => {
  test(
    "a topic of one's own is learned by two processes, each record once, and one that cannot be read is a dead letter",
    async () => {
      const brokers = await kafkaForTests();
      const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
      const topic = newName("raw");
      const [admin, producer] = [kafka.admin(), kafka.producer()];
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
      await producer.connect();
      const flights = readFileSync(join(ROOT, "helm/pipelines/flights.yaml"), "utf8");
      const sources = [{ topic, format: "json", id: "no", subject: "no" }];
      const name = newNamespace();
      const text = `${flights.replace("name: flights", `name: ${name}`)}\nsources: ${JSON.stringify(sources)}\n`;
      const pipelinesFolder = folderOf({ "flights.yaml": text });
      const address = parseKafkaAddress(`${brokers.join(",")}?namespace=${newName("t")}&partitions=2`);
      if (address === undefined) throw new Error("no address");
      const start = async () => {
        const wadi = await startLocal({
          ...{ dataFolder: folderOf(), port: 0, pipelinesFolder, logLevel: "silent", kafka: address },
          store: redis as RedisAddress,
          valuesFile: join(ROOT, "helm/values.yaml"),
        });
        onTestFinished(() => wadi.stop());
        return wadi;
      };
      const departure = { date: "2001-01-01T08:30:00Z", distance: 1750, origin: "DTW", destination: "LAS" };
      const messages = Array.from({ length: 200 }, (_, i) => ({
        key: `F${i}`,
        value: JSON.stringify({ no: `F${i}`, ...departure, delay: i % 60 }),
      }));

      const [one] = [await start(), await start()];
      await producer.send({ topic, messages: [...messages, { key: "x", value: "{" }, ...messages] });
      const learned = () => one.store.models.learnedCount(name);
      while ((await learned()) < 200 || one.broker.status().deadLetters < 1) await pause(50);

      const letters = await one.broker.deadLetters.list({ limit: 10 });
      expect(letters).toMatchObject([
        { reason: "invalid-json", event: { type: "dev.wadi.record", data: { topic, value: "{" } } },
      ]);
      expect(await learned()).toBe(200);
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
    TIMEOUT_MS,
  );
});

test("a file's sources without a Kafka are told of, not waited for in silence", async () => {
  const { readTopics } = await import("./topic-sources.ts");
  const { parsePipeline } = await import("../../../pipeline/parse.ts");
  const line = readFileSync(join(ROOT, "helm/pipelines/line.yaml"), "utf8");
  const pipeline = parsePipeline(`${line}\nsources: [{ topic: raw, format: json }]\n`, "line.yaml");
  const said: string[] = [];
  const say = (fields: object, message: string) => void said.push(`${JSON.stringify(fields)} ${message}`);

  await readTopics({
    ...{ kafka: undefined, pipelines: new Map([["line", pipeline]]), publish: async () => {} },
    clock: { now: () => 0, after: () => () => {} },
    log: { debug: say, info: say, warn: say, error: say },
  });

  expect(said).toEqual([
    `{"pipeline":"line","topics":"raw"} its sources are not read: name their Kafka, wadi start --kafka localhost:9092`,
  ]);
});
