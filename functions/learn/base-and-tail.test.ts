// What a commit leaves: an entry of what was learned, or the whole state where nobody could learn that entry as this process did.

import { afterEach, expect, test } from "vitest";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import { ENGINE, readBase } from "../lib/states/learned-by.ts";
import type { Store } from "../lib/store/store.ts";
import { closeAll, committing, example, LINE, learner, modelsOf, open, range, stateOf } from "./fixtures/line.ts";

afterEach(closeAll);

/** A store, and what each commit to it left. */
function watched(store: Store = open()) {
  const { asked, port } = committing(store, (_n, commit) => store.models.commit("line", commit));
  const left = () => asked.commits.map(({ state }) => (state === undefined ? "entry" : "state"));
  return { store, port, left, bytes: () => asked.commits.map(({ state, entry }) => (state ?? entry ?? "").length) };
}

/** The models of a store that learned these examples in one commit. */
async function learnedInOrder(count: number): Promise<ModelSetState["models"]> {
  const store = open();
  const { handle } = learner(store);
  await Promise.all(range(count).map((i) => handle(example(i))));
  return modelsOf(store);
}

async function rewritten(store: Store, change: (state: string) => string): Promise<void> {
  const { generation, revision: expectedRevision, state } = await store.models.load("line");
  const commit = { generation, expectedRevision, revision: "f".repeat(32), ids: [], state: change(state) };
  expect(await store.models.commit("line", commit)).toMatchObject({ outcome: "committed" });
}

test("the first commit leaves the state, and those after it what was learned, however large the state is", async () => {
  const { store, port, left, bytes } = watched();
  const { handle, pipeline } = learner(port);

  for (const i of range(40)) await handle(example(i));

  expect(left()).toEqual(["state", ...range(39).map(() => "entry")]);
  expect(Math.max(...bytes().slice(1))).toBeLessThan(100);
  expect(await stateOf(store, pipeline)).toMatchObject({ version: 40, count: 40, learned: 40 });
  expect(await modelsOf(store)).toEqual(await learnedInOrder(40));
});

test("a tail that has outgrown its base ends in a new one, and there are no more entries than that", async () => {
  const { store, port, left } = watched();
  const { handle, pipeline } = learner(port);

  for (const i of range(1500)) await handle(example(i));

  const bases = left().filter((what) => what === "state").length;
  expect(bases).toBeGreaterThan(1);
  expect(bases).toBeLessThan(10);
  const { tail } = await store.models.loadSince("line");
  expect(tail.join("").length).toBeLessThanOrEqual(16_384);
  expect(await stateOf(store, pipeline)).toMatchObject({ count: 1500 });
});

test.each([
  ["another limit of the state", { maxStateBytes: 1_000_000 }, LINE],
  ["a file that says the same in other words", {}, `${LINE}# told anew\n`],
])(
  "two writers with %s leave whole states in turn, and each goes on from the other's tail",
  async (_what, deps, text) => {
    const { store, port, left } = watched();
    const [one, other] = [learner(port), learner(port, text, deps)];

    for (const [i, { handle }] of [one, one, other, other, one].entries()) await handle(example(i));

    // The second writer's first commit, and the first writer's last one, followed what the other left.
    expect(left()[0]).toBe("state");
    expect(left().filter((what) => what === "state").length).toBeGreaterThanOrEqual(3);
    expect((await stateOf(store, one.pipeline)).count).toBe(5);
    expect(await modelsOf(store)).toEqual(await learnedInOrder(5));
  },
);

test("a tail of another engine is learned, and what comes of it is the base of the next commit", async () => {
  const { store, port, left } = watched();
  for (const i of range(3)) await learner(port).handle(example(i));
  await rewritten(store, (state) => state.replace(ENGINE, "wadi 0, node 1"));
  const { revision: expectedRevision } = await store.models.head("line");
  const entry = JSON.stringify([[{ x: 0.3 }, 0.6]]);
  await store.models.commit("line", { generation: "1", expectedRevision, revision: "e".repeat(32), ids: [], entry });

  await learner(port).handle(example(4));

  expect(left().at(-1)).toBe("state");
  const { base = "", tail } = await store.models.loadSince("line");
  expect([readBase(base).by?.engine, tail]).toEqual([ENGINE, []]);
  expect(await modelsOf(store)).toEqual(await learnedInOrder(5));
});

test("a state that an earlier Wadi wrote whole goes on, and becomes a base with the next commit", async () => {
  const { store, port, left } = watched();
  for (const i of range(3)) await learner(port).handle(example(i));
  await rewritten(store, (state) => {
    const { state: known } = readBase(state);
    return JSON.stringify({ ...known, schema: 1 });
  });

  const { handle, pipeline } = learner(port);
  for (const i of [3, 4]) await handle(example(i));

  expect(left().slice(-2)).toEqual(["state", "entry"]);
  expect((await stateOf(store, pipeline)).count).toBe(5);
  expect(await modelsOf(store)).toEqual(await learnedInOrder(5));
});
