// Java programs for tests, as independent peers: a library's jars from Maven's repository, and a source that is compiled as it runs.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cacheFolder, fetchedJars } from "../local/services/kafka-jars.ts";

const LONGEST_MS = 60_000;
// They end before what Java's second compiler would gain is back.
const QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
const JAVA = [...QUICK, "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8"];

/** Why no Java program can be tried: tag such tests `java`. */
export const noJava =
  spawnSync("javac", ["-version"], { stdio: "ignore" }).status === 0
    ? undefined
    : "there is no javac on the path (Debian: apt-get install default-jdk-headless)";

if (process.env["CI"] === "true" && noJava !== undefined) throw new Error(noJava);

/** By their folder in the cache: `group:artifact:version`. */
export const JAVA_LIBRARIES = {
  // slf4j-nop: else a line about a missing logger stands among the answers' complaints.
  "avro-java-1.12.1": ["org.apache.avro:avro:1.12.1", "org.slf4j:slf4j-nop:2.0.17"],
  "cloudevents-java-4.0.1": ["kafka", "json-jackson"].map((name) => `io.cloudevents:cloudevents-${name}:4.0.1`),
  "delta-kernel-4.0.0": ["api", "defaults"].map((name) => `io.delta:delta-kernel-${name}:4.0.0`),
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type JavaLibrary = keyof typeof JAVA_LIBRARIES;

/** The folder with the library's jars, and with those that it needs. */
export function javaLibrary(name: JavaLibrary): Promise<string> {
  return fetchedJars(process.env, join(cacheFolder(process.env), name), JAVA_LIBRARIES[name]);
}

/** The lines that `java` printed; it reads `input`. */
export async function runJava(args: readonly string[], input: string): Promise<string[]> {
  const child = spawn("java", [...JAVA, ...args], { timeout: LONGEST_MS });
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
