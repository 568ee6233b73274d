// What others bring to a Kafka: its own console tools, and the CloudEvents SDK for Java, whose source is compiled as it runs.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cacheFolder, fetchedJars, kafkaJars, kafkaVersion } from "../../../local/services/kafka-jars.ts";

const SDK_VERSION = "4.0.1";
const SOURCE = join(import.meta.dirname, "fixtures/CloudEventsPeer.java");
const LONGEST_MS = 60_000;

const noCompiler = spawnSync("javac", ["-version"], { stdio: "ignore" }).status !== 0;

/** Why the SDK for Java cannot be tried. */
export const noJavaPeer = noCompiler
  ? "there is no javac on the path (Debian: apt-get install default-jdk-headless)"
  : undefined;

if (process.env["CI"] === "true" && noJavaPeer !== undefined) throw new Error(noJavaPeer);

/** The lines that CloudEventsPeer.java printed. */
export async function javaPeer(...args: readonly string[]): Promise<string[]> {
  const artifacts = ["kafka", "json-jackson"].map((name) => `io.cloudevents:cloudevents-${name}:${SDK_VERSION}`);
  const library = join(cacheFolder(process.env), `cloudevents-java-${SDK_VERSION}`);
  const jars = await fetchedJars(process.env, library, artifacts);
  return run(["-cp", `${jars}/*`, SOURCE, ...args], "");
}

const isOld = kafkaVersion(process.env).startsWith("3.");
/** Kafka 4 has other names for `--property`, and complains of it among the lines. */
const given = (option: string, properties: readonly string[]) =>
  properties.flatMap((property) => [isOld ? "--property" : option, property]);

/** kafka-console-producer reads `input`. */
export async function consoleProducer(args: readonly string[], properties: readonly string[], input: string) {
  const name = isOld ? "kafka.tools.ConsoleProducer" : "org.apache.kafka.tools.ConsoleProducer";
  await tool(name, [...args, ...given("--reader-property", properties)], input);
}

/** The lines of kafka-console-consumer. */
export function consoleConsumer(args: readonly string[], properties: readonly string[]): Promise<string[]> {
  const name = "org.apache.kafka.tools.consumer.ConsoleConsumer";
  return tool(name, [...args, ...given("--formatter-property", properties)], "");
}

async function tool(name: string, args: readonly string[], input: string): Promise<string[]> {
  const jars = await kafkaJars(process.env);
  // Where a file named log4j.properties is missing, Kafka's log would stand among the lines.
  return run(["-Dlog4j.rootLogger=OFF", "-cp", `${jars}/*`, name, ...args], input);
}

async function run(args: readonly string[], input: string): Promise<string[]> {
  const child = spawn("java", ["-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", ...args], { timeout: LONGEST_MS });
  let [out, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
  });
  child.stdin.end(input);
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new Error(`java ${args.join(" ")} ended with ${status}: ${said}`);
  return out.split("\n").filter((line) => line !== "");
}
