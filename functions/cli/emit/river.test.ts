// River's numbers by `wadi emit`: the rows go in their order, so what is learned from a file is the same each time.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TEMPORARY } from "../../lib/temporary.contract.ts";
import { expectRiversNumbers, FLIGHTS_CSV, riverPipeline } from "../../local/river-golden.contract.ts";
import { type LocalWadi, startLocal } from "../../local/start.ts";
import { settled } from "../../local/wadi-under-test.contract.ts";

const GOLDENS = ["flights-adagrad", "flights-target-mean"];

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(TEMPORARY, "wadi-emit-river-"));
let wadi: LocalWadi;

beforeAll(async () => {
  const pipelinesFolder = join(folder, "pipelines");
  mkdirSync(pipelinesFolder);
  for (const name of GOLDENS) writeFileSync(join(pipelinesFolder, `${name}.yaml`), riverPipeline(name));
  const valuesFile = join(root, "helm/values.yaml");
  wadi = await startLocal({
    dataFolder: join(folder, "data"),
    port: 0,
    pipelinesFolder,
    valuesFile,
    logLevel: "silent",
  });
});
afterAll(async () => {
  await wadi.stop();
  rmSync(folder, { recursive: true });
});

async function emit(...args: readonly string[]): Promise<number> {
  const env = { ...process.env, WADI_URL: wadi.url, NODE_OPTIONS: "" };
  const child = spawn(process.execPath, [join(root, "functions/cli/wadi.ts"), "emit", ...args], { env });
  const [code] = await once(child, "close");
  return code as number;
}

test.each(GOLDENS)(
  "%s: a file of 5,000 flights is learned as River learns it, within 1e-9",
  async (name) => {
    expect(await emit(FLIGHTS_CSV, "--pipeline", name)).toBe(0);
    await settled(wadi);

    await expectRiversNumbers(wadi, name);
  },
  60_000,
);
