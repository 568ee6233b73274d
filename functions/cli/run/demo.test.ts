// The main job, as a person has it: real flights through everything, the closing table, and the commands to try next.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "wadi-demo-"));
const empty = mkdtempSync(join(folder, "empty-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const wadi = (...args: string[]) => wadiWith({}, ...args);

function wadiWith(env: Record<string, string>, ...args: string[]) {
  const child = spawn(join(root, "wadi"), args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const run = { child, out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    run.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    run.err += chunk;
  });
  return run;
}

async function ended({ child }: { child: ChildProcess }): Promise<number | null> {
  if (child.exitCode === null) await once(child, "exit");
  return child.exitCode;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The figures of a model in the closing table: n, MAE, RMSE, R2, MAE over the last 1,000. */
function figuresOf(model: string, out: string): number[] {
  const line = out.split("\n").find((text) => new RegExp(`^\\W*${model} `).test(text)) ?? "";
  return [...line.matchAll(/ (-?[\d,]+(?:\.\d+)?)(?= )/g)].map(([, figure]) => Number(figure?.replaceAll(",", "")));
}

interface Sample {
  readonly learned: number;
  readonly bytes: number;
}

async function sample(url: string): Promise<Sample> {
  const text = await (await fetch(`${url}metrics`)).text();
  const value = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  return {
    learned: value(/^wadi_learned_total\{[^}]*scored="served"\} (\d+)/m),
    bytes: value(/^process_resident_memory_bytes (\d+)/m),
  };
}

test("20,000 flights: each learned once, the baselines beaten, River's error met, and what to try next works", async () => {
  const demo = wadi("demo", "--data", join(folder, "flights"), "--port", "0", "--admin-port", "0");
  await until(() => demo.out.includes("depart"));
  const url = /http:\S+\//.exec(demo.out)?.[0] ?? "";
  const samples: Sample[] = [];

  await until(async () => {
    samples.push(await sample(url));
    return demo.out.includes("--generate line") || demo.child.exitCode !== null;
  });
  const [linear = [], mean = [], median = []] = ["linear", "mean", "median"].map((model) => figuresOf(model, demo.out));
  const commands = demo.out.replaceAll("\\\n", "").split("\n");
  const paste = (start: RegExp) =>
    promisify(execFile)("bash", ["-c", commands.find((line) => start.test(line)) ?? "false"], { cwd: root });
  const [event, prediction, emit] = [await paste(/^curl -i/), await paste(/^curl http/), await paste(/wadi emit/)];
  demo.child.kill("SIGINT");

  expect(await ended(demo), demo.err).toBe(0);
  expect(demo.out).toContain("20,000 flights, each learned exactly once");
  expect(demo.out).toContain(" 0 dead letters");
  expect(Number(/\((\d+(?:\.\d)?) %\) were scored/.exec(demo.out)?.[1])).toBeGreaterThanOrEqual(99);
  expect([linear, mean, median].map(([n]) => n)).toEqual([20_000, 20_000, 20_000]);
  // River 0.26.1, replaying this stream with late labels: 17.300, and 15.98 over the last 1,000; its mean 19.112.
  expect(Math.abs((linear[1] as number) - 17.3)).toBeLessThan(0.1);
  expect(Math.abs((linear[4] as number) - 15.98)).toBeLessThan(0.1);
  expect(Math.abs((mean[1] as number) - 19.112)).toBeLessThan(0.1);
  expect(linear[1]).toBeLessThan(Math.min(mean[1] as number, median[1] as number));
  expect(event.stdout).toContain("202 Accepted");
  expect(JSON.parse(prediction.stdout)).toMatchObject({ model_name: "flights" });
  expect(JSON.parse(prediction.stdout).outputs[0]).toMatchObject({ name: "prediction", data: [expect.any(Number)] });
  expect(emit.stdout).toContain("1,000");
  // In a pipe: no escape codes.
  expect(demo.out + demo.err).not.toContain("\x1b");
  // Memory is level: what is held does not grow with what was learned.
  const early = samples.find(({ learned }) => learned >= 2000)?.bytes ?? 0;
  const late = Math.max(...samples.filter(({ learned }) => learned >= 2000).map(({ bytes }) => bytes));
  expect(early).toBeGreaterThan(0);
  expect(late / early, JSON.stringify(samples)).toBeLessThan(1.5);
}, 180_000);

test("sessions of an app: each with a label learned once, the change is told, and the model is as good as before", async () => {
  const args = ["--once", "--json", "--port", "0", "--admin-port", "0", "--data", join(folder, "sessions")];
  const demo = wadi("demo", "--scenario", "app-sessions", ...args);

  expect(await ended(demo), demo.err).toBe(0);
  const came = JSON.parse(demo.out);
  expect(came).toMatchObject({ sound: true, sessions: 12_000, users: 1000, deadLetters: 0, serve: "linear" });
  expect(came.learned).toBe(came.labelled);
  expect(came.learnedIds).toBe(came.labelled);
  expect(came.labelled + came.labelsLost).toBe(12_000);
  expect(came.sentTwice).toBeGreaterThan(500);
  expect(came.outOfOrder).toBeGreaterThan(1000);
  const { at, drift, restarted, mae } = came.change;
  const rises = drift.filter(({ change }: { change: string }) => change === "rise");
  expect(at).toBe(6001);
  expect(rises[0]).toMatchObject({ model: "linear", detector: "page-hinkley" });
  // Some hundred sessions after the change, about 96 % of which have labels.
  expect(rises[0].at).toBeGreaterThan(5500);
  expect(rises[0].at).toBeLessThan(6500);
  expect(restarted).toEqual([expect.objectContaining({ model: "linear", challenger: rises[0].challenger })]);
  const { linear, tree, mean, median } = mae;
  for (const baseline of [mean, median]) {
    expect(linear.before).toBeLessThan(0.8 * baseline.before);
    expect(linear.end).toBeLessThan(0.8 * baseline.end);
  }
  expect(linear.after).toBeGreaterThan(1.4 * linear.before);
  expect(linear.end).toBeLessThan(1.1 * linear.before);
  // A tree that does not begin anew goes on with what it had learned.
  expect(tree.end).toBeGreaterThan(1.2 * linear.end);
}, 300_000);

test("a scenario that there is not is refused with those that there are", async () => {
  const demo = wadi("demo", "--scenario", "app-session", "--data", join(folder, "none"));

  expect(await ended(demo)).toBe(2);
  expect(demo.err).toMatch(/flights, app-sessions/);
});

test("a folder that the user named and that holds something is left alone", async () => {
  const full = join(folder, "mine");
  mkdirSync(full);
  writeFileSync(join(full, "thesis.txt"), "do not touch");

  const demo = wadi("demo", "--once", "--port", "0", "--admin-port", "0", "--data", full);

  expect(await ended(demo)).toBe(2);
  expect(demo.err).toMatch(/mine is not empty; name a new folder/);
});

test("start says where it takes events, and ends with 0 at SIGTERM", async () => {
  const start = wadi("start", "--port", "0", "--admin-port", "0", "--data", join(folder, "start"));
  await until(() => start.out.includes("emit"));
  const url = /http:\S+\//.exec(start.out)?.[0] ?? "";

  const ready = await (await fetch(`${url}health/ready`)).json();
  start.child.kill("SIGTERM");

  expect(ready).toEqual({ ready: true, missing: {} });
  expect(await ended(start)).toBe(0);
});

test("start shows the admin token once, at the first start, and takes another from WADI_ADMIN_TOKEN", async () => {
  const status = (out: string, token: string) => {
    const url = /admin +(http:\S+?)\/api/.exec(out)?.[1];
    return fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } });
  };
  const run = async (env: Record<string, string> = {}) => {
    const start = wadiWith(env, "start", "--port", "0", "--admin-port", "0", "--data", join(folder, "twice"));
    await until(() => start.out.includes("emit"));
    return start;
  };

  const first = await run();
  const token = /token +(\S+)/.exec(first.out)?.[1] ?? "";
  expect((await status(first.out, token)).status).toBe(200);
  first.child.kill("SIGTERM");
  expect(await ended(first)).toBe(0);
  const second = await run({ WADI_ADMIN_TOKEN: "another-token-of-mine", WADI_VIEW_TOKEN: "one-to-look-with" });

  expect(second.out).not.toMatch(/token|another|look-with/);
  expect((await status(second.out, "one-to-look-with")).status).toBe(200);
  expect((await status(second.out, "another-token-of-mine")).status).toBe(200);
  expect((await status(second.out, token)).status).toBe(401);
  second.child.kill("SIGTERM");
  await ended(second);
});

