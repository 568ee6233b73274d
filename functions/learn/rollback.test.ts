import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import type { Store } from "../lib/store/store.ts";
import { WINDOW } from "./fixtures/line.ts";
import { describeRollback } from "./rollback.contract.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-rollback-"));
const stores: Store[] = [];
afterAll(async () => {
  for (const store of stores) await store.close();
  rmSync(folder, { recursive: true });
});

describeRollback("in SQLite", async () => {
  const snapshots = { every: 3, keep: 1000 };
  const store = openSqliteStore(join(folder, "store.db"), { now: Date.now, joinWindowMs: () => WINDOW, snapshots });
  stores.push(store);
  return store;
});
