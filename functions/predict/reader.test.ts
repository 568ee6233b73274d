import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UnavailableError } from "../lib/errors.ts";
import { createStoreWatch } from "../lib/regression/watch.ts";
import type { ModelStore, Store } from "../lib/store/store.ts";
import type { StoredModel } from "../lib/store/stored-model.ts";
import { line, openLine } from "./fixtures/line.ts";
import { createModelReader } from "./reader.ts";

let opened: ReturnType<typeof openLine>;
beforeEach(() => {
  opened = openLine();
});
afterEach(() => opened.store.close());

const readerOf = (models: ModelStore, maxStalenessMs = 60_000, watch = watching()) =>
  createModelReader({ models, clock: opened.clock, watch, maxStalenessMs }, line, "line");
const watching = () => createStoreWatch({ clock: opened.clock, telemetry: opened.telemetry });

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
  return { asked, reader: readerOf(watchedModels) };
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
  const reader = readerOf(slow);
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

  expect(second.models).toBe(first.models);
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

describe("while the store is away", () => {
  /** The store's models, which may be taken away: `refuses` at once, or `hangs` until it is given back. */
  function goingAway() {
    const { models } = opened.store;
    let state: "well" | "refuses" | "hangs" = "well";
    let back = () => {};
    const asked = { heads: 0 };
    const head = async (set: string) => {
      asked.heads++;
      if (state === "refuses") throw new UnavailableError("store-unavailable", "nobody listens there");
      if (state === "hangs") {
        await new Promise<void>((resolve) => {
          const before = back;
          back = () => {
            before();
            resolve();
          };
        });
      }
      return models.head(set);
    };
    return {
      asked,
      reader: readerOf({ ...models, head }),
      become(next: typeof state) {
        state = next;
        if (next === "well") back();
      },
    };
  }

  /** Resolves with time going on, a millisecond a turn. */
  async function inTime<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const settled = work.finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    for (let turns = 0; !done && turns < 5000; turns++) {
      await turn();
      if (!done) opened.clock.advance(1);
    }
    return settled;
  }

  test("the last state answers who may have it, marked with why and how old it is; others are refused", async () => {
    const { reader, become } = goingAway();
    await opened.learn(2);
    const before = await reader.current();
    await turn();
    become("refuses");
    opened.clock.advance(1000);

    const recent = await reader.recent();

    expect(recent).toEqual({ ...before, stale: "nobody listens there" });
    expect(opened.clock.now() - recent.asOf).toBe(1000);
    await expect(reader.current()).rejects.toThrow("nobody listens there");
  });

  test("it answers for as long as the limit allows, and not a millisecond longer", async () => {
    const { reader, become } = goingAway();
    await reader.current();
    await turn();
    become("refuses");
    opened.clock.advance(60_000);

    expect((await reader.recent()).stale).toBeDefined();
    await turn();
    opened.clock.advance(1);

    await expect(reader.recent()).rejects.toThrow("nobody listens there");
  });

  test("a limit of nothing refuses at once, and who has never known a state has none to give", async () => {
    const never = readerOf(
      { ...opened.store.models, head: () => Promise.reject(new UnavailableError("store-unavailable", "away")) },
      0,
    );
    const { reader, become } = goingAway();
    become("refuses");

    await expect(never.recent()).rejects.toThrow("away");
    await expect(reader.recent()).rejects.toThrow("nobody listens there");
  });

  test("a store that hangs is waited for half a second, then hardly, by one question at a time", async () => {
    const { reader, become, asked } = goingAway();
    await reader.current();
    await turn();
    become("hangs");
    const began = opened.clock.now();

    const first = await inTime(reader.recent());
    const patience = opened.clock.now() - began;
    await turn();
    const second = await inTime(reader.recent());
    await turn();

    expect(first.stale).toMatch(/has not answered within 500 ms/);
    expect(second.stale).toMatch(/has not answered within 25 ms/);
    expect(patience).toBe(500);
    expect(opened.clock.now() - began - patience).toBe(25);
    expect(asked.heads).toBe(2);
  });

  test("a store that is back answers anew, with what was learned in between", async () => {
    const { reader, become } = goingAway();
    await reader.current();
    await turn();
    become("hangs");
    await inTime(reader.recent());
    await turn();
    await opened.learn(1);

    become("well");
    const recent = await reader.recent();

    expect(recent.stale).toBeUndefined();
    expect(recent.head.version).toBe(1);
  });

  test("many questions that are refused together are all answered from the last state", async () => {
    const { reader, become } = goingAway();
    await reader.current();
    await turn();
    become("refuses");
    const waiting: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++) {
      waiting.push(
        reader.recent(),
        reader.current().catch(() => "refused"),
      );
      if (i % 3 === 0) await turn();
    }

    const answers = await Promise.all(waiting);

    expect(answers.filter((_, i) => i % 2 === 1)).toEqual(Array(20).fill("refused"));
    expect(answers.filter((_, i) => i % 2 === 0).every((one) => (one as { stale?: string }).stale)).toBe(true);
  });

  test("what is no fault of the store is told, not covered up", async () => {
    const { models } = opened.store;
    await opened.learn(1);
    let state: string | undefined;
    const reader = readerOf({
      ...models,
      head: async (set) => ({ ...(await models.head(set)), ...(state !== undefined && { revision: state }) }),
      load: async (set) => ({ ...(await models.load(set)), ...(state !== undefined && { state }) }),
    });
    await reader.recent();
    await turn();

    state = "no JSON";

    await expect(reader.recent()).rejects.toBeInstanceOf(SyntaxError);
  });
});

test("a store that answers with an older version than before is noticed, once", async () => {
  await opened.learn(1);
  const before = await opened.store.models.load("line");
  await opened.learn(3);
  let lost = false;
  const { models } = opened.store;
  const instead = async () => (lost ? before : models.load("line"));
  const reader = readerOf({ ...models, head: instead, load: instead });
  await reader.current();
  await turn();

  lost = true;
  expect((await reader.current()).head.version).toBe(1);
  await turn();
  await reader.current();

  expect(await opened.telemetry.registry.metrics()).toContain('wadi_store_regressed_total{set="line"} 1');
});

test("an answer that is overtaken by a later one is no loss", async () => {
  const { models } = opened.store;
  const { promise: held, resolve: answer } = Promise.withResolvers<void>();
  let heads = 0;
  const slow = {
    ...models,
    async head(set: string) {
      const head = await models.head(set);
      if (heads++ === 0) await held;
      return head;
    },
  };
  const reader = readerOf(slow);
  const early = reader.current();
  await turn();
  await opened.learn(2);
  expect((await reader.current()).head.version).toBe(2);

  answer();
  await early;

  expect(await opened.telemetry.registry.metrics()).not.toContain("wadi_store_regressed_total{");
});
