// A Kafka of one node on 127.0.0.1: for tests, and for who has no container at hand.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigurationError } from "../../lib/errors.ts";
import { putInPlace } from "./kafka-jars.ts";

export interface KafkaServerOptions {
  /** Of Kafka's jars. */
  readonly jars: string;
  /** For its log; what is in it is gone on with. */
  readonly folder: string;
  readonly port: number;
  /** Of the controller, which lives in the same process. */
  readonly controllerPort: number;
}

const CLUSTER = "wadiAAAAAAAAAAAAAAAAAA";
/** It takes seconds; on a machine that is busy with much else, a minute. One that ends is not waited for. */
const START_MS = 180_000;
// A test machine runs several beside each other; what a learner's topics need is little.
const JAVA = ["-Xms64m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"];

/** Resolves once it takes connections; topics and groups may still be loading. @throws ConfigurationError. */
export async function startKafkaServer(options: KafkaServerOptions, detached = false): Promise<ChildProcess> {
  const properties = join(options.folder, "server.properties");
  mkdirSync(options.folder, { recursive: true });
  writeFileSync(properties, propertiesOf(options));
  writeFileSync(join(options.folder, "log4j.properties"), QUIET);
  formatOnce(options, properties);
  const out = openSync(join(options.folder, "kafka.log"), "a");
  const child = spawn("java", [...javaArguments(options), "kafka.Kafka", properties], {
    stdio: ["ignore", out, out],
    detached,
  });
  closeSync(out);
  const deadline = Date.now() + START_MS;
  while (!(await isListening(options.port))) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
      await sleep(50);
      continue;
    }
    child.kill("SIGKILL");
    throw new ConfigurationError(`Kafka did not start: ${tailOf(join(options.folder, "kafka.log"))}`);
  }
  return child;
}

function javaArguments({ jars, folder }: KafkaServerOptions): string[] {
  return [...JAVA, `-Dlog4j.configuration=file:${join(folder, "log4j.properties")}`, "-cp", `${jars}/*`];
}

/** A second Java takes seconds, so what it wrote for one folder is kept for the next: it names no port. */
function formatOnce(options: KafkaServerOptions, properties: string): void {
  const log = join(options.folder, "log");
  if (existsSync(join(log, "meta.properties"))) return;
  const template = join(options.jars, "formatted");
  if (existsSync(join(template, "meta.properties"))) {
    cpSync(template, log, { recursive: true });
    return;
  }
  const tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", properties];
  const { status, stdout, stderr } = spawnSync("java", [...javaArguments(options), ...tool], { encoding: "utf8" });
  if (status !== 0) throw new ConfigurationError(`Kafka's storage cannot be formatted: ${stdout}${stderr}`);
  const copied = mkdtempSync(`${template}-`);
  cpSync(log, copied, { recursive: true });
  putInPlace(copied, template);
}

function propertiesOf({ folder, port, controllerPort }: KafkaServerOptions): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=${join(folder, "log")}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
`;
}

const QUIET = `log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=[%d] %p %m (%c)%n
`;

/** Whether somebody listens there. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
    socket.once("connect", () => socket.destroy());
  });
}

function tailOf(file: string): string {
  return readFileSync(file, "utf8").slice(-1500);
}
