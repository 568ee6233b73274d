import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigurationError, UnsupportedError } from "../../lib/errors.ts";
import { describeAdmin } from "../admin.contract.ts";
import { type AtEnd, newFolder, PIPELINES, startRunning, VALUES } from "../fixtures/running.ts";
import { openOfflineAdmin } from "./offline.ts";

async function openFolder(dataFolder: string, pipelinesFolder = PIPELINES, atEnd: AtEnd = onTestFinished) {
  const offline = await openOfflineAdmin({ dataFolder, pipelinesFolder, valuesFile: VALUES });
  atEnd(() => offline.close());
  return offline;
}

describeAdmin("on a data folder", {
  async of(running, atEnd) {
    await running.stop();
    return (await openFolder(running.folder, PIPELINES, atEnd)).admin;
  },
  ofFolder: async (folder, atEnd) => (await openFolder(folder, PIPELINES, atEnd)).admin,
});

test("a redriven letter waits for the next start, and is handled then", async () => {
  const running = await startRunning();
  await running.send("observation", "o", { x: "text" });
  await running.settled();
  await running.stop();
  const { admin, close } = await openFolder(running.folder);

  expect(await admin.redrive({ all: true })).toEqual({ redriven: 1 });
  expect((await admin.status()).triggers[0]).toMatchObject({ name: "validate", lag: 1, handled: 0, perSecond: 0 });
  expect((await admin.status()).startedAt).toBeUndefined();
  await close();
  const { wadi, settled } = await startRunning({ dataFolder: running.folder });
  await settled();

  const [letter] = await wadi.broker.deadLetters.list({ limit: 9 });
  expect(letter?.event).toMatchObject({ id: "o", redriven: 1 });
});

test("nothing is predicted, taken or made on a folder, and the cure is told", async () => {
  const running = await startRunning();
  await running.stop();
  const { admin } = await openFolder(running.folder);

  const asked = [
    admin.predict("line", { record: { x: 1 } }),
    admin.send({ pipeline: "line", kind: "observation", data: { x: 1 } }),
    admin.generator(),
    admin.startGenerator({ pipeline: "line", from: "line", rate: 1 }),
    admin.turnGenerator({ rate: 1 }),
    admin.stopGenerator(),
  ];

  for (const one of asked) {
    await expect(one).rejects.toBeInstanceOf(UnsupportedError);
    await expect(one).rejects.toThrow(/ask a Wadi that runs/);
  }
});

test("a folder in use by a process is refused, and is locked while it is open here", async () => {
  const { folder, stop } = await startRunning();

  const held = openFolder(folder);

  await expect(held).rejects.toThrow(/used by another Wadi process/);
  await expect(held).rejects.toBeInstanceOf(ConfigurationError);
  await stop();
  await openFolder(folder);
  await expect(startRunning({ dataFolder: folder })).rejects.toThrow(/used by another Wadi process/);
});

test("an empty folder is refused, and nothing is made in it", async () => {
  const folder = newFolder();

  for (const path of [folder, join(folder, "not/there")]) {
    await expect(openFolder(path)).rejects.toThrow(/no Wadi has run here; start one, or name its folder \(--data\)/);
  }

  expect(readdirSync(folder)).toEqual([]);
  expect(existsSync(join(folder, "not"))).toBe(false);
});

test("a model that has changed since, and one whose pipeline is gone, are shown as they are stored", async () => {
  const running = await startRunning();
  for (let i = 0; i < 3; i++) await running.send("observation", `o${i}`, { x: i, y: i });
  const commit = { generation: "1", expectedRevision: "", revision: "r", ids: [] };
  await running.wadi.store.models.commit("broken", { ...commit, state: "no JSON", history: "{" });
  const odd = { count: -1, models: { m: { n: 1, metrics: { mae: 7, future_metric: {}, r2_rolling_5: null } } } };
  await running.wadi.store.models.commit("odd", { ...commit, state: JSON.stringify(odd), history: '{"time":1}' });
  await running.settled();
  await running.stop();
  const pipelines = newFolder();
  const text = readFileSync(join(PIPELINES, "line.yaml"), "utf8");
  const changed = text
    .replace("learningRate: 0.1", "learningRate: 0.2")
    .replace("mean: [mean-regressor]", "middle: [median-regressor]")
    .replace("serve: linear", "serve: middle")
    .replace("metrics: [mae,", "metrics: [mse,");
  mkdirSync(pipelines, { recursive: true });
  writeFileSync(join(pipelines, "line.yaml"), changed);

  const { admin } = await openFolder(running.folder, pipelines);

  const line = await admin.model("line", {});
  expect(line.champion).toBe("middle");
  expect(line.models.map(({ name, serves, n }) => [name, serves, n])).toEqual([
    ["linear", false, 3],
    ["middle", true, 0],
    ["mean", false, 3],
  ]);
  expect(line.models[0]?.metrics["mae"]).toEqual(expect.any(Number));
  expect(line.history[0]?.metrics["mean"]).toEqual(line.models[2]?.metrics);
  expect(await admin.model("broken", {})).toMatchObject({ count: 0, models: [], history: [], version: 1 });
  expect((await admin.model("odd", {})).models).toEqual([
    { name: "m", serves: false, n: 1, skipped: 0, leftOut: 0, metrics: {} },
  ]);
  expect((await admin.models({})).items.map(({ set }) => set)).toEqual(["broken", "line", "odd"]);
});

test("a rollback takes over what goes with the file as it is now, and refuses what does not, with the cure", async () => {
  const running = await startRunning({ snapshots: { every: 1, keep: 9 } });
  for (let i = 0; i < 3; i++) {
    await running.send("observation", `o${i}`, { x: i, y: i });
    await running.settled();
  }
  const commit = { generation: "1", expectedRevision: "", revision: "r", ids: [], state: "no JSON", history: "{" };
  await running.wadi.store.models.commit("line/broken", commit);
  await running.stop();
  const text = readFileSync(join(PIPELINES, "line.yaml"), "utf8");
  const openWith = async (change: string) => {
    const pipelines = newFolder();
    writeFileSync(join(pipelines, "line.yaml"), change);
    return openFolder(running.folder, pipelines);
  };

  const changed = await openWith(text.replace("learningRate: 0.1", "learningRate: 0.2"));
  await expect(changed.admin.rollback("line", { to: 1 })).rejects.toThrow(
    /version 1 of line does not go with .*line\.yaml as it is: the models linear have changed .* Put the file back .* new name/,
  );
  await expect(changed.admin.exportModel("line/broken", { ids: true })).rejects.toThrow(/damaged in the store/);
  expect(await changed.admin.model("line", {})).toMatchObject({ version: 3 });
  await changed.close();
  const more = await openWith(
    text.replace("mean: [mean-regressor]", "mean: [mean-regressor]\n  middle: [median-regressor]"),
  );
  expect(await more.admin.rollback("line", { to: 1 })).toMatchObject({ version: 4, count: 1, starting: ["middle"] });
  await more.close();

  const again = await startRunning({ dataFolder: running.folder });
  await again.send("observation", "o9", { x: 1, y: 1 });
  await again.settled();
  expect(JSON.parse((await again.wadi.store.models.load("line")).state)).toMatchObject({ count: 2 });
});
