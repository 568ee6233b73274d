// make services: a Kafka and a Redis beside Wadi, in containers where Docker runs, else from Kafka's jars and the
// redis-server on the path. They stay until Ctrl-C; what they hold stays in .wadi/services, or goes with the containers.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { asError, ConfigurationError } from "../../lib/errors.ts";
import { freePort } from "../../lib/free-port.ts";
import { kafkaJars, kafkaMissing, kafkaVersion } from "./kafka-jars.ts";
import { isListening, startKafkaServer } from "./kafka-server.ts";

const FOLDER = resolve(".wadi/services");
const START_MS = 120_000;

interface Service {
  readonly name: string;
  readonly port: number;
  readonly image: string;
  readonly arguments: readonly string[];
  /** Without a container. @throws ConfigurationError. */
  start(): Promise<ChildProcess>;
}

const DURABLE = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"];

const services: readonly Service[] = [
  {
    name: "Kafka",
    port: 9092,
    image: `apache/kafka:${kafkaVersion(process.env)}`,
    arguments: [],
    async start() {
      const missing = kafkaMissing(process.env);
      if (missing !== undefined) throw new ConfigurationError(missing);
      say("Kafka      starting it from its jars, which are fetched the first time");
      const jars = await kafkaJars(process.env);
      const options = { jars, folder: join(FOLDER, "kafka"), port: 9092, controllerPort: await freePort() };
      return startKafkaServer(options, true);
    },
  },
  {
    name: "Redis",
    port: 6379,
    image: "redis:7",
    arguments: ["redis-server", ...DURABLE],
    async start() {
      const folder = join(FOLDER, "redis");
      mkdirSync(folder, { recursive: true });
      // In a process group of its own: Ctrl-C reaches us, and we end it as it should be ended.
      const child = spawn("redis-server", ["--port", "6379", "--bind", "127.0.0.1", "--dir", folder, ...DURABLE], {
        stdio: "ignore",
        detached: true,
      });
      await listening(child, 6379, "Redis: apt-get install redis-server, or start Docker");
      return child;
    },
  },
];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function listening(child: ChildProcess, port: number, cure: string): Promise<void> {
  let failed: string | undefined;
  child.once("error", (error) => {
    failed = error.message;
  });
  child.once("exit", (code) => {
    failed ??= `it ended with ${code}`;
  });
  for (const deadline = Date.now() + START_MS; !(await isListening(port)); ) {
    if (failed !== undefined || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new ConfigurationError(`it cannot be started (${failed ?? "it does not listen"}); ${cure}`);
    }
    await sleep(50);
  }
}

async function startContainer({ name, port, image, arguments: args }: Service): Promise<ChildProcess> {
  say(`${name.padEnd(10)} starting ${image} with Docker`);
  const published = `127.0.0.1:${port}:${port}`;
  const run = ["run", "--rm", "--name", `wadi-${name.toLowerCase()}`, "-p", published, image, ...args];
  const child = spawn("docker", run, { stdio: ["ignore", "ignore", "inherit"], detached: true });
  await listening(child, port, "see what docker said");
  return child;
}

const started: ChildProcess[] = [];

async function stopAll(): Promise<void> {
  await Promise.all(
    started.splice(0).map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    }),
  );
}

const interrupted = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
});
const hasDocker = spawnSync("docker", ["info"], { stdio: "ignore" }).status === 0;
try {
  for (const service of services) {
    const { name, port } = service;
    if (await isListening(port)) say(`${name.padEnd(10)} something listens on ${port} already: it is left as it is`);
    else {
      started.push(await (hasDocker ? startContainer(service) : service.start()));
      say(`${name.padEnd(10)} ready at 127.0.0.1:${port}`);
    }
  }
  say("try        ./wadi start --kafka localhost:9092 --redis redis://127.0.0.1:6379");
  if (started.length > 0) {
    say("Ctrl-C stops what was started here.");
    await interrupted;
  }
} catch (error) {
  process.stderr.write(`make services: ${asError(error).message}\n`);
  process.exitCode = 1;
}
await stopAll();
