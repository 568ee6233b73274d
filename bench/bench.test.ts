// The bench itself, with a few events. The figures mean nothing.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createPalette, createSigns } from "../functions/cli/terminal/palette.ts";
import { hasRedisServer } from "../functions/lib/store/fixtures/redis-server.ts";
import { barLines, type Look } from "./bars.ts";
import { compared, readKept } from "./compare.ts";
import { readStore } from "./embedded-wadi.ts";
import { age, logBytesACommit } from "./flight-commits.ts";
import { asJson, machine } from "./report.ts";
import type { Bar, Result } from "./row.ts";
import { Session } from "./session.ts";
import { commitSingly } from "./single-writers.ts";

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

test("--check fails where a bar is missed", () => {
  const args = ["--small", "--rounds", "1", "--rows", "memory", "--json"];

  const checked = bench(...args, "--check");

  const { results } = JSON.parse(checked.stdout) as { results: { met: boolean }[] };
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
  // Without --check a bar that is missed is no failure.
  expect(again.status).toBe(0);
  expect(again.stdout).toMatch(/what +before +now +unit +change[\s\S]*idle memory of validate.* %/);
}, 120_000);

test("what is no earlier run is refused before anything is measured", () => {
  const { status, stderr } = bench("--rows", "memory", "--against", import.meta.filename);

  expect(status).toBe(2);
  expect(stderr).toContain("is not what --json or an earlier run wrote");
});

const look = (colours: boolean): Look => ({ palette: createPalette(colours), signs: createSigns(true) });
const result = (what: string, ratio: readonly number[], bar: Bar): Result => ({
  what,
  anchor: { name: "River", unit: "µs CPU", values: ratio },
  ours: { name: "ours", unit: "µs CPU", values: [1, 2, 9] },
  ratio,
  bar,
});

test("a bar holds or is missed by the median, with a mark and a word that need no colour", () => {
  const results = [
    result("learn", [24, 31, 90], { of: "ratio", atLeast: 25 }),
    result("a long name", [0.4, 0.6, 0.7], { of: "ratio", atMost: 0.5 }),
    result("own", [1], { of: "ours", atMost: 2 }),
  ];

  const [plain, coloured] = [barLines(results, look(false)), barLines(results, look(true))];

  expect(plain.map((line) => line.trimEnd())).toEqual([
    "           bar of                      measured  to be",
    "✓  holds   learn, against River           31.00  at least 25 times River",
    "✗  MISSED  a long name, against River      0.60  at most 0.5 of River",
    "✓  holds   own, against River          2 µs CPU  at most 2 µs CPU",
  ]);
  expect(coloured[2]).toContain("\u001b[31mMISSED");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
  expect(coloured.map((line) => line.replaceAll(/\x1b\[\d+m/g, ""))).toEqual(plain);
});

test("two runs are compared by their bars: what fell, what rose, what has another bound", () => {
  const kept = join(folder, "kept-bars.json");
  const atLeast = (bound: number): Bar => ({ of: "ratio", atLeast: bound });
  const { bar: _, ...barless } = result("new bar", [3], atLeast(2));
  const then = [
    result("fell", [30], atLeast(25)),
    result("rose", [20], atLeast(25)),
    result("moved", [30], atLeast(20)),
    barless,
  ];
  writeFileSync(kept, JSON.stringify(asJson(machine(), 1, { results: then, failed: [], notes: [] })));
  const now = [
    result("fell", [24], atLeast(25)),
    result("rose", [26], atLeast(25)),
    result("moved", [31], atLeast(25)),
    result("new bar", [3], atLeast(2)),
  ];

  const text = compared(readKept(kept), now, look(false)).join("\n");

  rmSync(kept);
  expect(text).toMatch(/✗ +MISSED +fell, against River +30 +24 +at least 25 times River +held before: missed now/);
  expect(text).toMatch(/✓ +holds +rose, against River +20 +26 .*missed before: it holds now/);
  expect(text).toMatch(/moved, against River .*held before; the bar was another/);
  expect(text).toMatch(/new bar, against River .*it had no bar/);
});

test("a store that is aged has learned so many, by its model and by its ids", async () => {
  const aged = mkdtempSync(join(folder, "aged-"));

  await age(aged, 7000, () => {});

  const { count, ids } = await readStore(aged);
  rmSync(aged, { recursive: true });
  expect({ count, ids }).toEqual({ count: 7000, ids: 7000 });
});

describe.runIf(hasRedisServer)("commits of one example to Redis", { tags: ["redis"] }, () => {
  test("bytes in the log are those of one commit", async () => {
    const session = new Session();

    const bytes = await logBytesACommit(session, 5, 20);

    await session.end();
    expect(bytes).toBeGreaterThan(100); // an id and a revision at least
    expect(bytes).toBeLessThan(100_000);
  });

  test("two writers of a large state lose no example, and the CPU of both and of Redis is counted", async () => {
    const session = new Session();

    const { rate, writers, redis, turns, longestMs } = await commitSingly(session, {
      writers: 2,
      commits: 10,
      stateBytes: 50_000,
    });

    await session.end();
    expect(turns).toBeGreaterThanOrEqual(2);
    for (const figure of [rate, writers, redis, longestMs]) expect(figure).toBeGreaterThan(0);
  });
});
