import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { newFolder } from "./admin/fixtures/running.ts";
import { readStepConfig } from "./lib/config.ts";
import { loadPipelines } from "./lib/pipeline/load.ts";

const WARM = readFileSync(join(import.meta.dirname, "bundle.yaml"), "utf8");

const folder = newFolder(afterAll);
const elsewhere = join(newFolder(afterAll), "cache");
beforeAll(async () => {
  const set = {
    NODE_COMPILE_CACHE: elsewhere,
    NODE_DISABLE_COMPILE_CACHE: "1",
    WADI_STORE: "redis://127.0.0.1:1",
    WADI_BROKER: "no address",
    WADI_LOG_LEVEL: "loud",
  };
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, "bundle.ts"), folder], {
    env: { ...process.env, ...set },
  });
}, 120_000);

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly url?: string;
}

function pipelines(text: string): string {
  const made = newFolder();
  writeFileSync(join(made, "warm.yaml"), text);
  return made;
}

/** Resolves once it is ready, or has ended. */
async function start(program: string, env: Record<string, string>, more: readonly string[] = []) {
  const child = spawn(process.execPath, [...more, program], {
    cwd: newFolder(),
    env: { PORT: "0", HOST: "127.0.0.1", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.push(child);
  const exit = once(child, "exit");
  const lines: Line[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(JSON.parse(line));
    if (line.includes('"url"')) break;
  }
  return { lines, url: lines.at(-1)?.url ?? "", exit: exit.then(([code]) => code as number) };
}

const event = {
  ...{ "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "dev.wadi.observation" },
  ...{ "ce-pipeline": "warm", "content-type": "application/json" },
};

async function validated(url: string): Promise<number> {
  const body = JSON.stringify({ x: 1, place: "a", time: Date.now() });
  return (await fetch(url, { method: "POST", headers: event, body })).status;
}

async function metrics(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

test("the compile caches lie in the bundle, whatever is set where it is made", () => {
  const cached = ["validate", "featurize", "learn", "predict", "dashboard", "archive"].map(
    (step) =>
      readdirSync(join(folder, step, "cache"), { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      ).length,
  );
  for (const files of cached) expect(files).toBeGreaterThan(1);
});

/** A copy of validate's bundle, and the folder of its compile cache. */
function copied() {
  const copy = newFolder();
  cpSync(join(folder, "validate"), copy, { recursive: true });
  const cache = join(copy, "cache");
  const [version = ""] = readdirSync(cache);
  return { program: join(copy, "start.js"), cache, version };
}

test("with a damaged compile cache a function starts and answers all the same", async () => {
  const { program, cache, version } = copied();
  for (const name of readdirSync(join(cache, version))) {
    const file = join(cache, version, name);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0x5a, bytes.length / 2));
  }

  const { url } = await start(program, { WADI_PIPELINES: pipelines(WARM) });

  expect(await validated(url)).toBe(200);
});

test("the compile cache of another Node is left alone", async () => {
  const { program, cache, version } = copied();
  renameSync(join(cache, version), join(cache, version.replace(/^v\d+/, "v20")));

  const { url } = await start(program, { WADI_PIPELINES: pipelines(WARM) });

  expect(await validated(url)).toBe(200);
});

test("what was counted before anybody asked for metrics is there, and so is what comes after", async () => {
  const { url } = await start(join(folder, "validate/start.js"), { WADI_PIPELINES: pipelines(WARM) });

  await validated(url);
  const first = await metrics(url);
  await validated(url);
  const second = await metrics(url);

  expect(first).toContain('wadi_answers_total{step="validate",status="200"} 1\n');
  expect(first).toContain("nodejs_eventloop_lag_seconds");
  expect(second).toContain('wadi_answers_total{step="validate",status="200"} 2\n');
  expect(second).toContain('wadi_handle_seconds_count{step="validate"} 2\n');
});

test("who asks for metrics before the first event misses none", async () => {
  const { url } = await start(join(folder, "validate/start.js"), { WADI_PIPELINES: pipelines(WARM) });

  const first = await metrics(url);
  await validated(url);

  expect(first).toContain("# TYPE wadi_answers_total counter");
  expect(await metrics(url)).toContain('wadi_answers_total{step="validate",status="200"} 1\n');
});

test("files that need all of YAML and of Avro are read from a bundle, too", async () => {
  const types = "{ type: enum, name: Place, symbols: [a, b] }";
  const text = WARM.replace("serve: linear", 'serve: &served "line\\u0061r"').replace("type: string", `type: ${types}`);

  const { url, lines } = await start(join(folder, "validate/start.js"), { WADI_PIPELINES: pipelines(text) });

  expect(lines.map(({ msg }) => msg)).toEqual(["validate is ready"]);
  expect(await validated(url)).toBe(200);
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

test.each([
  ["no YAML", WARM.replace("serve: linear", "serve: [linear")],
  ["no Avro", WARM.replace("type: record", "type: record\n      aliases: [1x]")],
  ["a model that is unknown", WARM.replace("serve: linear", "serve: liner")],
])("a bundle refuses a pipeline file with %s in the words of the sources", async (_, text) => {
  const folderOfFiles = pipelines(text);

  const { lines, exit } = await start(join(folder, "learn/start.js"), { WADI_PIPELINES: folderOfFiles });

  const said = messageOf(() => loadPipelines(folderOfFiles));
  expect(said).not.toBe("");
  expect(lines).toMatchObject([{ level: "error", msg: said }]);
  expect(await exit).toBe(1);
});

test("a bundle refuses wrong settings in the words of the sources", async () => {
  const wrong = { WADI_STORE: "mysql://db", WADI_PIPELINES: pipelines(WARM) };

  const { lines, exit } = await start(join(folder, "predict/start.js"), wrong);

  expect(lines).toMatchObject([{ level: "error", msg: messageOf(() => readStepConfig(wrong)) }]);
  expect(await exit).toBe(1);
});
