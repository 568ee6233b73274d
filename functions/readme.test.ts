// What the README tells people to type is typed here, in its order, against a Wadi that runs.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalWadi, startLocal } from "./local/start.ts";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "wadi-readme-"));
let wadi: LocalWadi;

beforeAll(async () => {
  wadi = await startLocal({
    dataFolder: folder,
    port: 0,
    pipelinesFolder: join(root, "helm/pipelines"),
    valuesFile: join(root, "helm/values.yaml"),
    logLevel: "silent",
  });
});

afterAll(async () => {
  await wadi.stop();
  rmSync(folder, { recursive: true });
});

/** The commands of all shell blocks; a command ends where a quote is closed and no backslash ends its line. */
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) => {
  const found: string[] = [];
  let command = "";
  for (const line of block.split("\n")) {
    command += `${line}\n`;
    const open = line.endsWith("\\") || (command.match(/'/g)?.length ?? 0) % 2 === 1;
    if (open) continue;
    if (command.trim() !== "") found.push(command.trim());
    command = "";
  }
  return found;
});

async function shell(command: string) {
  const here = command.replaceAll("http://127.0.0.1:8080", wadi.url);
  const env = { ...process.env, WADI_URL: `${wadi.url}/` };
  return promisify(execFile)("bash", ["-c", here], { cwd: root, env });
}

async function learned(pipeline: string): Promise<number> {
  while (wadi.broker.status().triggers.some(({ lag }) => lag > 0)) await new Promise((done) => setTimeout(done, 5));
  return wadi.store.models.learnedCount(pipeline);
}

test("its curls do what it says: an observation and its label are learned, what is wrong is told at once", async () => {
  const [observation, label, wrong, infer] = commands.filter((command) => command.startsWith("curl"));

  expect((await shell(observation as string)).stdout).toContain("202 Accepted");
  expect((await shell(label as string)).stdout).toContain("202 Accepted");
  expect(await learned("flights")).toBe(1);

  const refusal = (await shell(wrong as string)).stdout;
  expect(refusal).toContain("422 Unprocessable");
  expect(refusal).toContain("distance");

  const { outputs } = JSON.parse((await shell(infer as string)).stdout);
  expect(outputs[0]).toMatchObject({ name: "prediction", data: [expect.any(Number)] });
}, 30_000);

test("its wadi commands end well", async () => {
  const emits = commands.filter((command) => command.startsWith("./wadi"));

  for (const command of emits) await shell(command);

  expect(emits.length).toBeGreaterThan(1);
  expect(await learned("line")).toBe(1000);
}, 60_000);

test("its make commands are targets, and its links lead somewhere", () => {
  const targets = readFileSync(join(root, "Makefile"), "utf8");
  const made = [...readme.matchAll(/(?:^|`)make ([a-z]+)/gm)].map(([, target]) => target as string);
  const links = [...readme.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, path]) => path as string);

  expect(made.filter((target) => !new RegExp(`^${target}:`, "m").test(targets))).toEqual([]);
  expect(made).toContain("run");
  expect(links.filter((path) => !exists(path))).toEqual([]);
});

test("every package it depends on has its reason there", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const [, reasons = ""] = readme.split("## Dependencies, and why");

  const names = [...Object.keys(dependencies), ...Object.keys(devDependencies)].filter(
    (name) => !name.startsWith("@types/"),
  );

  expect(names.filter((name) => !reasons.includes(name.replace(/^@.*\//, "")))).toEqual([]);
});

function exists(path: string): boolean {
  try {
    readFileSync(join(root, path));
    return true;
  } catch {
    return false;
  }
}
