import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { WINDOW } from "../../learn/fixtures/line.ts";
import { openSqliteStore } from "../../lib/store/sqlite/sqlite.ts";
import type { ModelStore, Store } from "../../lib/store/store.ts";
import { pause } from "../../local/wadi-under-test.contract.ts";
import { newFolder, PIPELINES, type Running, startRunning, TOKEN, VALUES } from "../fixtures/running.ts";
import { connectAdmin } from "../http/client.ts";
import { openOfflineAdmin } from "../open/offline.ts";
import { clearOn, describeClear } from "./clear.contract.ts";

const stores: Store[] = [];
const shared = newFolder(afterAll);
afterAll(async () => {
  for (const store of stores) await store.close();
});

describeClear("in SQLite", async () => {
  const store = openSqliteStore(join(shared, "store.db"), { now: Date.now, joinWindowMs: () => WINDOW });
  stores.push(store);
  return store;
});

const adminOf = ({ url }: Running) => connectAdmin({ url, token: TOKEN });

async function predicted({ wadi }: Running): Promise<unknown> {
  const body = JSON.stringify({ inputs: [{ name: "x", shape: [1], datatype: "FP64", data: [2] }] });
  const answer = await fetch(`${wadi.url}/v2/models/line/infer`, { method: "POST", body });
  const { outputs } = (await answer.json()) as { outputs: { name: string; data: unknown[] }[] };
  return outputs.find(({ name }) => name === "prediction")?.data[0];
}

test("after a clear predictions, history and scores begin anew at once, and an event that is delivered again is learned anew, once", async () => {
  const running = await startRunning();
  const { send, settled, wadi } = running;
  const admin = adminOf(running);
  for (let i = 0; i < 5; i++) await send("observation", `o${i}`, { x: 2, y: 4 });
  await settled();
  const learned = await predicted(running);

  await admin.clear("line", {});
  const anew = await predicted(running);
  const { status: seen, history } = { status: await admin.status(), history: (await admin.model("line", {})).history };
  await send("observation", "o0", { x: 2, y: 4 });
  await settled();
  await send("observation", "o0", { x: 2, y: 4 });
  await settled();

  expect(learned).not.toBe(0);
  expect(anew).toBe(0);
  expect(history.map(({ version, count }) => [version, count])).toEqual([[1, 0]]);
  // What the log knows of the generation before is no loss.
  expect(seen.store.regressed).toBeUndefined();
  const { count, learnedIds } = await admin.model("line", {});
  expect({ count, learnedIds }).toEqual({ count: 1, learnedIds: 1 });

  // In the generation before it was learned long ago.
  await admin.rollback("line", { generation: "1" });
  await send("observation", "o0", { x: 2, y: 4 });
  await settled();
  const back = await admin.model("line", {});
  expect({ count: back.count, learnedIds: back.learnedIds }).toEqual({ count: 5, learnedIds: 5 });
  expect(await predicted(running)).toBe(learned);
  expect((await wadi.store.models.head("line")).generation).toBe("1");
});

test("a label whose observation came before the clear is learned after it, and scored on what the new generation says", async () => {
  const running = await startRunning();
  const { send, settled } = running;
  const admin = adminOf(running);
  await send("observation", "first", { x: 1, y: 2 });
  await send("observation", "late", { x: 1 });
  await settled();
  await admin.clear("line", {});
  await send("label", "l", { y: 2 }, { subject: "late" });
  await settled();

  const set = await admin.model("line", {});

  expect(set).toMatchObject({ count: 1, scoredOnServed: 0 });
  expect(set.models[0]?.metrics["mae"]).toBe(2);
});

