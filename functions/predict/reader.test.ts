import { afterEach, beforeEach, expect, test } from "vitest";
import type { Store, StoredModel } from "../lib/store/store.ts";
import { line, openLine } from "./fixtures/line.ts";
import { createModelReader } from "./reader.ts";

let opened: ReturnType<typeof openLine>;
beforeEach(() => {
  opened = openLine();
});
afterEach(() => opened.store.close());

/** The store's own answers, counted; `instead` may change them as a restore would. */
function watched({ models }: Store, instead: (stored: StoredModel) => StoredModel = (stored) => stored) {
  const asked = { heads: 0, loads: 0 };
  const watchedModels = {
    ...models,
    async head(set: string) {
      asked.heads++;
      const { state: _state, ...head } = instead(await models.load(set));
      return head;
    },
    async load(set: string) {
      asked.loads++;
      return instead(await models.load(set));
    },
  };
  return { asked, reader: createModelReader(watchedModels, line, "line") };
}

/** The end of what arrived together. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a burst asks once", async () => {
  const { asked, reader } = watched(opened.store);

  const served = await Promise.all(Array.from({ length: 100 }, () => reader.current()));

  expect(asked).toEqual({ heads: 1, loads: 1 });
  expect(new Set(served).size).toBe(1);
});

test("what arrives in one turn shares the question, also when the first of it has its answer", async () => {
  const { asked, reader } = watched(opened.store);

  const first = await reader.current();
  const second = await reader.current();
  await turn();
  await reader.current();

  expect(second).toBe(first);
  expect(asked.heads).toBe(2);
});

test("what arrives while a question is under way asks anew: its answer may be older than the request", async () => {
  const { promise: held, resolve: answer } = Promise.withResolvers<void>();
  const { models } = opened.store;
  let heads = 0;
  const slow = {
    ...models,
    async head(set: string) {
      const head = await models.head(set);
      if (heads++ === 0) await held;
      return head;
    },
  };
  const reader = createModelReader(slow, line, "line");
  const before = reader.current();
  await opened.learn(1);

  const after = reader.current();
  answer();

  expect((await after).head.version).toBe(1);
  expect((await before).head.version).toBeLessThanOrEqual(1);
});

test("what has not changed is not read again, and its version is asked each time", async () => {
  const { asked, reader } = watched(opened.store);
  await opened.learn(1);
  const first = await reader.current();
  await turn();

  const second = await reader.current();

  expect(second).toBe(first);
  expect(asked).toEqual({ heads: 2, loads: 1 });
});

test("what was committed before the question is in the answer", async () => {
  const { reader } = watched(opened.store);

  for (let version = 0; version < 3; version++) {
    expect((await reader.current()).head.version).toBe(version);
    await opened.learn(1);
  }
});

test("the same version under another revision is read too: a restore may bring a number back", async () => {
  await opened.learn(1);
  const before = await opened.store.models.load("line");
  await opened.learn(1, { y: 500 });
  let restored = false;
  const { reader } = watched(opened.store, (stored) =>
    restored ? { ...before, version: stored.version, revision: "f".repeat(32) } : stored,
  );
  const first = await reader.current();
  await turn();

  restored = true;
  const second = await reader.current();

  expect(second.head.version).toBe(first.head.version);
  expect(second.models.count).toBe(1);
  expect(second.models.predict({ x: 1 })).not.toEqual(first.models.predict({ x: 1 }));
});

test("the same revision under another generation is read too", async () => {
  await opened.learn(1);
  let generation = "1";
  const { asked, reader } = watched(opened.store, (stored) => ({ ...stored, generation }));
  await reader.current();
  await turn();

  generation = "2";

  expect((await reader.current()).head.generation).toBe("2");
  expect(asked.loads).toBe(2);
});

test("a question that failed is asked anew, and all that waited for it hear of the failure", async () => {
  let away = true;
  const { reader } = watched(opened.store, (stored) => {
    if (away) throw new Error("away");
    return stored;
  });

  const failed = await Promise.allSettled([reader.current(), reader.current()]);
  away = false;
  await turn();

  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect((await reader.current()).head.version).toBe(0);
});
