// Kafka without a container: its jars from Maven's repository, kept in the user's cache, and the java on the path.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { asError, ConfigurationError } from "../../lib/errors.ts";

/** What the Knative Kafka broker's own client library is of. */
const DEFAULT_KAFKA_VERSION = "3.9.2";
const VERSION = /^\d+\.\d+\.\d+$/;
const FETCH_MS = 300_000;
/** Maven ends before what Java's second compiler would gain is back: with it, it takes twice the time. */
const MAVEN_OPTS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

type Env = Readonly<Record<string, string | undefined>>;

/** WADI_KAFKA_VERSION, else the default. @throws ConfigurationError. */
export function kafkaVersion(env: Env): string {
  const version = env["WADI_KAFKA_VERSION"]?.trim() || DEFAULT_KAFKA_VERSION;
  if (VERSION.test(version)) return version;
  throw new ConfigurationError(`WADI_KAFKA_VERSION is ${JSON.stringify(version)}; set a version such as 3.9.2`);
}

/** The folder that holds what was fetched once. */
export function cacheFolder(env: Env): string {
  return join(env["XDG_CACHE_HOME"]?.trim() || join(homedir(), ".cache"), "wadi");
}

/** Why no Kafka can be started here; undefined where one can, as far as can be seen without trying. */
export function kafkaMissing(env: Env): string | undefined {
  if (!runs("java", "-version")) return "there is no java on the path (Debian: apt-get install default-jre-headless)";
  if (existsSync(libraryOf(env)) || runs("mvn", "-v")) return undefined;
  return "there is no mvn on the path to fetch Kafka with (Debian: apt-get install maven)";
}

function runs(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function libraryOf(env: Env): string {
  return join(cacheFolder(env), `kafka-${kafkaVersion(env)}`);
}

/** The folder of Kafka's jars; fetched where they are not there yet. @throws ConfigurationError with what Maven said. */
export function kafkaJars(env: Env): Promise<string> {
  const version = kafkaVersion(env);
  const artifacts = ["kafka_2.13", "kafka-tools"].map((artifact) => `org.apache.kafka:${artifact}:${version}`);
  return fetchedJars(env, libraryOf(env), artifacts);
}

/**
 * `library`, a folder in the cache, with the jars of these artifacts (`group:artifact:version`) and of what they need.
 * @throws ConfigurationError with what Maven said.
 */
export async function fetchedJars(env: Env, library: string, artifacts: readonly string[]): Promise<string> {
  if (existsSync(library)) return library;
  mkdirSync(cacheFolder(env), { recursive: true });
  const folder = mkdtempSync(join(cacheFolder(env), "fetching-"));
  try {
    writeFileSync(join(folder, "pom.xml"), projectOf(artifacts));
    await fetchJars(folder, artifacts);
    putInPlace(join(folder, "jars"), library);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return library;
}

/** Two that make the same at once: the first one's stays. */
export function putInPlace(made: string, target: string): void {
  try {
    renameSync(made, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
    rmSync(made, { recursive: true, force: true });
  }
}

async function fetchJars(folder: string, artifacts: readonly string[]): Promise<void> {
  const args = ["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=jars"];
  const env = { MAVEN_OPTS, ...process.env };
  const maven = spawn("mvn", args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], timeout: FETCH_MS });
  let said = "";
  const keep = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  };
  maven.stdout.on("data", keep);
  maven.stderr.on("data", keep);
  const code = await once(maven, "close").then(
    ([status]) => status as number | null,
    (error) => asError(error).message,
  );
  if (code === 0) return;
  throw new ConfigurationError(
    `the jars of ${artifacts.join(", ")} cannot be fetched: mvn ended with ${code}: ${said.trim()}`,
  );
}

function projectOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((name) => {
    const [group, artifact, version] = name.split(":");
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>dev.wadi</groupId><artifactId>jars</artifactId><version>1</version>
<dependencies>${dependencies.join("")}</dependencies></project>
`;
}