test("a set that was rolled back and is cleared again begins anew, not with what it had learned in between", async () => {
  const running = await startRunning();
  const admin = adminOf(running);
  await running.send("observation", "a", { x: 1, y: 2 });
  await running.settled();
  const first = await admin.clear("line", {});
  await running.send("observation", "b", { x: 1, y: 2 });
  await running.settled();
  await admin.rollback("line", { generation: "1" });

  const second = await admin.clear("line", {});

  expect(second).toMatchObject({ version: 1, count: 0, replaced: { generation: "1", count: 1 } });
  expect(second.generation).not.toBe(first.generation);
  expect(await admin.model("line", {})).toMatchObject({ count: 0, learnedIds: 0 });
});

test("a generation that came into force while it was asked is not cleared", async () => {
  const store = openSqliteStore(":memory:", { now: Date.now, joinWindowMs: () => WINDOW });
  onTestFinished(() => store.close());
  const { models } = store;
  const commit = { expectedRevision: "", state: '{"count":1}', ids: [] };
  await models.commit("line", { ...commit, generation: "1", revision: "a" });
  await models.commitGeneration("line", { ...commit, generation: "second", revision: "b" });
  const promoting: ModelStore = {
    ...models,
    async hold(set, token, ms) {
      await models.hold(set, "promotion", 1000);
      await models.promote(set, { token: "promotion", generation: "second", expectedRevision: "a" });
      return models.hold(set, token, ms);
    },
  };

  await expect(clearOn({ ...store, models: promoting }).clear("line", {})).rejects.toMatchObject({
    code: "version-conflict",
    message: expect.stringContaining("generation second of line came into force meanwhile, and nothing was cleared"),
  });

  expect((await models.head("line")).generation).toBe("second");
  // Nobody holds it.
  expect(await models.hold("line", "next", 1)).toBe(true);
});

test("a set that is being exported is not cleared, and that is said; the export goes on", async () => {
  const running = await startRunning();
  const admin = adminOf(running);
  await running.send("observation", "a", { x: 1, y: 2 });
  await running.settled();
  const { hold = "", revision } = await admin.exportModel("line", { ids: true });

  await expect(admin.clear("line", {})).rejects.toMatchObject({ code: "held" });

  expect((await admin.exportIds("line", { hold, revision })).items).toHaveLength(1);
  expect(await admin.clear("line", {})).toMatchObject({ count: 0, replaced: { count: 1 } });
});

test("a process that is killed at any moment leaves the set as it was or cleared, and the next clear and rollback are whole", async () => {
  const running = await startRunning();
  for (let i = 0; i < 3; i++) await running.send("observation", `o${i}`, { x: i, y: i });
  await running.settled();
  await running.stop();
  // From before it has opened the folder to after it is done, in small steps where it works.
  const folders: string[] = [];
  for (let killAfter = 0, isOver = false; !isOver; killAfter++) {
    const folder = join(newFolder(), "copy");
    cpSync(running.folder, folder, { recursive: true });
    isOver = await killed(folder, killAfter);
    folders.push(folder);
  }

  // All at once, for the hold of one that was killed must end by itself.
  const counts = await Promise.all(folders.map(goneOnWith));

  expect(new Set(counts)).toEqual(new Set([3, 0]));
}, 120_000);

/** The examples that a killed process left; then the set is cleared and rolled back. */
async function goneOnWith(dataFolder: string): Promise<number> {
  const { admin, close } = await openOfflineAdmin({ dataFolder, pipelinesFolder: PIPELINES, valuesFile: VALUES });
  const { count } = await admin.model("line", {});
  const cleared = await patiently(() => admin.clear("line", {}));
  expect(cleared).toMatchObject({ version: 1, count: 0, replaced: { generation: "1", count: 3 } });
  await admin.rollback("line", { generation: "1" });
  expect(await admin.model("line", {})).toMatchObject({ count: 3, learnedIds: 3 });
  await close();
  return count;
}

/** Clears in a process of its own, which is killed at its nth call to the store. True where it was done before. */
async function killed(folder: string, nth: number): Promise<boolean> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "fixtures/clear-killed.ts"), folder, String(nth)], {
    stdio: "inherit",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0;
}

/** The hold of a process that was killed ends by itself. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== "held") throw error;
      await pause(100);
    }
  }
}
