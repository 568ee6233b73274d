// `wadi doctor`: everything that can fail is made to fail, really.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../admin/fixtures/running.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { type LocalWadi, startLocal } from "../../local/start.ts";
import { run } from "../program-under-test.contract.ts";
import { afterTheLast } from "../shared-wadi.contract.ts";
import { checkNode } from "./checks.ts";
import { checkClock, checkStoreClock } from "./clock.ts";
import type { Finding } from "./finding.ts";
import { checkPort } from "./ports.ts";
import { checkSteps } from "./steps.ts";

const root = join(import.meta.dirname, "../../..");
const files = { pipelines: join(root, "helm/pipelines"), values: join(root, "helm/values.yaml") };
let folder: string;
let data: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-doctor-"));
  data = join(folder, "data");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** No timer takes longer than a moment: the clock is not watched for as long as people's is. */
const hasty: Clock = { ...systemClock, after: (_ms, fire) => systemClock.after(0, fire) };

const doctor = (...args: readonly string[]) =>
  run(["doctor", "--data", data, "--pipelines", files.pipelines, "--values", files.values, ...args], { clock: hasty });

/** Port 0 is always free. */
async function findings(
  ...args: readonly string[]
): Promise<{ code: number; all: readonly Finding[]; of: (name: string) => Finding | undefined }> {
  const { code, out } = await doctor("--port", "0", "--admin-port", "0", "--json", ...args);
  const { checks } = JSON.parse(out) as { checks: Finding[] };
  return { code, all: checks, of: (name) => checks.find((one) => one.name === name) };
}

