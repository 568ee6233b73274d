// wadi replay, on a Wadi that runs and on the folder of one that does not.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterEach, expect, test } from "vitest";
import { Replay } from "../../admin/shapes/replays.ts";
import { type LocalWadi, startLocal } from "../../local/start.ts";
import { settled } from "../../local/wadi-under-test.contract.ts";
import { run } from "../program-under-test.contract.ts";

const root = join(import.meta.dirname, "../../..");
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function start(folder: string): Promise<LocalWadi> {
  const wadi = await startLocal({
    ...{ dataFolder: join(folder, "data"), pipelinesFolder: join(folder, "pipelines") },
    ...{ port: 0, adminPort: 0, valuesFile: join(root, "helm/values.yaml"), logLevel: "silent" },
  });
  undo.push(() => wadi.stop());
  return wadi;
}

/** A Wadi that has learned so many points of a line, and how to ask it. */
async function lived(points: number) {
  const folder = mkdtempSync(join(tmpdir(), "wadi-replay-"));
  undo.push(() => rmSync(folder, { recursive: true }));
  cpSync(join(root, "helm/pipelines"), join(folder, "pipelines"), { recursive: true });
  const wadi = await start(folder);
  const env = { WADI_URL: wadi.url };
  await run(["emit", "--generate", "line", "--n", `${points}`, "--seed", "1"], { env });
  await settled(wadi);
  const where = ["--data", join(folder, "data"), "--pipelines", join(folder, "pipelines")];
  return { folder, wadi, ask: (...args: readonly string[]) => run([...args, ...where]) };
}

test("shows the new generation beside the one in force, model by model, and how to go on", async () => {
  const { ask } = await lived(200);

  const { code, out } = await ask("replay", "--pipeline", "line", "--into", "b");

  expect(code).toBe(0);
  expect(out).toContain("generation b of line: 200 events read, 200 examples");
  expect(out).toMatch(/^linear +1, in force +200 +\d/m);
  expect(out).toMatch(/^linear +b +200 +\d/m);
  expect(out).toContain("--into b --promote");
});

test("--promote puts it in force; --json writes the documented shape", async () => {
  const { ask, wadi } = await lived(100);

  const { code, out } = await ask("replay", "--pipeline", "line", "--into", "b", "--promote", "--json");

  const ajv = new Ajv({ strict: false });
  expect(code).toBe(0);
  expect(ajv.validate(Replay, JSON.parse(out)), ajv.errorsText()).toBe(true);
  expect(JSON.parse(out)).toMatchObject({ state: "done", promoted: true, sets: [{ replayed: { count: 100 } }] });
  expect((await wadi.store.models.head("line")).generation).toBe("b");
});

test("a model that was changed cannot go on, and is learned anew from the log of the Wadi that was stopped", async () => {
  const { ask, wadi, folder } = await lived(150);
  await wadi.stop();
  const file = join(folder, "pipelines/line.yaml");
  const changed = readFileSync(file, "utf8").replace("learningRate: 0.1", "learningRate: 0.2");
  writeFileSync(file, changed);
  await expect(start(folder)).rejects.toThrow(/wadi replay --pipeline line --into/);

  const { code, out } = await ask("replay", "--pipeline", "line", "--into", "changed", "--promote");
  const again = await start(folder);

  expect(code).toBe(0);
  expect(out).toContain("Generation changed is in force");
  expect(await again.store.models.head("line")).toMatchObject({ generation: "changed" });
  expect(JSON.parse((await again.store.models.load("line")).state)).toMatchObject({ count: 150 });
});

test("--gap on a store that has lost nothing learns nothing twice", async () => {
  const { ask, wadi } = await lived(100);

  const { code, out } = await ask("replay", "--pipeline", "line", "--gap");

  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("the gap of line: 100 events read") });
  expect(JSON.parse((await wadi.store.models.load("line")).state)).toMatchObject({ count: 100 });
});

test.each([
  ["neither a generation nor --gap", ["--pipeline", "line"], /name a generation to fill/],
  ["--promote of a gap", ["--pipeline", "line", "--gap", "--promote"], /--promote is of a generation/],
  ["no time", ["--pipeline", "line", "--into", "b", "--from", "yesterday"], /--from: "yesterday" is no time/],
])("%s is wrong use", async (_, args, why) => {
  const { code, err } = await run(["replay", ...args, "--data", "/nowhere"]);

  expect(code).toBe(2);
  expect(err).toMatch(why);
});
