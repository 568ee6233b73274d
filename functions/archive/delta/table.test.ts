import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newFolder } from "../archive-under-test.contract.ts";
import { type Action, type Add, entryName, LOG, padded, writeEntry } from "./actions.ts";
import { openFolder } from "./folder.ts";
import type { Objects } from "./objects.ts";
import { type Definition, DeltaTable, TxnMovedError } from "./table.ts";

const KIND: Definition = {
  name: "test",
  description: "",
  fields: [
    { name: "n", type: "long", nullable: false, metadata: {} },
    { name: "day", type: "date", nullable: false, metadata: {} },
  ],
  partitionColumns: ["day"],
  statsColumns: ["n"],
};
const now = () => 1000;

let made = 0;
const add = (path = `file-${made++}`): Add => ({
  path,
  partitionValues: { day: "2026-01-01" },
  size: 1,
  modificationTime: 0,
  dataChange: true,
});
const move = (appId: string, from: number | undefined, version: number) => ({ appId, from, version });

const openHere = (objects: Objects) => DeltaTable.open(objects, KIND, "test") as Promise<DeltaTable>;

async function newTable() {
  const folder = newFolder();
  const objects = openFolder(folder);
  return { folder, objects, table: await DeltaTable.create(objects, KIND, "test", now()) };
}

test("of any number of writers of one name one wins, nobody sees a part of what it writes, and no draft stays", async () => {
  const folder = newFolder();
  const objects = openFolder(folder);

  const won = await Promise.all(
    Array.from({ length: 8 }, (_, i) => objects.putIfAbsent("a/b/x", Buffer.from(`${i}`.repeat(100_000)))),
  );

  expect(won.filter(Boolean)).toHaveLength(1);
  const content = (await objects.get("a/b/x"))?.toString() ?? "";
  expect(content).toBe(`${won.indexOf(true)}`.repeat(100_000));
  expect(readdirSync(join(folder, "a/b"))).toEqual(["x"]);
  expect(await objects.list("a/", "a/a")).toEqual(["a/b/x"]);
});

