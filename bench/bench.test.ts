// The bench itself, with a few events: each row measures something, and what it measures is right. The figures mean nothing.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "wadi-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bench = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, "bench.ts"), ...args], {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: folder },
  });

test("every row has figures, and nothing is left behind", () => {
  const { status, stdout, stderr } = bench("--small", "--rounds", "1", "--json");

  expect(status, stderr).toBe(0);
  const { results } = JSON.parse(stdout) as { results: { what: string; ours: { median: number } }[] };
  expect(results.length).toBeGreaterThanOrEqual(15);
  for (const { what, ours } of results) expect(ours.median, what).toBeGreaterThan(0);
  expect(readdirSync(folder)).toEqual([]);
}, 180_000);

test("a row that nobody knows is named, with those that there are", () => {
  const { status, stderr } = bench("--rows", "predikt");

  expect(status).toBe(2);
  expect(stderr).toContain("there is no row predikt; there are learn-one, learn-file,");
});

test("--check fails where a bar is missed, and only then", () => {
  const args = ["--small", "--rounds", "1", "--rows", "memory", "--json"];

  const [plain, checked] = [bench(...args), bench(...args, "--check")];

  const { results } = JSON.parse(checked.stdout) as { results: { met: boolean }[] };
  expect(plain.status).toBe(0);
  expect(checked.status).toBe(results.every(({ met }) => met) ? 0 : 1);
}, 60_000);
