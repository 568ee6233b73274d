// wadi generator and wadi pipeline show, against a Wadi that runs; and kill -9 of one whose generator runs.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import { afterEach, expect, test } from "vitest";
import { type Running, startRunning, TOKEN } from "../../admin/fixtures/running.ts";
import { connectAdmin } from "../../admin/http/client.ts";
import { Generator } from "../../admin/shapes/generator.ts";
import { PipelineDetail } from "../../admin/shapes/tries.ts";
import { until } from "../../admin/tries/tries-under-test.contract.ts";
import { freePort } from "../../lib/free-port.ts";
import { cleanUp, later, root, temporaryFolder } from "../../local/wadi-under-test.contract.ts";
import { run } from "../program-under-test.contract.ts";

afterEach(cleanUp);

const ajv = new Ajv({ strict: false });

async function started() {
  const running = await startRunning();
  const wadi = (...args: readonly string[]) => run([...args, "--data", running.folder]);
  const generator = async (...args: readonly string[]) => {
    const { out, err } = await wadi("generator", ...args, "--json");
    expect(err).toBe("");
    const told = JSON.parse(out) as Generator;
    expect(ajv.validate(Generator, told), ajv.errorsText()).toBe(true);
    return told;
  };
  const done = () =>
    until(
      () => generator(),
      ({ state }) => state !== "runs",
    );
  return { running, wadi, generator, done };
}

async function learned({ wadi, settled }: Running, set = "line"): Promise<number> {
  await settled();
  return wadi.store.models.learnedCount(set);
}

test("a line is started, turned, looked at and stopped", async () => {
  const { wadi, generator } = await started();
  expect((await wadi("generator")).out).toMatch(/nothing runs; wadi generator start --from line/);

  expect(await generator("start", "--from", "line", "--rate", "500", "--sigma", "0")).toMatchObject({ state: "runs" });
  const turned = await generator("turn", "--beta", "-1.5", "--rate", "100");
  await until(generator, ({ observations }) => observations > 20);
  const shown = await wadi("generator", "status");
  const second = await wadi("generator", "start", "--from", "line");
  const stopped = await generator("stop");

  expect(turned).toMatchObject({ line: { beta: -1.5, sigma: 0 }, rate: 100 });
  expect(shown.out).toMatch(
    /generator {2}runs\nsends {6}line to line, 100 a second\nline {7}y = -1.5 x \+ noise of 0\n/,
  );
  expect(shown.out).toMatch(/\npoints {5}y = -?\d\.\d{3} x [+-] \d\.\d{3} \(least squares over the last \d+\)/);
  expect(second).toMatchObject({ code: 1, err: expect.stringContaining("sends to line already: stop it first") });
  expect(stopped.state).toBe("stopped");
});

test("what wadi emit has sent is known: the same line and the same file are not learned twice", async () => {
  const { running, generator, done } = await started();
  const file = join(temporaryFolder(), "a.csv.gz");
  writeFileSync(file, gzipSync("x,y\n1,2\n2,4\n3,6\n"));
  await run(["emit", "--generate", "line", "--n", "40", "--seed", "3", "--url", running.wadi.url]);
  await run(["emit", file, "--pipeline", "line", "--url", running.wadi.url]);
  expect(await learned(running)).toBe(43);

  await generator("start", "--from", "line", "--n", "40", "--seed", "3", "--rate", "5000");
  expect(await done()).toMatchObject({ state: "done", observations: 40 });
  expect(await learned(running)).toBe(43);

  await generator("start", file, "--pipeline", "line", "--rate", "5000", "--late-labels", "1");
  expect(await done()).toMatchObject({ state: "done", from: "a.csv.gz", observations: 3, labels: 3 });
  expect(await learned(running)).toBe(43);
});

test("what the pipeline does not take is told in the words of the command", async () => {
  const { wadi } = await started();
  const file = join(temporaryFolder(), "a.csv");
  writeFileSync(file, "x,y\nfar,2\n");

  const refused = await wadi("generator", "start", file, "--pipeline", "line");
  const time = await wadi("generator", "start", file, "--pipeline", "line", "--time", "when");
  const turned = await wadi("generator", "turn", "--rate", "3");

  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toMatch(/nothing was sent: row 1 \(line 2\), column x: must be a finite number/);
  expect(time.err).toMatch(/^wadi: --time names no column; use one of "x", "y"/);
  expect(turned.err).toMatch(/no generator runs: start one/);
});

