// The log of a data folder is known to the store by an id that the folder keeps.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import { UnavailableError } from "../lib/errors.ts";
import { readLogId } from "../lib/log-id.ts";
import type { Agreement, LogOwner } from "../lib/store/agreement.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { announceOwnLog } from "./own-log.ts";
import { cleanUp, later, pause, temporaryFolder } from "./wadi-under-test.contract.ts";

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

async function announce(folder: string, to: { readonly agreement: Agreement }): Promise<string> {
  const { id, stop } = await announceOwnLog(folder, to, manualClock(7), silentLog);
  later(stop);
  return id;
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

  const id = await announce(temporaryFolder(), store);
  expect(await store.agreement.logs()).toEqual([]);
  while ((await store.agreement.logs()).length === 0) await pause(10);

  expect(await store.agreement.logs()).toMatchObject([{ id }]);
});

test("an id that was cut short by a crash is made anew", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "log-id"), "3f2a");

  const id = await announce(folder, agreementOf());

  expect(readLogId(folder)).toBe(id);
});
