// The admin port on what a cluster keeps, on a store in a file.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createModelSet } from "../../lib/learners/model-set.ts";
import { STORE_REGRESSED } from "../../lib/lost-commits/watch.ts";
import { loadPipelines } from "../../lib/pipeline/load.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { learnedWindowMs } from "../../lib/retention.ts";
import { DEFAULT_SNAPSHOTS, type SnapshotPolicy } from "../../lib/store/snapshots.ts";
import { openSqliteStore } from "../../lib/store/sqlite/sqlite.ts";
import { commitOf, HOUR } from "../../lib/store/store-under-test.contract.ts";
import { cleanUp, later, root, temporaryFolder } from "../../local/wadi-under-test.contract.ts";
import { noLog, openClusterAdmin } from "./cluster.ts";

afterEach(cleanUp);

/** A cluster whose topics keep events for sixty days. */
async function longLived(snapshots: SnapshotPolicy = DEFAULT_SNAPSHOTS) {
  const path = join(temporaryFolder(), "store.db");
  const store = openSqliteStore(path, { now: Date.now, joinWindowMs: () => HOUR, snapshots });
  later(() => store.close());
  const retention = { logMs: 60 * 24 * HOUR, deadLetterMs: 60 * 24 * HOUR };
  const pipelines = loadPipelines(join(root, "helm/pipelines"));
  const settings = { store: { kind: "sqlite" as const, path }, retention, pipelineRevision: 1, snapshots };
  const broker = { ...noLog("it is not read here", () => {}), check: async () => {} };
  const { admin, close } = await openClusterAdmin({ pipelines, settings, broker });
  later(close);
  return { admin, store, pipelines, retention };
}

test("ids that are imported into a cluster are kept for as long as its topics keep events", async () => {
  const { admin, store, pipelines, retention } = await longLived();
  const windowMs = learnedWindowMs(pipelines.get("line")?.labelHorizonMs ?? 0, retention);
  const until = Math.floor((Date.now() + windowMs) / HOUR) * HOUR;
  const generation = `imported-${randomBytes(8).toString("hex")}`;

  await admin.importIds("line", { generation, replace: false, items: [{ until, ids: ["7"] }] });

  const adoption = { generation, version: 1, revision: "a", state: "{}", ids: 1, history: [], replace: false };
  expect(await store.models.adopt("line", adoption)).toBe("adopted");
  expect((await store.models.learnedPage("line")).ids).toEqual([{ id: "7", expiresAt: until }]);
});

test("a loss of a cluster's store is reported for as long as its topics keep events", async () => {
  const { admin, store } = await longLived();
  await store.models.commit("line", commitOf({}));
  const time = Date.now() - 30 * 24 * HOUR;
  store.activity.append({ time, kind: STORE_REGRESSED, pipeline: "line", detail: "lost some of line" });

  await expect
    .poll(async () => (await admin.status()).store.regressed)
    .toEqual([{ pipeline: "line", time, detail: "lost some of line" }]);
});

test("a rollback on a cluster keeps as many snapshots as its steps do", async () => {
  const { admin, store, pipelines } = await longLived({ every: 1, keep: 2 });
  const state = JSON.stringify(createModelSet(pipelines.get("line") as Pipeline).init(1));
  let expectedRevision = "";
  for (let version = 1; version <= 3; version++) {
    const commit = commitOf({ expectedRevision, state });
    await store.models.commit("line", commit);
    expectedRevision = commit.revision;
  }

  for (const to of [2, 3, 4]) await admin.rollback("line", { to });

  const { items } = await admin.snapshots("line");
  expect(items.filter(({ kept }) => kept === "rollback").map(({ version }) => version)).toEqual([5, 4]);
});
