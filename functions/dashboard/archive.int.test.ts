// The archive of a cluster as a process, on a real Kafka whose topic has what Knative's Broker writes; and the dashboard that tells of
// it. delta-rs reads the table.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { Kafka, logLevel } from "kafkajs";
import { describe, expect, onTestFinished, test } from "vitest";
import { type KafkaAddress, parseKafkaAddress, topicOf } from "../lib/broker/kafka/address.ts";
import { kafkaForTests, newName, noKafka } from "../lib/broker/kafka/under-test.contract.ts";
import { systemClock } from "../lib/clock.ts";
import { readArchiveConfig } from "../lib/config.ts";
import { DERIVED_TYPES, EventType } from "../lib/events/vocabulary.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { pythonWith, TEST_PEERS } from "../lib/python.contract.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import { openArchivePort } from "./archive-port.ts";
import { openKafkaLog } from "./kafka-log.ts";

const root = join(import.meta.dirname, "../..");
const PIPELINES = join(root, "helm/pipelines");
const READER = join(root, "functions/archive/fixtures/delta_rs.py");
const { python, missing } = await pythonWith(TEST_PEERS, "deltalake");
const lacking = noKafka ?? missing;
const PARTITIONS = 3;
const SOON = { timeout: 30_000, interval: 50 };

/** In binary mode, and keyed. A blank of an id came percent-encoded in a header, which the Broker copies as it is. */
const messageOf = (n: number) => ({
  key: `k${n % 7}`,
  value: JSON.stringify({ x: n / 100 }),
  headers: {
    ...{ ce_specversion: "1.0", ce_id: `e%20${n}`, ce_source: "/test", ce_pipeline: "line" },
    ...{ ce_type: n % 5 === 4 ? EventType.featuresExtracted : EventType.observation, ce_partitionkey: `k${n % 7}` },
    "content-type": "application/json",
  },
});
const isAccepted = (n: number) => n % 5 !== 4;

async function newTopic() {
  const brokers = [...(await kafkaForTests())];
  const text = `${brokers.join(",")}?namespace=${newName("archived")}`;
  const address = parseKafkaAddress(text) as KafkaAddress;
  const topic = topicOf(address);
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  await admin.connect();
  const topics = [{ topic, numPartitions: PARTITIONS }, { topic: address.deadLetters }];
  await admin.createTopics({ topics, waitForLeaders: true });
  await admin.disconnect();
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  let sent = 0;
  return {
    text,
    ids: () => Array.from({ length: sent }, (_, n) => n).flatMap((n) => (isAccepted(n) ? [`e ${n}`] : [])),
    async send(count: number) {
      const messages = Array.from({ length: count }, () => messageOf(sent++));
      await producer.send({ topic, messages });
    },
  };
}

function newFolder(): string {
  const folder = mkdtempSync(join(TEMPORARY, "wadi-archive-cluster-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** As the chart starts it. */
async function startArchive(kafka: string, folder: string, every: string) {
  const state = newFolder();
  const env = {
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "",
    ...{ PATH: process.env["PATH"] ?? "", PORT: "0", HOST: "127.0.0.1", WADI_PIPELINES: PIPELINES },
    ...{ WADI_KAFKA: kafka, WADI_ARCHIVE: folder, WADI_ARCHIVE_EVERY: every, WADI_ARCHIVE_STATE: state },
  };
  const child: ChildProcess = spawn(process.execPath, [join(root, "functions/archive/main.ts")], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const url = Promise.withResolvers<string>();
  createInterface({ input: child.stderr as NonNullable<typeof child.stderr> }).on("line", (line) => {
    lines.push(line);
    const [, found] = /"url":"([^"]+)"/.exec(line) ?? [];
    if (found !== undefined) url.resolve(found);
  });
  const ended = once(child, "exit");
  void ended.then(() => url.reject(new Error(lines.join("\n"))));
  return {
    url: await url.promise,
    async end(signal: NodeJS.Signals) {
      child.kill(signal);
      return (await ended)[0] as number | null;
    },
  };
}

describe.skipIf(lacking !== undefined)(
  `the archive of a cluster${lacking === undefined ? "" : ` (${lacking})`}`,
  { tags: ["kafka", "python"] },
  () => {
    test("each event of the Broker's topic is a row, once, though its process is killed; the dashboard tells of it, and reads it", async () => {
      const [topic, root] = [await newTopic(), newFolder()];
      const folder = join(root, "events");
      mkdirSync(folder);
      const first = await startArchive(topic.text, folder, "1s");
      const portAt = (archiveUrl: string, archive?: string) => {
        const config = { archiveUrl, archive, namespace: "wadi" };
        const kafka = parseKafkaAddress(topic.text);
        const log = openKafkaLog({
          config: { kafka, kafkaLogin: undefined, triggers: undefined },
          ...{ retention: {}, clock: systemClock, log: silentLog },
        });
        onTestFinished(() => log.stop());
        const pipelines = loadPipelines(PIPELINES);
        const port = openArchivePort({ config, env: {}, pipelines, log: log.log, clock: systemClock });
        if (port === undefined) throw new Error("an archive is kept");
        return port;
      };
      const port = portAt(first.url);
      await topic.send(500);
      await expect.poll(async () => (await port.read()).table?.rows ?? 0, SOON).toBeGreaterThan(0);
      await topic.send(500);

      await first.end("SIGKILL");
      await expect(portAt(first.url).read()).rejects.toThrow(/pod does not answer.*kubectl -n wadi get pods/);
      // It makes no commit before it ends.
      const second = await startArchive(topic.text, folder, "1h");
      await topic.send(500);
      const code = await second.end("SIGTERM");

      const { stdout } = await promisify(execFile)(python, [READER, folder, "wadi-any-0"]);
      const { ids } = JSON.parse(stdout) as { readonly ids: readonly string[] };
      expect([...ids].sort()).toEqual(topic.ids().sort());
      expect(code).toBe(0);

      const third = await startArchive(topic.text, folder, "1h");
      const reading = portAt(third.url, folder);
      await expect.poll(async () => (await reading.read()).table !== undefined, SOON).toBe(true);
      expect(await reading.read()).toMatchObject({ where: folder, table: { rows: topic.ids().length } });
      const history = await reading.history("line");
      const replayed: string[] = [];
      for await (const { events } of history.read(await history.start(), await history.end(), { not: DERIVED_TYPES })) {
        replayed.push(...events.map(({ id }) => id));
      }
      expect(replayed.sort()).toEqual(topic.ids().sort());
      await expect(portAt(third.url).history("line")).rejects.toThrow(/archive\.shared.*s3:\/\//);
      expect(await (await fetch(`${third.url}/metrics`)).text()).toContain('wadi_archive{what="lag"}');
    });
  },
);

test.each([
  [{ WADI_ARCHIVE: "/a" }, /WADI_KAFKA is not set.*archive\.location/],
  [{ WADI_KAFKA: "k:9092" }, /WADI_ARCHIVE is not set/],
  [{ WADI_KAFKA: "k:9092", WADI_ARCHIVE: "/a", WADI_ARCHIVE_EVERY: "2h" }, /WADI_ARCHIVE_EVERY.*1s to 1h/],
])("a setting of the archive that is missing or wrong is told, with the cure: %j", (env, message) => {
  expect(() => readArchiveConfig(env)).toThrow(message);
});
