import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import { describeKilled } from "./killed.contract.ts";

describeKilled("on one file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wadi-predict-"));
  const path = join(folder, "store.db");
  const store = openSqliteStore(path, { now: Date.now, joinWindowMs: () => 3_600_000 });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return { store, address: `sqlite:${path}` };
});
