// What others bring to a Kafka: its own console tools, and the CloudEvents SDK for Java, whose source is compiled as it runs.

import { join } from "node:path";
import { kafkaJars, kafkaVersion } from "../../../local/services/kafka-jars.ts";
import { javaLibrary, runJava } from "../../java.contract.ts";

const SOURCE = join(import.meta.dirname, "fixtures/CloudEventsPeer.java");

/** The lines that CloudEventsPeer.java printed. */
export async function javaPeer(...args: readonly string[]): Promise<string[]> {
  const jars = await javaLibrary("cloudevents-java-4.0.1");
  return runJava(["-cp", `${jars}/*`, SOURCE, ...args], "");
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
  return runJava(["-Dlog4j.rootLogger=OFF", "-cp", `${jars}/*`, name, ...args], input);
}
