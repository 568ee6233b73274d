// What the commands of people do on a cluster: its objects in a real API server, its events in a real Kafka and its models
// in a real Redis, which are named by `--kafka` and `--redis`. A Wadi in this process stands for the functions.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClusterStatus } from "../admin/shapes/cluster.ts";
import type { Replay } from "../admin/shapes/replays.ts";
import type { DeadLetterPage } from "../admin/shapes/shapes.ts";
import {
  config,
  folder,
  kubeconfig,
  namespace,
  openNamespace,
  put,
  recorded,
  removeNamespace,
} from "../cluster/under-test.contract.ts";
import { parseKafkaAddress } from "../lib/broker/kafka/address.ts";
import { kafkaForTests, noKafka } from "../lib/broker/kafka/under-test.contract.ts";
import { hasRedisServer, redisForTests } from "../lib/store/fixtures/redis-server.ts";
import { showRedisAddress } from "../lib/store/redis/address.ts";
import { type LocalWadi, startLocal } from "../local/start.ts";
import { run } from "./program-under-test.contract.ts";

const root = join(import.meta.dirname, "../..");
const cannot = kubeconfig === "" ? "WADI_TEST_KUBECONFIG is not set" : hasRedisServer ? noKafka : "no redis-server";
let wadi: LocalWadi;
let cluster: readonly string[] = [];
let env: Record<string, string> = {};

const ask = (...args: readonly string[]) => run([...args, ...cluster], { env });
const emit = (...args: readonly string[]) =>
  run(["emit", ...args, "--pipeline", "line", "--url", `${wadi.url}/`], {
    env: { ...env },
  });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setTimeout(done, 50));
}

/** As it would be in this namespace. */
function recordedHere(name: string): ReturnType<typeof recorded> {
  const text = JSON.stringify(recorded(name))
    .replaceAll('"namespace":"wadi"', `"namespace":"${namespace}"`)
    .replaceAll("knative-broker-wadi-default", `knative-broker-${namespace}-default`)
    .replaceAll("wadi-dead-letters", `${namespace}-dead-letters`);
  return JSON.parse(text) as ReturnType<typeof recorded>;
}

const settled = () => until(() => wadi.broker.status().triggers.every(({ lag }) => lag === 0));

const tags = kubeconfig === "" ? ["kubernetes"] : hasRedisServer ? ["kafka"] : ["redis"];
describe.skipIf(cannot !== undefined)("a Wadi on a cluster", { tags }, () => {
  beforeAll(async () => {
    env = await openNamespace();
    await put({ ...recordedHere("waking"), pods: [] });
    const files = { "line.yaml": readFileSync(join(root, "helm/pipelines/line.yaml"), "utf8") };
    const named = { name: "pipelines-1795627006" };
    const settings = { name: "broker-kafka" };
    const core = config.makeApiClient(CoreV1Api);
    await core.createNamespacedConfigMap({ namespace, body: { metadata: named, data: files } });
    await core.createNamespacedConfigMap({ namespace, body: { metadata: settings, data: {} } });
    const [brokers, store] = [(await kafkaForTests()).join(","), await redisForTests()];
    const kafka = parseKafkaAddress(`${brokers}?namespace=${namespace}`);
    if (store === undefined || kafka === undefined) throw new Error("there is no Redis or no Kafka");
    wadi = await startLocal({
      ...{ dataFolder: join(folder, "data"), port: 0, logLevel: "silent", store, kafka },
      pipelinesFolder: join(root, "helm/pipelines"),
      valuesFile: join(root, "helm/values.yaml"),
    });
    const redis = `${showRedisAddress(store)}${store.namespace === "" ? "" : `?namespace=${store.namespace}`}`;
    cluster = ["--cluster", "--namespace", namespace, "--redis", redis, "--kafka", brokers];
    await emit("--generate", "line", "--n", "200", "--seed", "1");
    await settled();
  }, 120_000);

  afterAll(async () => {
    await wadi.stop();
    await removeNamespace();
  }, 60_000);

  test("its status has lag, dead letters and model sets beside the steps", async () => {
    const look = async () => JSON.parse((await ask("status", "--json")).out) as ClusterStatus;

    const { steps, deadLetters, models, store, log } = await look();
    // What is handled is told to others a moment later.
    await until(async () => (await look()).steps.every(({ lag }) => lag === 0));

    expect([store.missing, log.missing, deadLetters]).toEqual([undefined, undefined, 0]);
    expect(steps.map(({ lag }) => typeof lag)).toEqual(["number", "number", "number", "number"]);
    expect(models).toMatchObject([{ set: "line", pipeline: "line", count: 200 }]);
  }, 30_000);

  test("its models, the life of an observation, and the doctor's look", async () => {
    const late = join(folder, "one.csv");
    writeFileSync(late, "key,x,y\na1,1,2\n");
    await emit(late, "--id", "key", "--omit", "key");
    await settled();

    const redisAt = cluster.indexOf("--redis");

    const shown = await ask("models", "show", "line");
    const life = await ask("trace", "a1");
    // It takes the store's own address, which nothing listens to here.
    const doctor = await run(["doctor", ...cluster.filter((_, i) => i !== redisAt && i !== redisAt + 1)], { env });

    expect(shown.out).toMatch(/learned +201 examples/);
    expect(life.out).toMatch(/a1 of line: learned/);
    expect(doctor.out).toMatch(/✓ kafka /);
    expect(doctor.out).not.toMatch(/ trigger /);
    expect(doctor.out).not.toContain("not checked");
  }, 30_000);

  test("a dead letter is shown, sent again, and dropped", async () => {
    const bad = join(folder, "bad.csv");
    writeFileSync(bad, "x,y\nmuch,2\n");
    await emit(bad, "--no-check");
    await until(() => wadi.broker.status().deadLetters === 1);

    const listed = JSON.parse((await ask("dlq", "list", "--json")).out) as DeadLetterPage;
    const again = await ask("dlq", "redrive", "--all", "--yes");
    await until(
      () => wadi.broker.status().deadLetters === 1 && wadi.broker.status().triggers.every(({ lag }) => lag === 0),
    );
    const after = JSON.parse((await ask("dlq", "list", "--json")).out) as DeadLetterPage;
    const dropped = await ask("dlq", "drop", "--all", "--yes");

    expect(listed.items).toMatchObject([{ step: "validate", reason: "schema", redriven: 0 }]);
    expect(again).toMatchObject({ code: 0 });
    expect(after.items).toMatchObject([{ step: "validate", redriven: 1 }]);
    expect(dropped).toMatchObject({ code: 0 });
    expect(JSON.parse((await ask("dlq", "list", "--json")).out)).toEqual({ items: [] });
  }, 60_000);

  test("what is in its log is learned again, into a generation beside the one in force", async () => {
    const { code, out } = await ask("replay", "--pipeline", "line", "--into", "second", "--json");

    const { state, into, sets } = JSON.parse(out) as Replay;
    const status = JSON.parse((await ask("status", "--json")).out) as ClusterStatus;
    expect({ code, state, into }).toEqual({ code: 0, state: "done", into: "second" });
    expect(sets).toMatchObject([
      { set: "line", inForce: { count: 201 }, replayed: { generation: "second", count: 201 } },
    ]);
    expect(status.models).toMatchObject([{ set: "line", count: 201 }]);
  }, 60_000);
});
