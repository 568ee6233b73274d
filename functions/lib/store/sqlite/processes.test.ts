// Real processes on one file, killed for good or racing: what they were told is what is there, and nothing is there twice.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { counted, countedIn } from "../fixtures/counter.ts";
import { openSqliteStore } from "./sqlite.ts";

const WRITER = join(import.meta.dirname, "../fixtures/writer.ts");

function storePath(): string {
  const folder = mkdtempSync(join(tmpdir(), "wadi-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "store.db");
}

interface Writer {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Resolves when the process has said this many lines. */
  said(lines: number): Promise<void>;
  /** How it ended, once all it said was read. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

function start(...args: readonly string[]): Writer {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", WRITER, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  const said = async (n: number) => {
    while (lines.length < n && child.exitCode === null) await once(child.stdout, "data");
  };
  return { child, lines, said, ended };
}

async function read(path: string) {
  const store = openSqliteStore(path, { now: Date.now, joinWindowMs: () => 3_600_000 });
  const model = await store.models.load("p");
  const learned = await store.models.learnedCount("p");
  const { opened } = await store.joins.counts("p");
  const record = await store.joins.read("p", "torn");
  await store.close();
  return { version: model.version, ...countedIn(model), learned, opened, record };
}

const upTo = (n: number) =>
  counted(
    { count: 0, sum: "0" },
    Array.from({ length: n }, (_, i) => String(i)),
  );

test("killed in the middle of a transaction, a process leaves nothing of it, neither weights nor ids", async () => {
  const path = storePath();

  const { ended, lines } = start("torn", path);

  expect(await ended).toBe("SIGKILL");
  expect(lines).toEqual(["open"]);
  expect(await read(path)).toEqual({ version: 0, ...upTo(0), learned: 0, opened: 0, record: undefined });
});

test("killed at any moment, five times in a row, a process keeps all it was told, and weights and ids agree", async () => {
  const path = storePath();
  let from = 0;

  for (const lines of [1, 2, 10, 37, 150]) {
    const writer = start("learn", path, String(from));
    await writer.said(lines + 1);
    writer.child.kill("SIGKILL");

    expect(await writer.ended).toBe("SIGKILL");
    const told = Number(writer.lines.at(-1) === "open" ? from : writer.lines.at(-1));
    const { count, sum, learned } = await read(path);
    // The last commit may have been written and not yet told.
    expect(count).toBeGreaterThanOrEqual(told);
    expect(count).toBeLessThanOrEqual(told + 7);
    expect({ count: learned, sum }).toEqual(upTo(count));
    // What was not told is sent again.
    from = told;
  }

  const last = start("learn", path, String(from), String(from + 20));
  expect(await last.ended).toBe(0);
  expect(await read(path)).toMatchObject({ ...upTo(from + 20), learned: from + 20 });
}, 60_000);

test("a process that comes while another one makes the file waits for it", async () => {
  const path = storePath();
  const other = start("making", path);
  await other.said(1);

  const store = openSqliteStore(path, { now: Date.now, joinWindowMs: () => 0 });

  expect(await store.models.sets()).toEqual([]);
  await store.close();
  expect(await other.ended).toBe(0);
});

test("processes that make a store at the same moment, and learn the same from it, learn everything once", async () => {
  const path = storePath();

  const writers = [0, 1, 2].map(() => start("learn", path, "0", "300"));

  expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
  expect(await read(path)).toMatchObject({ ...upTo(300), learned: 300 });
}, 60_000);