describe("beside a Wadi that runs", () => {
  const data = join(folder, "other");
  let running: ReturnType<typeof wadi>;

  beforeAll(async () => {
    running = wadi("start", "--port", "0", "--admin-port", "0", "--data", data);
    await until(() => running.out.includes("emit"));
  });
  afterAll(async () => {
    running.child.kill("SIGTERM");
    await ended(running);
  });

  test.each([
    [
      "a port that is taken",
      ["--port", "PORT"],
      1,
      /port \d+ is taken; stop what listens there or choose another port/,
    ],
    ["a data folder in use", ["--port", "0", "--admin-port", "0", "--data", "DATA"], 1, /used by another Wadi process/],
    ["a port that is none", ["--port", "eighty"], 2, /a port is a whole number/],
    ["a folder without pipelines", ["--port", "0", "--admin-port", "0", "--pipelines", empty], 1, /has no \*\.yaml/],
    [
      "a log level that is none",
      ["--port", "0", "--admin-port", "0", "--log-level", "loud"],
      1,
      /"loud" is unknown; take one of debug/,
    ],
  ])("%s stops the start with the cure", async (_title, args, code, cure) => {
    const port = /:(\d+)\//.exec(running.out)?.[1] ?? "";
    const given = args.map((arg) => arg.replace("PORT", port).replace("DATA", data));

    const failing = wadi("start", "--data", join(folder, "failing"), ...given);

    expect(await ended(failing)).toBe(code);
    expect(failing.err).toMatch(cure);
  });
});
