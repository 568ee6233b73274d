// What `wadi package func` writes, compiled as func's build does it, under the unchanged runtime of npm.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { STEPS, type StepName } from "../lib/events/vocabulary.ts";
import { freePort } from "../lib/free-port.ts";
import { npmFolder } from "../lib/npm.contract.ts";
import { hasRedisServer, newNamespace, startRedis } from "../lib/store/fixtures/redis-server.ts";
import { parseRedisAddress } from "../lib/store/redis/address.ts";
import { readSteps } from "../local/remote/setting.ts";
import {
  cleanUp,
  observation,
  outcomeOf,
  pipeline,
  root,
  settled,
  startHere,
  temporaryFolder,
} from "../local/wadi-under-test.contract.ts";

afterEach(cleanUp);

const run = promisify(execFile);
const FLIGHTS = 60;

describe.skipIf(!hasRedisServer)("a function project of func", { tags: ["redis"] }, () => {
  const folder = mkdtempSync(join(tmpdir(), "wadi-func-"));
  const children: ChildProcess[] = [];
  let runtime = "";

  beforeAll(async () => {
    const { dependencies } = JSON.parse(await madeOf("validate")) as { dependencies: Record<string, string> };
    runtime = await npmFolder("faas-js-runtime", String(dependencies["faas-js-runtime"]));
  }, 120_000);

  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  /** Its package.json. */
  async function madeOf(step: StepName): Promise<string> {
    const out = join(folder, step);
    await run(process.execPath, [join(root, "functions/cli/wadi.ts"), "package", "func", "--step", step, "--out", out]);
    return readFileSync(join(out, "package.json"), "utf8");
  }

  /** With the packages of npm and of this checkout in place of those that `npm install` would bring. */
  async function compile(project: string): Promise<void> {
    const modules = join(project, "node_modules");
    if (!existsSync(modules)) {
      mkdirSync(modules);
      symlinkSync(join(runtime, "node_modules/faas-js-runtime"), join(modules, "faas-js-runtime"));
      symlinkSync(join(root, "node_modules/@types"), join(modules, "@types"));
    }
    await run(join(root, "node_modules/.bin/tsc"), ["-p", project]);
  }

  async function started(step: StepName, env: Readonly<Record<string, string>>): Promise<string> {
    const project = join(folder, step);
    await compile(project);
    const port = await freePort();
    const cli = join(runtime, "node_modules/faas-js-runtime/bin/cli.js");
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [cli, "./build/index.js", "--port", String(port)], {
      cwd: project,
      env: { PATH, HOME, ...env },
      stdio: "ignore",
    });
    children.push(child);
    const url = `http://127.0.0.1:${port}`;
    await vi.waitFor(async () => expect((await fetch(`${url}/health/readiness`)).status).toBe(200), 30_000);
    return url;
  }

  test("runs each step: a Wadi that calls them learns each event once", async () => {
    const redis = await startRedis();
    const store = `redis://127.0.0.1:${redis.port}?namespace=${newNamespace()}`;
    const urls = await Promise.all(
      STEPS.map(async (step) => {
        await madeOf(step);
        const { run: settings } = parse(readFileSync(join(folder, step, "func.yaml"), "utf8")) as {
          run: { envs: { name: string; value: string }[] };
        };
        const env = Object.fromEntries(settings.envs.map(({ name, value }) => [name, value]));
        const url = await started(step, { ...env, ...(env["WADI_STORE"] !== undefined && { WADI_STORE: store }) });
        return `${step}=${url}`;
      }),
    );
    const events = Array.from({ length: FLIGHTS }, (_, i) => observation(i, true));

    const away = await startHere(temporaryFolder(), {
      steps: readSteps(urls.join(",")),
      store: parseRedisAddress(store) as NonNullable<ReturnType<typeof parseRedisAddress>>,
    });
    expect(await pipeline(away.url, events)).toBe(events.length);
    await settled(away);

    expect(await outcomeOf(away)).toMatchObject({ count: FLIGHTS, learned: FLIGHTS, deadLetters: 0 });
  }, 120_000);

  test("answers what is no event with the step's own table and mark, and ends in order", async () => {
    await madeOf("validate"); // again, where it was built before
    const url = await started("validate", {});

    const answer = await fetch(url, { method: "POST", body: "no event" });
    const avro = await fetch(url, {
      method: "POST",
      headers: {
        ...{ "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/test", "ce-type": "dev.wadi.observation" },
        ...{ "ce-pipeline": "line", "content-type": "application/avro", "ce-dataschema": "urn:wadi:line:1" },
      },
      // x is 1.1, whose bytes are no UTF-8; y and time are absent.
      body: Buffer.concat([Buffer.from([0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xf1, 0x3f]), Buffer.from([0x00, 0x00])]),
    });
    const child = children.at(-1) as ChildProcess;
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");

    expect([answer.status, answer.headers.get("wadi-step")]).toEqual([400, "validate"]);
    expect(await answer.json()).toMatchObject({ error: "not-a-cloudevent" });
    expect([avro.status, await avro.json()]).toEqual([200, { record: { x: 1.1, y: null, time: null } }]);
    expect(code).toBe(0);
  }, 60_000);
});
