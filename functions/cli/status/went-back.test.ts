// A store that lost what it had acknowledged, as people see it: an older copy of it is put back under the log.

import { copyFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { newFolder } from "../../admin/fixtures/running.ts";
import type { Status } from "../../admin/shapes/shapes.ts";
import { type LocalWadi, startLocal } from "../../local/start.ts";
import type { Finding } from "../doctor/finding.ts";
import { run } from "../program-under-test.contract.ts";
import { afterTheLast } from "../shared-wadi.contract.ts";

const root = join(import.meta.dirname, "../../..");
const files = { pipelines: join(root, "helm/pipelines"), values: join(root, "helm/values.yaml") };

async function learned(wadi: LocalWadi, ids: readonly number[]): Promise<void> {
  for (const i of ids) {
    const event = { specversion: "1.0", type: "dev.wadi.observation", source: "/t", pipeline: "line", id: `${i}` };
    await wadi.broker.publish({ ...event, data: { x: i / 10, y: i } });
    while (wadi.broker.status().triggers.some(({ lag }) => lag > 0)) await new Promise(setImmediate);
  }
}

const atEnd = afterTheLast();
let lossy: string;
const startOn = (data: string) =>
  startLocal({
    ...{ dataFolder: data, port: 0, adminPort: 0, logLevel: "silent" },
    ...{ pipelinesFolder: files.pipelines, valuesFile: files.values },
  });

beforeAll(async () => {
  lossy = newFolder(atEnd);
  const [store, copy] = [join(lossy, "store.db"), join(lossy, "copy.db")];
  const first = await startOn(lossy);
  await learned(first, [0, 1, 2]);
  await first.stop();
  copyFileSync(store, copy);
  const second = await startOn(lossy);
  await learned(second, [3, 4, 5]);
  await second.stop();
  copyFileSync(copy, store);
});

/** A data folder whose store has what was learned of 0 to 2, and whose log has 0 to 5. */
function wentBack() {
  const data = newFolder();
  cpSync(lossy, data, { recursive: true });
  const ask = (command: string, ...more: readonly string[]) =>
    run([command, "--data", data, "--pipelines", files.pipelines, "--values", files.values, ...more]);
  return { start: () => startOn(data), ask };
}

const LOST = /lost some of line: it has version 3, and 6 was there/;
const CURE = /wadi replay --pipeline <name> --gap feeds again from the log what the store has lost/;

test("doctor and status tell of it where nothing runs, with the cure", async () => {
  const { ask } = wentBack();

  const status = await ask("status");
  const doctor = await ask("doctor", "--port", "0", "--admin-port", "0", "--json");

  const words = status.out.replace(/\s+/g, " ");
  expect(words).toMatch(/store sqlite, has lost commits lost /);
  expect(words).toMatch(LOST);
  expect(words).toMatch(CURE);
  const { checks } = JSON.parse(doctor.out) as { checks: Finding[] };
  expect(doctor.code).toBe(1);
  expect(checks.find(({ name }) => name === "lost")).toMatchObject({
    level: "fail",
    message: expect.stringMatching(LOST),
    cure: expect.stringMatching(CURE),
  });
});

test("a fresh process notices, and it stays to be seen when learning went on beyond it", async () => {
  const { start, ask } = wentBack();
  const wadi = await start();
  await learned(wadi, [10, 11, 12, 13, 14]);
  const metrics = await (await fetch(`${wadi.url}/metrics`)).text();
  const { store } = JSON.parse((await ask("status", "--json")).out) as Status;
  await wadi.stop();

  expect(metrics).toContain('wadi_store_regressed_total{set="line"} 1');
  expect(store.regressed).toEqual([
    { pipeline: "line", detail: expect.stringMatching(LOST), time: expect.any(Number) },
  ]);
  expect((await ask("doctor", "--port", "0", "--admin-port", "0")).out).toMatch(/^✗ lost +.*lost some of line/m);
});

test("once the gap was replayed, nothing is missing and nothing is told any more", async () => {
  const { ask } = wentBack();

  const { code } = await ask("replay", "--pipeline", "line", "--gap");

  const { store, learned: examples } = JSON.parse((await ask("status", "--json")).out) as Status;
  expect(code).toBe(0);
  expect(store.regressed ?? []).toEqual([]);
  expect(examples).toBe(6);
});
