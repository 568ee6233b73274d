// Commits as the dashboard sees them: in a store that another process writes to.

import { expect, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import type { Event, ModelUpdatedData } from "../lib/events/vocabulary.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import { commitOf, newRevision, openUnderTest } from "../lib/store/store-under-test.contract.ts";
import { tapStore } from "./store-tap.ts";

async function tapped() {
  const store = await openUnderTest(
    async (options) => async (own) => openSqliteStore(":memory:", { ...options, ...own }),
  );
  const clock = manualClock();
  const heads = new Map<string, string>();
  const told: Event<ModelUpdatedData>[] = [];
  const tap = tapStore({ models: store.models, pipelines: new Map(), clock });
  return {
    ...{ store, clock, told, tap },
    stop: tap((event) => void told.push(event as Event<ModelUpdatedData>)),
    versions: () => told.map(({ data }) => `${data?.set} ${data?.version}`),
    async commit(set: string, count: number, generation = "1") {
      const revision = newRevision();
      const history = JSON.stringify({ time: 1000 * count, count, metrics: { linear: { mae: 1 / count } } });
      const expectedRevision = heads.get(set) ?? "";
      await store.models.commit(set, commitOf({ generation, expectedRevision, revision, history }));
      heads.set(set, revision);
    },
    async look() {
      clock.advance(1000);
      // SQLite answers at once, and what is awaited is a chain of promises.
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
}

test("what was committed before somebody listened is not told; each commit since is, in order, with its figures", async () => {
  const { commit, look, told, versions } = await tapped();
  await commit("line", 1);
  await look();
  expect(told).toEqual([]);

  await commit("line", 2);
  await commit("line", 3);
  await look();
  await look();

  expect(versions()).toEqual(["line 2", "line 3"]);
  expect(told[1]).toMatchObject({ type: "dev.wadi.model.updated", pipeline: "line", source: "/wadi/line/learn" });
  expect(told[1]?.data).toEqual({
    ...{ set: "line", generation: "1", version: 3, count: 3 },
    metrics: { linear: { mae: 1 / 3 } },
  });
});

test("a set that is new is told from its first commit on", async () => {
  const { commit, look, versions } = await tapped();
  await look();

  await commit("origin/LAS", 5);
  await look();

  expect(versions()).toEqual(["origin/LAS 1"]);
});

test("of more sets than one look takes, each is told in its turn", async () => {
  const { commit, look, versions } = await tapped();
  const names = Array.from({ length: 150 }, (_, i) => `set${String(i).padStart(3, "0")}`);
  for (const name of names) await commit(name, 1);
  await look();
  await look();

  for (const name of ["set001", "set149"]) await commit(name, 2);
  await look();
  await look();

  expect(versions().sort()).toEqual(["set001 2", "set149 2"]);
});

test("nobody is told after the end, and nothing is asked", async () => {
  const { commit, look, told, stop } = await tapped();
  await look();
  stop();

  await commit("line", 1);
  await look();

  expect(told).toEqual([]);
});
