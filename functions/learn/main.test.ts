// The learner as a process: which files and stores it comes up with.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import { example, LINE, learner, WINDOW, yaml } from "./fixtures/line.ts";

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-learn-"));
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** A store in which these files have learned one example each, in turn. */
async function learned(...files: readonly string[]): Promise<void> {
  const store = openSqliteStore(join(folder, "store.db"), { now: Date.now, joinWindowMs: () => WINDOW });
  for (const [i, file] of files.entries()) await learner(store, file).handle(example(i));
  await store.close();
}

async function start(file: string) {
  writeFileSync(join(folder, "line.yaml"), file);
  child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    env: { PORT: "0", HOST: "127.0.0.1", WADI_PIPELINES: folder, WADI_STORE: `sqlite:${join(folder, "store.db")}` },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exit = once(child, "exit").then(([code]) => code as number | null);
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    if (line.startsWith("{")) return { ...(JSON.parse(line) as { msg: string; url?: string }), exit };
  }
  throw new Error("it ended without a word");
}

const CHANGED = yaml("{ line: [ standard-scaler, linear-regression ] }");
const MORE = yaml("{ line: [ linear-regression ], mean: [ mean-regressor ], median: [ median-regressor ] }");

test("a model that changed under its name keeps it from coming up, so that the old one goes on serving", async () => {
  await learned(LINE);

  const { msg, exit } = await start(CHANGED);

  expect(msg).toMatch(/new name/);
  expect(await exit).toBe(1);
}, 30_000);

test.each([
  ["an empty store", [], LINE],
  ["a model beside the others", [LINE], MORE],
])(
  "%s is no reason not to come up",
  async (_title, files, file) => {
    await learned(...files);

    const { msg, url } = await start(file);

    expect(msg).toBe("learn is ready");
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  },
  30_000,
);