test("writers that race lose nothing and double nothing: each commit is there once, each application goes on from where it was", async () => {
  const writers = fc.array(fc.record({ app: fc.constantFrom("a", "b"), commits: fc.nat(4) }), {
    minLength: 2,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(writers, async (plan) => {
      const { objects } = await newTable();
      const committed: { app: string; from: number | undefined; path: string }[] = [];
      const work = plan.map(async ({ app, commits }) => {
        let table = await openHere(objects);
        for (let i = 0; i < commits; i++) {
          const from = table.txn(app)?.version;
          const one = add();
          try {
            const txns = [move(app, from, (from ?? 0) + 1)];
            await table.commit({ operation: "WRITE", adds: [one], txns }, now);
            committed.push({ app, from, path: one.path });
          } catch (error) {
            expect(error).toBeInstanceOf(TxnMovedError);
            table = await openHere(objects);
          }
        }
      });
      await Promise.all(work);

      const { snapshot } = await openHere(objects);

      expect([...snapshot.files.keys()].sort()).toEqual(committed.map(({ path }) => path).sort());
      expect(snapshot.version).toBe(committed.length);
      for (const app of ["a", "b"]) {
        const steps = committed.filter((one) => one.app === app).map(({ from }) => from ?? 0);
        // From 0 on, without a hole and none twice.
        expect(steps.sort((x, y) => x - y)).toEqual(steps.map((_, i) => i));
        expect(snapshot.txns.get(app)?.version ?? 0).toBe(steps.length);
      }
    }),
    { numRuns: 15 },
  );
});

test("a commit whose answer was lost is not made twice", async () => {
  const { objects } = await newTable();
  const deaf: Objects = { ...objects, putIfAbsent: async (...args) => (await objects.putIfAbsent(...args)) && false };
  const table = await openHere(deaf);

  const version = await table.commit({ operation: "WRITE", adds: [add()], txns: [move("a", undefined, 5)] }, now);

  expect(version).toBe(1);
  expect((await openHere(objects)).version).toBe(1);
});

test("a file that another has removed is not replaced, and a commit names nothing twice", async () => {
  const { objects, table } = await newTable();
  const [one, two] = [add(), add()];
  await table.commit({ operation: "WRITE", adds: [one] }, now);
  const other = await openHere(objects);
  const replace = (to: Add) => ({
    operation: "OPTIMIZE",
    adds: [{ ...to, dataChange: false }],
    removes: [{ path: one.path, dataChange: false }],
  });
  await other.commit(replace(two), now);

  await expect(table.commit(replace(add()), now)).rejects.toThrow(/another process has removed/);
  await expect(table.commit({ operation: "WRITE", adds: [two, two] }, now)).rejects.toThrow(/twice/);
  expect([...(await openHere(objects)).snapshot.files.keys()]).toEqual([two.path]);
});

test("a checkpoint holds all there is: the log before it may go, and a hint that is wrong or gone does no harm", async () => {
  const { folder, objects, table } = await newTable();
  for (let i = 0; i < 50; i++) {
    await table.commit(
      { operation: "WRITE", adds: [add()], txns: [move(`app-${i % 3}`, table.txn(`app-${i % 3}`)?.version, i)] },
      now,
    );
  }
  const [path = ""] = table.snapshot.files.keys();
  const removes = [{ path, dataChange: false, deletionTimestamp: now() }];
  await table.commit({ operation: "OPTIMIZE", adds: [{ ...add(), dataChange: false }], removes }, now);

  expect(await table.checkpointIfDue(now())).toBe(true);
  expect(await table.checkpointIfDue(now())).toBe(false);
  await table.commit({ operation: "WRITE", adds: [add()] }, now);
  for (let version = 0; version <= 51; version++) rmSync(join(folder, entryName(version)));

  const states = [(await openHere(objects)).snapshot];
  writeFileSync(join(folder, `${LOG}_last_checkpoint`), "}");
  states.push((await openHere(objects)).snapshot);
  rmSync(join(folder, `${LOG}_last_checkpoint`));
  states.push((await openHere(objects)).snapshot);
  writeFileSync(join(folder, `${LOG}_last_checkpoint`), '{"version":7}');
  states.push((await openHere(objects)).snapshot);

  const plain = (files: ReadonlyMap<string, Add>) =>
    [...files.values()].map((file) => ({ ...file, dataChange: false }));
  for (const state of states) {
    expect(state.version).toBe(52);
    expect(plain(state.files)).toEqual(plain(table.snapshot.files));
    expect(state.txns).toEqual(table.snapshot.txns);
    expect([...state.removed.keys()]).toEqual([path]);
    expect(state.metadata).toEqual(table.snapshot.metadata);
  }
});

test("a table whose disk went meanwhile gets no commit of its own in the empty folder", async () => {
  const { folder, table } = await newTable();
  rmSync(folder, { recursive: true });
  mkdirSync(folder);

  await expect(table.commit({ operation: "WRITE", adds: [add()] }, now)).rejects.toThrow(/is not there any more/);
  expect(existsSync(join(folder, entryName(1)))).toBe(false);
});

const protocol = (more: object): Action => ({ protocol: { minReaderVersion: 1, minWriterVersion: 2, ...more } });
const metaData = (more: object) => ({ metaData: { ...TABLE, ...more } }) as Action;
const TABLE = {
  id: "x",
  format: { provider: "parquet", options: {} },
  schemaString: JSON.stringify({ type: "struct", fields: KIND.fields }),
  partitionColumns: ["day"],
  configuration: {},
};
const withField = (field: object) =>
  metaData({ schemaString: JSON.stringify({ type: "struct", fields: [...KIND.fields, field] }) });

test.each([
  ["a newer reader", [protocol({ minReaderVersion: 2 })], /needs a reader of version 2/],
  ["a newer writer", [protocol({ minWriterVersion: 4 })], /needs a writer of version 4/],
  [
    "a feature that is not known",
    [
      protocol({
        minReaderVersion: 3,
        minWriterVersion: 7,
        readerFeatures: ["deletionVectors"],
        writerFeatures: ["deletionVectors", "appendOnly"],
      }),
    ],
    /needs deletionVectors, which is not known here/,
  ],
  [
    "commits of a catalog",
    [
      protocol({
        minReaderVersion: 3,
        minWriterVersion: 7,
        readerFeatures: ["catalogManaged"],
        writerFeatures: ["catalogManaged"],
      }),
    ],
    /a catalog commits to it/,
  ],
  ["other partitions", [metaData({ partitionColumns: [] })], /partitioned by nothing, not by day/],
  ["another schema", [metaData({ schemaString: '{"fields":[]}' })], /has no column n/],
  [
    "a column that must not be empty",
    [withField({ name: "z", type: "long", nullable: false })],
    /column z may not be empty/,
  ],
  ["a hole in its log", [], /entry 1 of its log is missing, and there is one of version 2/],
  ["an entry that is none", "{]", /entry|action of a Delta log/],
  ["a path that is no URI", [{ add: add("%zz") }], /add is not as Delta's protocol has it/],
] as const)("a table with %s is refused, and the reason says so", async (_what, actions, reason) => {
  const { folder, objects } = await newTable();
  const isHole = actions.length === 0;
  const text = typeof actions === "string" ? actions : writeEntry(actions);
  writeFileSync(join(folder, `${LOG}${padded(isHole ? 2 : 1)}.json`), text);

  await expect(openHere(objects)).rejects.toThrow(reason);
});

test("a table of named features that ask nothing more is written", async () => {
  const { folder, objects } = await newTable();
  const named = protocol({ minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ["appendOnly", "invariants"] });
  writeFileSync(
    join(folder, entryName(1)),
    writeEntry([named, withField({ name: "z", type: "long", nullable: true })]),
  );

  const table = await openHere(objects);

  expect(await table.commit({ operation: "WRITE", adds: [add()] }, now)).toBe(2);
});
