import { expect, test } from "vitest";
import { systemClock } from "../../lib/clock.ts";
import { openSqliteStore } from "../../lib/store/sqlite/sqlite.ts";
import { commitOf } from "../../lib/store/store-under-test.contract.ts";
import { createModelSets } from "./model-sets.ts";

test("a model set that is first committed while it is looked at is shown as it was committed, not as if it had learned nothing", async () => {
  const { models } = openSqliteStore(":memory:", { now: Date.now, joinWindowMs: () => 1 });
  const state = JSON.stringify({ schema: 1, count: 1, models: {} });
  let isFirst = true;
  const committedMeanwhile = {
    ...models,
    async load(set: string) {
      const stored = await models.load(set);
      if (isFirst) await models.commit(set, commitOf({ state }));
      isFirst = false;
      return stored;
    },
  };

  const seen = await createModelSets(committedMeanwhile, new Map(), systemClock).model("line", {});

  expect(seen).toMatchObject({ set: "line", version: 1, count: 1 });
});