async function taken(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.end("SSH-2.0-other\r\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as { port: number }).port };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const started = (dataFolder: string, options: Partial<Parameters<typeof startLocal>[0]> = {}): Promise<LocalWadi> =>
  startLocal({
    dataFolder,
    port: 0,
    adminPort: 0,
    pipelinesFolder: files.pipelines,
    valuesFile: files.values,
    logLevel: "silent",
    ...options,
  });

test("where all is well: a line each, exit code 0, and nothing was made", async () => {
  const { code, out } = await doctor("--port", "0", "--admin-port", "0");

  expect(code, out).toBe(0);
  for (const name of ["node", "pipelines", "topology", "folder", "disk", "sync", "clock", "port", "admin", "store"]) {
    expect(out).toMatch(new RegExp(`^[✓!] ${name} +\\S`, "m"));
  }
  expect(out).toContain("No check failed");
  expect(() => mkdirSync(data)).not.toThrow();
});

test("a port that another program has: who, and the command that takes another", async () => {
  const { server, port } = await taken();

  const { code, out } = await doctor("--port", String(port), "--admin-port", "0");
  server.close();

  expect(code).toBe(1);
  expect(out).toMatch(
    new RegExp(`^✗ port +port ${port} of 127.0.0.1 is taken by another program\n +→ .*--port \\d+$`, "m"),
  );
  expect(out).toContain("1 check failed");
});

test("an address that is not this machine's", async () => {
  const { out } = await doctor("--port", "1", "--host", "192.0.2.1", "--admin-port", "0");

  expect(out).toMatch(/^✗ port .*\n +→ this machine has no such address/m);
});

test("a file where the data folder belongs", async () => {
  writeFileSync(data, "");

  const { code, of } = await findings();

  expect(code).toBe(1);
  expect(of("folder")).toMatchObject({ level: "fail", message: expect.stringContaining("is a file") });
});

test("a data folder below a file cannot be made either", async () => {
  writeFileSync(join(folder, "file"), "");

  const { of } = await findings("--data", join(folder, "file", "data"));

  expect(of("folder")).toMatchObject({ level: "fail", cure: expect.stringContaining("--data") });
});

test("a pipeline that is not sound, with its place and what to do", async () => {
  const pipelines = join(folder, "pipelines");
  mkdirSync(pipelines);
  writeFileSync(join(pipelines, "a.yaml"), "name: a\n");

  const { code, of } = await findings("--pipelines", pipelines);

  expect(code).toBe(1);
  expect(of("pipelines")).toMatchObject({ level: "fail", message: expect.stringContaining("a.yaml") });
});

test("values that are not there", async () => {
  expect((await findings("--values", join(folder, "none.yaml"))).of("topology")).toMatchObject({ level: "fail" });
});

test("a store that is no store", async () => {
  mkdirSync(data);
  for (const name of ["store.db", "journal.db"])
    writeFileSync(join(data, name), "this is no database, and never was one");

  const { code, of } = await findings();

  expect(code).toBe(1);
  expect(of("store")).toMatchObject({ level: "fail", cure: expect.stringContaining("copy") });
});

describe("where a model has changed since it learned", () => {
  const pipelines = () => join(folder, "pipelines");
  const line = () => readFileSync(join(files.pipelines, "line.yaml"), "utf8");
  const atEnd = afterTheLast();
  let learned: string;
  beforeAll(async () => {
    learned = newFolder(atEnd);
    const wadi = await started(learned);
    await wadi.broker.publish({
      ...{ specversion: "1.0", type: "dev.wadi.observation", source: "/t", id: "1", pipeline: "line" },
      data: { x: 1, y: 2 },
    });
    while ((await wadi.store.models.setCount()) === 0) await pause(5);
    await wadi.stop();
  });
  beforeEach(() => {
    data = learned;
    mkdirSync(pipelines());
  });

  test("it fails, as the start would: the pipeline, the model, and the cure", async () => {
    writeFileSync(join(pipelines(), "line.yaml"), line().replace("learningRate: 0.1", "learningRate: 0.2"));

    const { code, of } = await findings("--pipelines", pipelines());

    expect(code).toBe(1);
    expect(of("models")).toEqual({
      name: "models",
      level: "fail",
      message: "pipeline line: the model linear has changed since it began to learn, so Wadi would not start",
      cure: `give it a new name in ${join(pipelines(), "line.yaml")}, or start with another --data`,
    });
  });

  test("looking writes nothing: with the file as it was all goes on", async () => {
    writeFileSync(join(pipelines(), "line.yaml"), line().replace("learningRate: 0.1", "learningRate: 0.2"));
    await findings("--pipelines", pipelines());

    const { code, of } = await findings();

    expect(code).toBe(0);
    expect(of("models")).toMatchObject({ level: "ok", message: "6 pipelines can go on from what was learned" });
  });

  test("where a file is not sound the store is not blamed for it", async () => {
    writeFileSync(join(pipelines(), "line.yaml"), "name: line\n");

    const { of } = await findings("--pipelines", pipelines());

    expect(of("pipelines")).toMatchObject({ level: "fail" });
    expect(of("store")).toMatchObject({ level: "warn", message: expect.stringContaining("was not checked") });
  });
});

describe("with a Wadi that runs on the data folder", () => {
  const atEnd = afterTheLast();
  let wadi: LocalWadi;
  let held: string;
  beforeAll(async () => {
    held = newFolder(atEnd);
    wadi = await started(held);
    atEnd(() => wadi.stop());
  });
  beforeEach(() => {
    data = held;
  });

  test("its ports are its own, and it is asked how it is", async () => {
    const { code, of } = await findings();

    expect(code).toBe(0);
    expect(of("port")).toMatchObject({ level: "ok", message: `${wadi.url} is Wadi's, and it answers` });
    expect(of("running")).toMatchObject({ level: "ok" });
    expect(of("broker")).toMatchObject({ level: "ok", message: "all events are handled" });
  });

  test("its dead letters are a warning, with the command that shows them", async () => {
    await wadi.broker.publish({ specversion: "1.0", type: "dev.wadi.observation", source: "/t", id: "1", data: {} });
    while (wadi.broker.status().deadLetters === 0) await new Promise((resolve) => setTimeout(resolve, 5));

    const { code, of } = await findings();

    expect(code).toBe(0);
    expect(of("letters")).toMatchObject({ level: "warn", cure: expect.stringContaining("wadi dlq list") });
  });

  test("its port is taken for any other data folder", async () => {
    const { of } = await findings("--data", join(folder, "other"), "--port", new URL(wadi.url).port);

    expect(of("port")).toMatchObject({
      level: "fail",
      message: expect.stringContaining("a Wadi on another data folder"),
    });
  });

  test("its port is a warning beside it, where it is known whose it is", async () => {
    const port = Number(new URL(wadi.url).port);
    const asked = { name: "port", host: "127.0.0.1", port, flag: "--port", own: undefined };

    expect(await checkPort({ ...asked, others: [{ folder: ".wadi/demo", address: wadi.url }] })).toMatchObject({
      level: "warn",
      message: `port ${port} of 127.0.0.1 is taken by the Wadi on .wadi/demo, and it answers`,
      cure: expect.stringMatching(/^wadi doctor --data \.wadi\/demo .* --port \d+$/),
    });
  });

  test("one that holds the folder and does not answer fails", async () => {
    const address = join(data, "admin.json");
    const text = readFileSync(address);
    rmSync(address);
    onTestFinished(() => writeFileSync(address, text));

    const { code, of } = await findings();

    expect(code).toBe(1);
    expect(of("store")).toMatchObject({ level: "fail", message: expect.stringContaining("another Wadi process") });
  });
});

describe("how large the models are", () => {
  const pipelines = () => join(folder, "pipelines");
  beforeEach(() => {
    mkdirSync(pipelines());
    const line = readFileSync(join(files.pipelines, "line.yaml"), "utf8");
    writeFileSync(
      join(pipelines(), "line.yaml"),
      line
        .replace("- { name: x, type: double }", "- { name: x, type: double }\n        - { name: id, type: string }")
        .replace("- { from: x, as: number }", "- { from: x, as: number }\n  - { from: id, as: one-hot }"),
    );
  });

  async function learned(
    examples: number,
    options: Partial<Parameters<typeof startLocal>[0]> = {},
  ): Promise<LocalWadi> {
    const wadi = await started(data, { pipelinesFolder: pipelines(), ...options });
    for (let i = 0; i < examples; i++) {
      await wadi.broker.publish({
        ...{ specversion: "1.0", type: "dev.wadi.observation", source: "/t", id: `${i}`, pipeline: "line" },
        data: { x: 1, id: `number-${i}`, y: 2 },
      });
    }
    while ((await wadi.store.models.learnedCount("line")) < examples) await pause(5);
    return wadi;
  }

  test("is told of the largest set, of one that runs and of one that was stopped", async () => {
    const wadi = await learned(3);
    const said = { level: "ok", message: expect.stringMatching(/^the largest state has [\d.]+ (bytes|kB): line$/) };

    expect((await findings("--pipelines", pipelines())).of("size")).toMatchObject(said);
    await wadi.stop();
    expect((await findings("--pipelines", pipelines())).of("size")).toMatchObject(said);
  });

  test("a state that will soon have reached its limit is a warning before it has", async () => {
    const wadi = await learned(3);
    const bytes = (await wadi.store.models.load("line")).state.length;
    await wadi.stop();
    const tight = await learned(4, { maxStateBytes: Math.ceil(bytes * 1.1) });

    const { code, of } = await findings("--pipelines", pipelines());
    await tight.stop();

    expect(code).toBe(0);
    expect(of("size")).toMatchObject({
      level: "warn",
      message: expect.stringMatching(/^the state of line has [\d.]+ kB of at most [\d.]+ kB: once it is full/),
      cure: expect.stringMatching(/as: hash.*WADI_MAX_STATE_BYTES/),
    });
  });

  test("a state that has reached its limit is a warning, with the ways out", async () => {
    const wadi = await learned(60, { maxStateBytes: 4000 });

    const { code, of } = await findings("--pipelines", pipelines());
    await wadi.stop();

    expect(code).toBe(0);
    expect(of("size")).toMatchObject({
      level: "warn",
      message: expect.stringMatching(
        /^linear of line learned \d+ examples without a feature whose name was new: its state/,
      ),
      cure: expect.stringMatching(/as: hash.*WADI_MAX_STATE_BYTES/),
    });
  });
});

test("after a stop the store is opened, and let go of", async () => {
  await (await started(data)).stop();

  const { of } = await findings();
  const again = await started(data);
  await again.stop();

  expect(of("store")).toMatchObject({ level: "ok", message: "sqlite, 0 model sets" });
});

describe("the clock", () => {
  const clockAt = (now: () => number): Clock => ({ ...systemClock, now });

  test("a year before Wadi was written fails", async () => {
    const begun = Date.now();

    expect(await checkClock(clockAt(() => Date.now() - begun))).toMatchObject({ level: "fail" });
  });

  test("one that jumps is a warning", async () => {
    let jump = 0;

    const checked = checkClock(clockAt(() => Date.now() + jump));
    jump = 5000;

    expect(await checked).toMatchObject({ level: "warn", message: expect.stringMatching(/moved by [45]\d{3} ms/) });
  });

  test("one that differs from the store's by more than an hour is a warning, with the cure", () => {
    const told = (seconds?: number) => checkStoreClock(seconds)[0];

    expect(told()).toBeUndefined();
    for (const seconds of [0, 3600, -3600]) expect(told(seconds)).toMatchObject({ name: "clocks", level: "ok" });
    const cure = expect.stringMatching(/synchronise .* by NTP \(timedatectl set-ntp true, or chrony\)/);
    const ahead = expect.stringMatching(/is 40 d ahead of the store's/);
    expect(told(40 * 86_400)).toMatchObject({ level: "warn", message: ahead, cure });
    expect(told(-40 * 86_400)).toMatchObject({ level: "warn", message: expect.stringMatching(/40 d behind/), cure });
  });
});

describe("steps that are called by URL", () => {
  /** By the path: the status and the mark. */
  const SAYS: Readonly<Record<string, readonly [status: number, mark?: string]>> = {
    "/validate": [400, "validate"],
    "/throttled": [429],
    "/login": [401],
    "/nobody": [404],
    "/slow": [202],
    "/crashed": [400],
    "/other": [400, "predict"],
    "/busy": [503, "learn"],
  };
  const door = createHttpServer((request, response) => {
    const [status, mark] = SAYS[request.url ?? ""] ?? [404];
    response.writeHead(status, mark === undefined ? {} : { "wadi-step": mark }).end("of the platform");
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(door.address() as { port: number }).port}`;
    return () => door.close();
  });

  test("are asked one by one: who answers and how fast, and what each wrong answer comes of, with its cure", async () => {
    const steps = (...paths: readonly string[]) =>
      ["validate", "featurize", "predict", "learn"].map((step, i) => `${step}=${url}${paths[i]}`).join(",");

    const { code, all, of } = await findings("--steps", steps("/validate", "/throttled", "/login", "/nobody"));
    const others = [
      steps("/slow", "/crashed", "/gone", "/other"),
      `learn=${url}/busy`,
      "learn=http://127.0.0.1:1/",
      "ftp://host",
    ].map((text) => checkSteps(text, { env: {}, clock: systemClock }));
    const found = [...all.filter(({ name }) => name === "steps"), ...(await Promise.all(others)).flat()];

    expect(code).toBe(1);
    expect(of("steps")).toEqual({
      ...{ name: "steps", level: "ok" },
      message: expect.stringMatching(/^validate at http:\/\/127\.0\.0\.1:\d+\/validate answers, in \d+ ms$/),
    });
    expect(found.slice(1).map(({ level, message, cure }) => [level, `${message} ${cure}`])).toEqual(
      [
        /^featurize at .*throttled: 429 .*throttles.*120 calls a minute.*--steps-concurrency/,
        /^predict at .*401 .*login.*WADI_STEPS_HEADERS/,
        /^learn at .*404 .*no such step.*correct the address/i,
        /^validate at .*202 .*slower than the platform waits/,
        /^featurize at .*400 .*ran out of memory/,
        /^predict at .*404/,
        /^learn at .*"predict" answered where learn was called/,
        /^learn at .*answers 503 to what is no event/,
        /^learn at .*ECONNREFUSED.*whether it runs/,
        /neither an address nor a list.*write http/,
      ].map((text) => ["fail", expect.stringMatching(text)]),
    );
  });
});

test("an old Node fails, and the cure brings its own", () => {
  expect(checkNode("22.1.0")).toMatchObject({ level: "fail", cure: expect.stringContaining("./wadi") });
  expect(checkNode("24.0.0").level).toBe("ok");
});
