// A real Kafka for tests: the one that KAFKA_BROKERS names, else one that is started for the whole run, from jars
// (WADI_KAFKA_VERSION=4.3.1 takes another version). Where none can be had the tests are skipped and the summary says so;
// with CI=true that is a failure.

import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject } from "vitest";
import { kafkaJars, kafkaMissing } from "../../../local/services/kafka-jars.ts";
import { startKafkaServer } from "../../../local/services/kafka-server.ts";
import { atEndOfFile } from "../../end-of-file.contract.ts";
import { freePort } from "../../free-port.ts";
// Tests make clients of their own, too, and those need the mend as much as ours.
import "./request-queue.ts";

const named = process.env["KAFKA_BROKERS"]?.trim() ?? "";
const missing = kafkaMissing(process.env);

/** Why there is no Kafka of a test's own, to be killed at will. */
export const noOwnKafka: string | undefined = missing;
/** Why the log of the tests' Kafka cannot be reached as files. */
export const noKafkaLog: string | undefined = named === "" ? missing : "KAFKA_BROKERS names one that is elsewhere";
/** Why there is no Kafka to test with: for a `describe.skipIf`, whose title says it. */
export const noKafka: string | undefined = named === "" ? missing : undefined;

if (process.env["CI"] === "true" && missing !== undefined) throw new Error(missing);

/** Node's, of timers that were asked for wrongly: each is a fault, ours or one of kafkajs that we did not mend. */
const timerWarnings: string[] = [];
process.on("warning", ({ name, message }) => {
  if (/^Timeout/.test(name)) timerWarnings.push(`${name}: ${message}`);
});

/** kafkajs has set no timer to a time in the past, so far. */
const noTimerWarnings = () => expect(timerWarnings).toEqual([]);

/** `host:port` of a Kafka that other test files use, too: take names of your own (`newName`). */
export async function kafkaForTests(): Promise<readonly string[]> {
  atEndOfFile(noTimerWarnings);
  if (named !== "") return named.split(",");
  return [`127.0.0.1:${(await sharedKafka()).port}`];
}

/** Where that Kafka keeps its log, if it was started here. */
export async function logOfKafkaForTests(): Promise<string> {
  return (await sharedKafka()).log;
}

async function sharedKafka(): Promise<{ port: number; log: string }> {
  const answer = (await (await fetch(inject("kafkaDoor"))).json()) as { port: number; log: string; failed?: string };
  if (answer.failed !== undefined) throw new Error(answer.failed);
  return answer;
}

/** For a topic, a group: nobody else's. */
export const newName = (what: string) => `${what}-${randomBytes(6).toString("hex")}`;

export interface OwnKafka {
  readonly brokers: readonly string[];
  /** kill -9. */
  kill(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** On the same port and log. */
  start(): Promise<void>;
}

const children = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** A Kafka that a test may kill. It ends with the test file, at the latest. `started` false: only its port is known. */
export async function ownKafka({ started = true } = {}): Promise<OwnKafka> {
  atEndOfFile(noTimerWarnings);
  const folder = mkdtempSync(join(tmpdir(), "wadi-kafka-"));
  const server = {
    jars: await kafkaJars(process.env),
    folder,
    port: await freePort(),
    controllerPort: await freePort(),
  };
  let child: ChildProcess | undefined;
  const start = async () => {
    child = await startKafkaServer(server);
    children.add(child);
  };
  const kill = async () => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    running.kill("SIGKILL");
    await once(running, "exit");
    children.delete(running);
  };
  atEndOfFile(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  if (started) await start();
  return { brokers: [`127.0.0.1:${server.port}`], kill, start, signal: (name) => void child?.kill(name) };
}
