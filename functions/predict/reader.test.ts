import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UnavailableError } from "../lib/errors.ts";
import { createStoreWatch } from "../lib/lost-commits/watch.ts";
import type { StateReader, Store } from "../lib/store/store.ts";
import type { BaseAndTail, Head } from "../lib/store/stored-model.ts";
import { line, openLine } from "./fixtures/line.ts";
import { createModelReader } from "./reader.ts";

let opened: ReturnType<typeof openLine>;
beforeEach(() => {
  opened = openLine();
});
afterEach(() => opened.store.close());

const readerOf = (models: StateReader, maxStalenessMs = 60_000, watch = watching()) =>
  createModelReader({ models, clock: opened.clock, watch, maxStalenessMs }, line, "line");
const watching = () => createStoreWatch({ clock: opened.clock, telemetry: opened.telemetry });

/** A reader whose questions to the store are counted; `instead` changes the answers, as a restore would. */
function watched({ models }: Store, instead: (stored: Head) => Head = (stored) => stored) {
  const asked = { heads: 0, loads: 0 };
  const watchedModels = {
    ...models,
    async head(set: string) {
      asked.heads++;
      return instead(await models.head(set));
    },
    async loadSince(set: string, known?: Head) {
      asked.loads++;
      return instead(await models.loadSince(set, known)) as BaseAndTail;
    },
  };
  return { asked, reader: readerOf(watchedModels) };
}

/** The end of this turn of the event loop. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("requests of one turn share one question", async () => {
  const { asked, reader } = watched(opened.store);

  const served = await Promise.all(Array.from({ length: 100 }, () => reader.current()));

  expect(asked).toEqual({ heads: 1, loads: 1 });
  expect(new Set(served).size).toBe(1);
});

test("requests of one turn share the question, even after the first of them has its answer", async () => {
  const { asked, reader } = watched(opened.store);

  const first = await reader.current();
  const second = await reader.current();
  await turn();
  await reader.current();

  expect(second).toBe(first);
  expect(asked.heads).toBe(2);
});

test("a request that arrives while a question is under way asks anew: that answer might be older than the request", async () => {
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

test("an unchanged model is not read again; only its version is asked each time", async () => {
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

test("the same version with another revision is read again: after a restore a version number can come back", async () => {
  await opened.learn(1);
  const before = await opened.store.models.loadSince("line");
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

test("the same revision in another generation is read again", async () => {
  await opened.learn(1);
  let generation = "1";
  const { asked, reader } = watched(opened.store, (stored) => ({ ...stored, generation }));
  await reader.current();
  await turn();

  generation = "2";

  expect((await reader.current()).head.generation).toBe("2");
  expect(asked.loads).toBe(2);
});

test("a failed question rejects all who waited for it, and the next request asks anew", async () => {
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
  /** A store that can become unavailable: it `refuses` at once, or `hangs` until it is well again. */
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

  /** Waits while the clock advances by a millisecond a turn. */
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

  test("`recent` gets the last state, with the reason and its age; `current` is refused", async () => {
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

  test("the last state answers until the limit, and not a millisecond longer", async () => {
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

  test("a limit of 0 refuses at once, and so does a reader that never knew a state", async () => {
    const never = readerOf(
      { ...opened.store.models, head: () => Promise.reject(new UnavailableError("store-unavailable", "away")) },
      0,
    );
    const { reader, become } = goingAway();
    become("refuses");

    await expect(never.recent()).rejects.toThrow("away");
    await expect(reader.recent()).rejects.toThrow("nobody listens there");
  });

  test("a store that hangs is given half a second, after that 25 ms, with one question at a time", async () => {
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

  test("once the store is back it answers, with what was learned in between", async () => {
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

  test("many requests at once are all answered from the last state", async () => {
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

  test("an error that is not the store's is not hidden by the last state", async () => {
    const { models } = opened.store;
    await opened.learn(1);
    let state: string | undefined;
    const reader = readerOf({
      ...models,
      head: async (set) => ({ ...(await models.head(set)), ...(state !== undefined && { revision: state }) }),
      loadSince: async (set) => ({ ...(await models.loadSince(set)), ...(state !== undefined && { base: state }) }),
    });
    await reader.recent();
    await turn();

    state = "no JSON";

    await expect(reader.recent()).rejects.toBeInstanceOf(SyntaxError);
  });
});

test("an older version than before is reported as a loss, once", async () => {
  await opened.learn(1);
  const before = await opened.store.models.loadSince("line");
  await opened.learn(3);
  let lost = false;
  const { models } = opened.store;
  const instead = async () => (lost ? before : models.loadSince("line"));
  const reader = readerOf({ ...models, head: instead, loadSince: instead });
  await reader.current();
  await turn();

  lost = true;
  expect((await reader.current()).head.version).toBe(1);
  await turn();
  await reader.current();

  expect(await opened.telemetry.registry.metrics()).toContain('wadi_store_regressed_total{set="line"} 1');
});

test("an answer that arrives after a later one is not taken for a loss", async () => {
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
