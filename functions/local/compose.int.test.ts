// compose.yaml, without Docker: its text by the schema of the Compose Specification, and the very processes that it describes,
// with its commands, settings and health checks, on other ports and folders.
//
// fixtures/compose-spec.json: github.com/compose-spec/compose-go v2.16.2, schema/compose-spec.json (Apache-2.0).

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { noOwnKafka } from "../lib/broker/kafka/under-test.contract.ts";
import { freePort } from "../lib/free-port.ts";
import { hasRedisServer } from "../lib/store/fixtures/redis-server.ts";
import { kafkaJars } from "./services/kafka-jars.ts";
import { isListening } from "./services/kafka-server.ts";

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

const TOKEN = "token-of-this-test";
const root = join(import.meta.dirname, "../..");
const textOf = (file: string) => readFileSync(join(root, file), "utf8");
const compose = parse(textOf("compose.yaml")) as { readonly services: Record<"kafka" | "redis" | "wadi", Service> };
const { kafka, redis, wadi } = compose.services;

/** The container of a StatefulSet of k8s/. */
function containerOf(file: string): { image: string; args: string[]; env: { name: string; value: string }[] } {
  const objects = parseAllDocuments(textOf(file)).map((one) => one.toJS());
  return objects.find(({ kind }) => kind === "StatefulSet").spec.template.spec.containers[0];
}

/** Of k8s/versions.env. */
function versionOf(image: string): string | undefined {
  const name = /^\$\{(\w+)\}$/.exec(image)?.[1];
  return new RegExp(`^${name}=(.*)$`, "m").exec(textOf("k8s/versions.env"))?.[1];
}

describe("compose.yaml", () => {
  test("is valid by the Compose Specification", () => {
    const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/compose-spec.json"), "utf8")),
    );

    expect(valid(compose) ? [] : valid.errors).toEqual([]);
    expect(valid({ ...compose, services: { wadi: { ...wadi, comand: [] } } })).toBe(false);
  });

  test("has the Kafka and the Redis of k8s/: their versions and their settings", () => {
    const [theirKafka, theirRedis] = [containerOf("k8s/100-kafka.yaml"), containerOf("k8s/200-redis.yaml")];
    const settings = Object.fromEntries(theirKafka.env.map(({ name, value }) => [name, value]));

    expect([kafka.image, redis.image]).toEqual([versionOf(theirKafka.image), versionOf(theirRedis.image)]);
    expect(redis.command).toEqual(theirRedis.args);
    expect(kafka.environment).toEqual({ ...settings, KAFKA_ADVERTISED_LISTENERS: "PLAINTEXT://kafka:9092" });
  });

  test("publishes ports to this machine alone", () => {
    expect(Object.values(compose.services).flatMap(({ ports = [] }) => ports)).toEqual([
      "127.0.0.1:8080:8080",
      "127.0.0.1:8090:8090",
    ]);
  });
});

describe.skipIf(noOwnKafka !== undefined || !hasRedisServer)(
  "the processes of compose.yaml",
  { tags: ["kafka", "redis"] },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "wadi-compose-"));
    /** What the processes say. */
    const said = join(folder, "said");
    const children: ChildProcess[] = [];
    /** What a name and a port of a container are here. */
    let places: Readonly<Record<string, string>> = {};
    let ingress = "";
    let admin = "";
    const here = (text: string) => {
      const within = new RegExp(Object.keys(places).map(RegExp.escape).join("|"), "g");
      return text.replace(within, (name) => places[name] as string);
    };

    function start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
      const { PATH = "", HOME = "" } = process.env;
      const out = openSync(said, "a");
      children.push(spawn(command, args, { env: { PATH, HOME, ...env }, stdio: ["ignore", out, out], cwd: folder }));
      closeSync(out);
    }

    /** As the image does it: KAFKA_NODE_ID is node.id. Heap and cluster are the start's, not the server's. */
    async function startKafka(): Promise<void> {
      const { CLUSTER_ID = "", KAFKA_HEAP_OPTS = "", ...rest } = kafka.environment;
      const properties = join(folder, "server.properties");
      const lines = Object.entries(rest).map(
        ([name, value]) =>
          `${name
            .replace(/^KAFKA_/, "")
            .toLowerCase()
            .replaceAll("_", ".")}=${here(value)}`,
      );
      writeFileSync(properties, `${lines.join("\n")}\n`);
      const java = ["-XX:TieredStopAtLevel=1", "-cp", `${await kafkaJars(process.env)}/*`];
      execFileSync("java", [...java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      start("java", [...KAFKA_HEAP_OPTS.split(" "), ...java, "kafka.Kafka", properties]);
    }

    function startWadi(): void {
      const [program = "", ...args] = wadi.command.map(here);
      expect(program).toBe("dist/wadi/main.js");
      const env = { ...wadi.environment, WADI_ADMIN_TOKEN: TOKEN };
      const ports = ["--port", String(new URL(ingress).port), "--admin-port", String(new URL(admin).port)];
      start(process.execPath, [join(root, "functions/cli/wadi.ts"), ...args, ...ports], env);
    }

    beforeAll(async () => {
      const [broker, controller, store, port, adminPort] = await Promise.all([1, 2, 3, 4, 5].map(() => freePort()));
      [ingress, admin] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${adminPort}`];
      places = {
        "kafka:9092": `127.0.0.1:${broker}`,
        "://:9092": `://127.0.0.1:${broker}`,
        "://:9093": `://127.0.0.1:${controller}`,
        "localhost:9093": `127.0.0.1:${controller}`,
        "redis:6379": `127.0.0.1:${store}`,
        "127.0.0.1:8080": `127.0.0.1:${port}`,
        "/var/lib/kafka/data": join(folder, "kafka"),
        "/tmp/wadi": join(folder, "wadi"),
        "/data": join(folder, "redis"),
      };
      mkdirSync(join(folder, "redis"));
      const [server = "", ...args] = redis.command.map(here);
      start(server, [...args, "--port", String(store), "--bind", "127.0.0.1"]);
      await startKafka();
      await vi.waitFor(async () => expect(await isListening(broker as number)).toBe(true), 60_000);
      startWadi();
    }, 90_000);

    afterAll(() => {
      for (const child of children) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });

    test("come up healthy, learn an event that is posted to the published port, and show it to who has the token", async () => {
      const [, program = "", ...args] = wadi.healthcheck.test.map(here);
      const event = {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/airport",
        "ce-type": "dev.wadi.observation",
        "ce-pipeline": "flights",
      };
      const body = JSON.stringify({
        date: "2001-01-01T08:30:00Z",
        distance: 1750,
        origin: "DTW",
        destination: "LAS",
        delay: 4,
      });

      await vi.waitFor(() => expect(spawnSync(program, args).status, readFileSync(said, "utf8")).toBe(0), 60_000);
      const posted = await fetch(ingress, { method: "POST", headers: event, body });
      const models = () => fetch(`${admin}/api/v1/models/flights`, { headers: { authorization: `Bearer ${TOKEN}` } });
      await vi.waitFor(async () => expect(await (await models()).json()).toMatchObject({ count: 1 }), 30_000);

      expect(posted.status).toBe(202);
      expect((await fetch(`${admin}/api/v1/models/flights`)).status).toBe(401);
      for (const child of children) expect(child.exitCode).toBe(null);
    }, 120_000);
  },
);
