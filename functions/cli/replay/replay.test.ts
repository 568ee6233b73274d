// wadi replay, on a Wadi that runs and on the folder of one that does not. One Wadi for all: each test replays a pipeline of
// its own.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { beforeAll, expect, test } from "vitest";
import { type Running, startRunning } from "../../admin/fixtures/running.ts";
import { Replay } from "../../admin/shapes/replays.ts";
import { run } from "../program-under-test.contract.ts";
import { afterTheLast, linesNamed } from "../shared-wadi.contract.ts";

const atEnd = afterTheLast();
const POINTS = { shown: 200, promoted: 100, changed: 150, whole: 100 };
let pipelinesFolder: string;
let running: Running;
let restart: () => Promise<Running>;

beforeAll(async () => {
  pipelinesFolder = linesNamed(Object.keys(POINTS), atEnd);
  running = await startRunning({ pipelinesFolder }, atEnd);
  restart = () => startRunning({ pipelinesFolder, dataFolder: running.folder }, atEnd);
  for (const [pipeline, points] of Object.entries(POINTS)) await learned(pipeline, points);
});

/** So many points of a line. */
async function learned(pipeline: string, points: number): Promise<void> {
  const events = Array.from({ length: points }, (_, i) => ({
    ...{ specversion: "1.0", type: "dev.wadi.observation", source: "/test", id: `${i}`, pipeline },
    data: { x: (i % 20) / 10 - 1, y: (i % 20) / 5 },
  }));
  await Promise.all(events.map((event) => running.wadi.broker.publish(event)));
  await running.settled();
}

const ask = (...args: readonly string[]) => run([...args, "--data", running.folder, "--pipelines", pipelinesFolder]);
const headOf = (pipeline: string) => running.wadi.store.models.head(pipeline);
const stateOf = async (pipeline: string) => JSON.parse((await running.wadi.store.models.load(pipeline)).state);

test("shows the new generation beside the one in force, model by model, and how to go on", async () => {
  const { code, out } = await ask("replay", "--pipeline", "shown", "--into", "b");

  expect(code).toBe(0);
  expect(out).toContain("generation b of shown: 200 events read, 200 examples");
  expect(out).toMatch(/^linear +1, in force +200 +\d/m);
  expect(out).toMatch(/^linear +b +200 +\d/m);
  expect(out).toContain("--into b --promote");
});

test("--promote puts it in force; --json writes the documented shape", async () => {
  const { code, out } = await ask("replay", "--pipeline", "promoted", "--into", "b", "--promote", "--json");

  const ajv = new Ajv({ strict: false });
  expect(code).toBe(0);
  expect(ajv.validate(Replay, JSON.parse(out)), ajv.errorsText()).toBe(true);
  expect(JSON.parse(out)).toMatchObject({ state: "done", promoted: true, sets: [{ replayed: { count: 100 } }] });
  expect((await headOf("promoted")).generation).toBe("b");
});

test("a model that was changed cannot go on, and is learned again from the log of the stopped Wadi", async () => {
  await running.stop();
  const file = join(pipelinesFolder, "changed.yaml");
  const changed = readFileSync(file, "utf8").replace("learningRate: 0.1", "learningRate: 0.2");
  writeFileSync(file, changed);
  await expect(restart()).rejects.toThrow(/wadi replay --pipeline changed --into/);

  const { code, out } = await ask("replay", "--pipeline", "changed", "--into", "second", "--promote");
  running = await restart();

  expect(code).toBe(0);
  expect(out).toContain("Generation second is in force");
  expect(await headOf("changed")).toMatchObject({ generation: "second" });
  expect(await stateOf("changed")).toMatchObject({ count: 150 });
});

test("--gap on a store that has lost nothing learns nothing twice", async () => {
  const { code, out } = await ask("replay", "--pipeline", "whole", "--gap");

  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("the gap of whole: 100 events read") });
  expect(await stateOf("whole")).toMatchObject({ count: 100 });
});

test.each([
  ["neither a generation nor --gap", ["--pipeline", "line"], /give a generation to fill/],
  ["a gap from the archive", ["--pipeline", "line", "--gap", "--from-archive"], /--from-archive fills a generation/],
  ["--promote of a gap", ["--pipeline", "line", "--gap", "--promote"], /--promote needs a generation/],
  ["no time", ["--pipeline", "line", "--into", "b", "--from", "yesterday"], /--from: "yesterday" is not a time/],
])("%s is wrong use", async (_, args, why) => {
  const { code, err } = await run(["replay", ...args, "--data", "/nowhere"]);

  expect(code).toBe(2);
  expect(err).toMatch(why);
});
