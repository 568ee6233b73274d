// Java programs for tests, as independent peers: a library's jars from Maven's repository, and a source that is compiled as it runs.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cacheFolder, fetchedJars } from "../local/services/kafka-jars.ts";

const LONGEST_MS = 60_000;

/** Why no Java program can be tried: tag such tests `java`. */
export const noJava =
  spawnSync("javac", ["-version"], { stdio: "ignore" }).status === 0
    ? undefined
    : "there is no javac on the path (Debian: apt-get install default-jdk-headless)";

if (process.env["CI"] === "true" && noJava !== undefined) throw new Error(noJava);

/** The folder with the jars of these artifacts (`group:artifact:version`), called `name` in the cache. */
export function javaLibrary(name: string, artifacts: readonly string[]): Promise<string> {
  return fetchedJars(process.env, join(cacheFolder(process.env), name), artifacts);
}

/** The lines that `java` printed; it reads `input`. */
export async function runJava(args: readonly string[], input: string): Promise<string[]> {
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
