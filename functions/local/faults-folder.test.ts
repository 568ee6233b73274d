// A port that is taken, and data folders that are not for this process: newer, damaged, somebody else's, in use. It says
// so, with the cure, ends with 1 and changes nothing.

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import {
  cleanUp,
  later,
  observation,
  PROGRAM,
  post,
  settled,
  spawnWadi,
  startHere,
  temporaryFolder,
} from "./wadi-under-test.contract.ts";

/** A data folder that has learned ten events, closed. */
const used = mkdtempSync(join(TEMPORARY, "wadi-"));
beforeAll(async () => {
  const wadi = await startHere(used);
  for (let i = 0; i < 10; i++) await post(wadi.url, observation(i, true));
  await settled(wadi);
  await wadi.stop();
});
afterEach(cleanUp);
afterAll(() => rmSync(used, { recursive: true }));

function usedFolder(): string {
  const folder = temporaryFolder();
  cpSync(used, folder, { recursive: true });
  return folder;
}

/** What lies in the folder, byte for byte, but for SQLite's shared memory and empty logs: they hold nothing. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString("latin1")] as const);
  return Object.fromEntries(files.filter(([name, bytes]) => !name.endsWith("-shm") && bytes.length > 0));
}

async function refusalOf(...args: Parameters<typeof spawnWadi>): Promise<string> {
  const started = await spawnWadi(...args).catch((error: Error) => error);
  if (started instanceof Error) return started.message;
  throw new Error("it started");
}

function change(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

function damage(file: string): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, bytes.length - 8192);
  writeFileSync(file, bytes);
}

const files = ["store.db", "journal.db"] as const;
const faults = files.flatMap((file): [string, string, (path: string) => void, RegExp][] => [
  ["of a newer Wadi", file, (path) => change(path, "PRAGMA user_version = 99"), /newer Wadi.*[Ss]tart that Wadi/],
  ["with a damaged page", file, damage, /damaged.*restore a copy/],
  ["cut short", file, (path) => writeFileSync(path, readFileSync(path).subarray(0, 9000)), /damaged.*restore a copy/],
  [
    "that is something else",
    file,
    (path) => writeFileSync(path, "my notes\n".repeat(999)),
    /damaged or no SQLite file/,
  ],
]);

test.each(faults)(
  "a data folder %s (%s) is refused with the cure, and not a byte is changed",
  async (_, file, spoil, says) => {
    const folder = usedFolder();
    spoil(join(folder, file));
    const before = contents(folder);

    const refusal = await refusalOf(folder);

    expect(refusal).toContain(join(folder, file));
    expect(refusal).toMatch(says);
    expect(contents(folder)).toEqual(before);
  },
  30_000,
);

test.each<[string, (typeof files)[number], string, RegExp]>([
  ["whose weights are no JSON", "store.db", `UPDATE states SET state = '{"count'`, /state of flights .* is damaged/],
  ["whose weights are of nothing", "store.db", "UPDATE states SET state = '{}'", /state of flights .* is damaged/],
  ["that lacks a table", "store.db", "DROP TABLE joins", /store\.db cannot be opened: .*joins; it is damaged/],
  ["that lacks a table", "journal.db", "DROP TABLE dead_letters", /journal\.db cannot be opened: .*damaged/],
  [
    "with a position that is none",
    "journal.db",
    "UPDATE positions SET open = 'x'",
    /journal\.db cannot be opened: .*damaged/,
  ],
])(
  "a data folder %s (%s: %s) is refused with the cure, though the file itself is whole",
  async (_, file, sql, says) => {
    const folder = usedFolder();
    change(join(folder, file), sql);

    expect(await refusalOf(folder)).toMatch(says);
  },
  30_000,
);

test("a lock that is none of Wadi's is left alone, and the message says what may be done with it", async () => {
  const folder = usedFolder();
  writeFileSync(join(folder, "lock"), "my notes\n".repeat(999));
  const before = contents(folder);

  const refusal = await refusalOf(folder);

  expect(refusal).toMatch(/data folder .* cannot be used: its file lock is not Wadi's; remove that file/);
  expect(contents(folder)).toEqual(before);
}, 30_000);

const NOBODY = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;
const canBeNobody = isRoot && spawnSync(process.execPath, ["--check", PROGRAM], NOBODY).status === 0;
const user = canBeNobody
  ? "another user"
  : isRoot
    ? "nobody: root is held by no mode, and no other user can read these sources"
    : "a user who may not write";

test.skipIf(isRoot && !canBeNobody)(
  `a data folder that belongs to another user is refused with the cure, and not a byte is changed (tried as ${user})`,
  { tags: ["another-user"], timeout: 30_000 },
  async () => {
    const folder = usedFolder();
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444);
    chmodSync(folder, 0o555);
    later(() => chmodSync(folder, 0o755));
    const before = contents(folder);

    const refusal = await refusalOf(folder, canBeNobody ? NOBODY : {});

    expect(refusal).toContain(folder);
    expect(refusal).toMatch(/may be written|right to write/);
    expect(contents(folder)).toEqual(before);
  },
);

test("a port that is taken is refused with the cure, and the folder is free again", async () => {
  const folder = usedFolder();
  const other = createServer().listen(0, "127.0.0.1");
  later(() => other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const refusal = await refusalOf(folder, { port });

  expect(refusal).toContain(`port ${port} is taken; stop what listens there or choose another port`);
  const wadi = await spawnWadi(folder);
  expect(await wadi.outcome()).toMatchObject({ count: 10, learned: 10 });
}, 30_000);

test("of processes that start on one folder at once one runs, and is not disturbed; killed, it lets go of the folder", async () => {
  const folder = temporaryFolder();
  const starts = await Promise.allSettled(Array.from({ length: 4 }, () => spawnWadi(folder)));
  const [running, ...others] = starts.filter((start) => start.status === "fulfilled").map(({ value }) => value);
  const refusals = starts.filter((start) => start.status === "rejected").map(({ reason }) => String(reason));

  expect(others).toEqual([]);
  expect(refusals.length).toBe(3);
  for (const refusal of refusals)
    expect(refusal).toMatch(/is used by another Wadi process; stop that one or choose another folder/);
  for (let i = 0; i < 10; i++) expect((await post(running?.url ?? "", observation(i, true)))?.status).toBe(202);
  expect(await refusalOf(folder)).toMatch(/is used by another Wadi process/);
  expect(await running?.outcome()).toMatchObject({ count: 10, learned: 10, deadLetters: 0 });
  running?.child.kill("SIGKILL");
  await running?.exit;
  const next = await spawnWadi(folder);
  expect(await next.outcome()).toMatchObject({ count: 10, learned: 10, deadLetters: 0 });
}, 60_000);
