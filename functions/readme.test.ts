// What the README tells people to type is typed here, in its order, against a Wadi that runs.

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { parsePipeline } from "./lib/pipeline/parse.ts";
import { type LocalWadi, startLocal } from "./local/start.ts";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
/** What a user has, as far as commands change it. */
const checkout = mkdtempSync(join(tmpdir(), "wadi-readme-"));
for (const folder of ["helm", "examples"]) cpSync(join(root, folder), join(checkout, folder), { recursive: true });
symlinkSync(join(root, "wadi"), join(checkout, "wadi"));
let wadi: LocalWadi | undefined;

afterAll(async () => {
  await wadi?.stop();
  rmSync(checkout, { recursive: true });
});

/** As `make start` has it. */
async function start(): Promise<LocalWadi> {
  await wadi?.stop();
  wadi = await startLocal({
    dataFolder: join(checkout, ".wadi/data"),
    port: 0,
    adminPort: 0,
    pipelinesFolder: join(checkout, "helm/pipelines"),
    valuesFile: join(checkout, "helm/values.yaml"),
    logLevel: "silent",
  });
  return wadi;
}

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

async function settled({ broker }: LocalWadi): Promise<void> {
  while (broker.status().triggers.some(({ lag }) => lag > 0)) await new Promise((done) => setTimeout(done, 5));
}

async function shell(command: string): Promise<string> {
  const { url } = wadi as LocalWadi;
  const here = command.replaceAll("http://127.0.0.1:8080", url);
  const env = { ...process.env, WADI_URL: `${url}/` };
  const { stdout } = await promisify(execFile)("bash", ["-c", here], { cwd: checkout, env });
  await settled(wadi as LocalWadi);
  return stdout;
}

/** What each command must show; `make` is what continuous integration runs. */
const SHOWS: readonly (readonly [command: RegExp, shows: RegExp])[] = [
  [/wadi status/, /learn/],
  [/wadi models list/, /./],
  [/wadi help/, /Look after it/],
  [/ce-id: AA-1/, /202 Accepted/],
  [/AA-1-arrival/, /202 Accepted/],
  [/ce-id: AA-2/, /422 Unprocessable[\s\S]*distance/],
  [/wadi trace AA-1/, /learned/],
  [/"id": "AA-3"/, /"name":"prediction"/],
  [/infer \\\n {2}-d '\{"inputs"/, /"name":"prediction"/],
  [/wadi predict/, /linear/],
  [/pipeline new/, /Wrote helm\/pipelines\/deliveries\.yaml/],
  [/pipeline check/, /flights/],
  [/emit examples\/deliveries/, /1,500 events accepted/],
  [/models show deliveries/, /1,500 examples/],
  [/--generate line/, /1,000 events accepted/],
  [/--into second$/, /linear +second/],
  [/--into second --promote/, /second is in force/],
  [/dlq list/, /./],
  [/wadi doctor/, /Node/],
  [/models snapshots line/, /line is at version \d+: 1,000 examples/],
  [/models export line/, /Wrote line\.json: .* 1,000 ids/],
  [/models import line/, /line is in force at version \d+: 1,000 examples, 1,000 ids/],
];

test("every command of it works as it stands, in its order", async () => {
  const running = await start();
  const typed = commands.filter((command) => !command.startsWith("make"));

  for (const command of typed) {
    // Between writing a pipeline and sending to it, it says: stop and start again.
    if (command.includes("emit examples/")) await start();
    const [, shows] = SHOWS.find(([pattern]) => pattern.test(command)) ?? [];
    expect(shows, `${command} is in the README; say here what it must show`).toBeDefined();
    expect(await shell(command), command).toMatch(shows as RegExp);
  }

  expect(typed.length).toBe(SHOWS.length);
  expect(running.broker.status().deadLetters).toBe(0);
  const { models } = (wadi as LocalWadi).store;
  // AA-1 alone of the flights has a label.
  const learned = await Promise.all(["flights", "deliveries", "line"].map((set) => models.learnedCount(set)));
  expect(learned).toEqual([1, 1500, 1000]);
}, 120_000);

test("its make commands are targets, and its links lead somewhere", () => {
  const targets = readFileSync(join(root, "Makefile"), "utf8");
  const made = [...readme.matchAll(/(?:^|`)make ([a-z0-9]+)/gm)].map(([, target]) => target as string);
  const links = [...readme.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, path]) => path as string);

  expect(made.filter((target) => !new RegExp(`^${target}:`, "m").test(targets))).toEqual([]);
  expect(made).toContain("run");
  expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("the sources it shows can stand in a pipeline file", () => {
  const [, sources = ""] = /```yaml\n(sources:[\s\S]*?)```/.exec(readme) ?? [];
  const flights = readFileSync(join(root, "helm/pipelines/flights.yaml"), "utf8");

  const pipeline = parsePipeline(`${flights}\n${sources}`, "flights.yaml");

  expect(pipeline.sources.map(({ format }) => format)).toEqual(["json", "avro", "cloudevents"]);
});

test("every package it depends on has its reason there", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const [, reasons = ""] = readme.split("## Dependencies, and why");

  const names = [...Object.keys(dependencies), ...Object.keys(devDependencies)].filter(
    (name) => !name.startsWith("@types/"),
  );

  expect(names.filter((name) => !reasons.includes(name.replace(/^@.*\//, "")))).toEqual([]);
});
