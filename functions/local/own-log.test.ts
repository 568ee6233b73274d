// The log of a data folder is known to the store by an id that the folder keeps.

import { cpSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import { UnavailableError } from "../lib/errors.ts";
import { readLogId } from "../lib/log-id.ts";
import type { Agreement, LogOwner } from "../lib/store/agreement.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { announceOwnLog } from "./own-log.ts";
import { cleanUp, later, temporaryFolder } from "./wadi-under-test.contract.ts";

afterEach(cleanUp);

/** A store's agreement, whose first announcements fail. */
function agreementOf({ failing = 0 } = {}): { readonly agreement: Agreement } {
  const store = openSqliteStore(":memory:", { now: () => 0, joinWindowMs: () => 1 });
  later(() => store.close());
  let left = failing;
  const announceLog = (log: LogOwner) =>
    left-- > 0 ? Promise.reject(new UnavailableError("store-unavailable", "away")) : store.agreement.announceLog(log);
  return { agreement: { ...store.agreement, announceLog } };
}

async function open(folder: string, to: { readonly agreement: Agreement }) {
  const clock = manualClock(7);
  const log = await announceOwnLog(folder, to, clock, silentLog);
  later(log.stop);
  return {
    log,
    async pass(ms: number) {
      clock.advance(ms);
      for (let turn = 0; turn < 5; turn++) await new Promise((next) => setImmediate(next));
    },
  };
}

async function announce(folder: string, to: { readonly agreement: Agreement }): Promise<string> {
  return (await open(folder, to)).log.id;
}

test("it keeps its id over starts, another folder has another, and the store knows both and where they are", async () => {
  const store = agreementOf();
  const [folder, another] = [temporaryFolder(), temporaryFolder()];

  const ids = [await announce(folder, store), await announce(folder, store), await announce(another, store)];

  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
  expect(readLogId(folder)).toBe(ids[0]);
  const logs = await store.agreement.logs();
  expect(logs).toHaveLength(2);
  expect(logs).toContainEqual({ id: ids[0], where: expect.stringMatching(`:${folder}$`), at: 7 });
});

test("a store that is away is told once it is back", async () => {
  const store = agreementOf({ failing: 1 });

  const { log, pass } = await open(temporaryFolder(), store);
  expect(await store.agreement.logs()).toEqual([]);
  await pass(1000);

  expect(await store.agreement.logs()).toMatchObject([{ id: log.id }]);
});

test("of a folder and its copy, both in use, one takes another id, and the store knows of two logs", async () => {
  const store = agreementOf();
  const [folder, copy] = [temporaryFolder(), temporaryFolder()];
  const first = await open(folder, store);
  cpSync(folder, copy, { recursive: true });
  const second = await open(copy, store);
  expect(await store.agreement.logs()).toHaveLength(1);

  for (let minute = 0; minute < 3; minute++) {
    await first.pass(60_000);
    await second.pass(60_000);
  }

  const ids = [first.log.id, second.log.id];
  expect(new Set(ids).size).toBe(2);
  expect([readLogId(folder), readLogId(copy)]).toEqual(ids);
  expect((await store.agreement.logs()).map(({ id }) => id).sort()).toEqual([...ids].sort());
});

test("a folder that was moved keeps its id, however short the pause was", async () => {
  const store = agreementOf();
  const [folder, moved] = [temporaryFolder(), join(temporaryFolder(), "moved")];
  const before = await open(folder, store);
  before.log.stop();
  renameSync(folder, moved);

  const { log, pass } = await open(moved, store);
  await pass(60_000);

  expect(log.id).toBe(before.log.id);
  expect(await store.agreement.logs()).toMatchObject([{ id: log.id, where: expect.stringMatching(/moved$/) }]);
});

test("an id that a crash cut short is replaced", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "log-id"), "3f2a");

  const id = await announce(folder, agreementOf());

  expect(readLogId(folder)).toBe(id);
});