test.each<[string, RegExp]>([
  ["start", /what is to be sent\?/],
  ["start --from file --pipeline line", /which file\?/],
  ["start a.csv", /which pipeline\?/],
  ["start a.csv --pipeline line", /there is no such file/],
  ["start a.csv --from line", /not both/],
  ["start --from lines", /did you mean "line"/],
  ["start --from line --rate 0", /--rate: "0" is not a number/],
  ["start --from line --rate 1e999", /--rate/],
  ["start --from line --n 0", /--n/],
  ["start --from line --sigma -1", /--sigma/],
  ["start --from line --late-labels soon", /--late-labels: "soon" is not a delay/],
  ["turn", /what is to change\?/],
])("wadi generator %s is wrong use", async (typed, words) => {
  expect(await run(["generator", ...typed.split(" ")])).toMatchObject({ code: 2, err: expect.stringMatching(words) });
});

test("wadi pipeline show tells what a pipeline takes, and its file", async () => {
  const { running, wadi } = await started();

  const shown = await wadi("pipeline", "show", "flights");
  const json = JSON.parse((await wadi("pipeline", "show", "flights", "--json")).out);
  await running.stop();
  const offline = await wadi("pipeline", "show", "flight");

  expect(shown.out).toMatch(/predicts +delay \(regression\)\n/);
  expect(shown.out).toMatch(/date +time +the event's time\n/);
  expect(shown.out).toMatch(/delay +number, may be left out +the target\n/);
  expect(ajv.validate(PipelineDetail, json), ajv.errorsText()).toBe(true);
  expect(json.text).toMatch(/^name: flights$/m);
  expect(offline).toMatchObject({ code: 1, err: expect.stringContaining('did you mean "flights"?') });
});

test("kill -9 while the generator runs: all that was taken is learned, once, and the next Wadi's generator is idle", async () => {
  const folder = temporaryFolder();
  const [port, adminPort] = [await freePort(), await freePort()];
  const start = () => {
    const args = ["--data", folder, "--port", String(port), "--admin-port", String(adminPort), "--log-level", "error"];
    const child = spawn(process.execPath, [join(root, "functions/cli/wadi.ts"), "start", ...args], {
      cwd: root,
      stdio: "ignore",
      env: { ...process.env, WADI_ADMIN_TOKEN: TOKEN },
    });
    later(() => child.kill("SIGKILL"));
    return child;
  };
  const admin = connectAdmin({ url: `http://127.0.0.1:${adminPort}`, token: TOKEN });
  const awake = () =>
    until(
      () => admin.generator().catch(() => undefined),
      (told) => told !== undefined,
    );
  let taken = 0;
  let child = start();
  for (let kills = 0; kills < 3; kills++) {
    expect(await awake()).toMatchObject({ state: "idle", rows: 0 });
    await admin.startGenerator({ pipeline: "line", from: "line", rate: 3000, seed: kills, lateLabels: "20" });
    const killAt = 200 + Math.floor(Math.random() * 600);
    const { labels } = await until(
      () => admin.generator(),
      (told) => told.labels > killAt,
    );
    taken += labels;
    child.kill("SIGKILL");
    await once(child, "exit");
    child = start();
  }
  await awake();
  const count = () =>
    admin.status().then(({ learned: n = 0, triggers }) => ({ n, lag: Math.max(...triggers.map((one) => one.lag)) }));
  const { n } = await until(count, ({ lag }) => lag === 0);
  const model = await admin.model("line", {});
  const { deadLetters } = await admin.status();

  expect(n).toBeGreaterThanOrEqual(taken);
  expect(model).toMatchObject({ count: n, learnedIds: n });
  expect(deadLetters).toBe(0);
  child.kill("SIGTERM");
  expect((await once(child, "exit"))[0]).toBe(0);
}, 120_000);
