// An export without its ids holds no commits, so learning goes on beside it.

import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../lib/clock.ts";
import { DEFAULT_RETENTION } from "../../lib/retention.ts";
import { openSqliteStore } from "../../lib/store/sqlite/sqlite.ts";
import { commitOf, HOUR, newRevision } from "../../lib/store/store-under-test.contract.ts";
import { createExportImport } from "./export-import.ts";

test("the history of what is exported ends with its version, though a commit comes meanwhile", async () => {
  const { models, close } = openSqliteStore(":memory:", { now: () => 0, joinWindowMs: () => HOUR });
  onTestFinished(close);
  const first = commitOf({ history: '{"count":1}' });
  await models.commit("line", first);
  const history: typeof models.history = async (set, limit) => {
    await models.commit("line", commitOf({ expectedRevision: first.revision, history: '{"count":2}' }));
    return models.history(set, limit);
  };
  const { exportModel } = createExportImport({
    models: { ...models, history },
    clock: manualClock(),
    retention: { agreed: async () => DEFAULT_RETENTION },
    revision: newRevision,
    setPipeline: () => expect.fail("none is asked for"),
    championOf: () => "",
    known: async () => "line",
  });

  const exported = await exportModel("line", { ids: false });

  expect(exported).toMatchObject({ version: 1, history: [{ version: 1, point: { count: 1 } }] });
  expect(exported.history).toHaveLength(1);
});
