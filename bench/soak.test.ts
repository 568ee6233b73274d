// Each row of the bench with a few events: it measures something, and what it measures is right. It takes minutes: make soak has it.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "wadi-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("every row has figures, and nothing is left behind", () => {
  const args = [join(import.meta.dirname, "bench.ts"), "--small", "--rounds", "1", "--json"];
  const env = { ...process.env, TMPDIR: folder };

  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env });

  expect(status, stderr).toBe(0);
  const { results, failed } = JSON.parse(stdout) as {
    results: { what: string; ours: { median: number } }[];
    failed: object[];
  };
  expect(failed).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(25);
  for (const { what, ours } of results) expect(ours.median, what).toBeGreaterThan(0);
  expect(readdirSync(folder)).toEqual([]);
}, 1_800_000);
