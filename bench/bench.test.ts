// The bench itself, with a few events. The figures mean nothing.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "wadi-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const benchWith = (env: Readonly<Record<string, string>>, ...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, "bench.ts"), ...args], {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: folder, ...env },
  });
const bench = (...args: string[]) => benchWith({}, ...args);

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
}, 120_000);

test("a row that fails says so, and the others are measured; compared with itself nothing has changed", () => {
  const [broken, kept] = [mkdtempSync(join(folder, "path-")), join(folder, "kept.json")];
  const server = '#!/bin/sh\ncase "$1" in --version) echo "Redis server v=7.0.0";; *) exit 1;; esac\n';
  writeFileSync(join(broken, "redis-server"), server, { mode: 0o755 });
  const args = ["--small", "--rounds", "1", "--rows", "model-sets,memory"];

  const first = benchWith({ PATH: `${broken}:${process.env["PATH"]}` }, ...args, "--json");
  writeFileSync(kept, first.stdout);
  const again = bench("--small", "--rounds", "1", "--rows", "memory", "--against", kept);
  for (const path of [broken, kept]) rmSync(path, { recursive: true });

  const { results, failed } = JSON.parse(first.stdout) as { results: object[]; failed: { name: string }[] };
  expect(first.status).toBe(1);
  expect(first.stderr).toContain("1 of 2 rows failed");
  expect(failed).toMatchObject([{ name: "model-sets", message: expect.stringMatching(/redis-server/) }]);
  expect(results.length).toBeGreaterThan(0);
  expect(again.stdout).toMatch(/what +before +now +unit +change[\s\S]*idle memory of validate.* %/);
}, 120_000);

test("what is no earlier run is refused before anything is measured", () => {
  const { status, stderr } = bench("--rows", "memory", "--against", import.meta.filename);

  expect(status).toBe(2);
  expect(stderr).toContain("is not what --json or an earlier run wrote");
});
