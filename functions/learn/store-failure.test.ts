// The group commit where the store fails before it wrote, or after, or has lost what it wrote.

import { afterEach, describe, expect, test } from "vitest";
import {
  away,
  closeAll,
  committing,
  example,
  LINE,
  learner,
  modelsOf,
  open,
  range,
  rejection,
  stateOf,
  wrapped,
} from "./fixtures/line.ts";

afterEach(closeAll);

describe("when the store fails", () => {
  test("what is queued behind fails too, in whatever group it would have been, and comes again in order", async () => {
    const store = open();
    const { port } = committing(store, (n, commit) => (n === 2 ? away() : store.models.commit("line", commit)));
    const { handle, pipeline } = learner(port, LINE, { groupLimit: 2 });

    const codes = await Promise.all(range(7).map((i) => rejection(handle(example(i)))));
    const between = (await stateOf(store, pipeline)).count;
    await Promise.all(range(7).map((i) => handle(example(i))));

    expect(codes).toEqual([undefined, undefined, ...Array(5).fill("store-unavailable")]);
    expect(between).toBe(2);
    const inOrder = open();
    for (const i of range(7)) await learner(inOrder).handle(example(i));
    expect(await modelsOf(store)).toEqual(await modelsOf(inOrder));
  });

  test("an example that arrives during the failing commit waits behind it, and fails with it", async () => {
    const store = open();
    let late: Promise<string | undefined> | undefined;
    const { port } = committing(store, (n, commit) => {
      if (n > 1) return store.models.commit("line", commit);
      late = rejection(handle(example(2)));
      return away();
    });
    const { handle, pipeline } = learner(port);

    expect(await rejection(handle(example(1)))).toBe("store-unavailable");
    expect(await late).toBe("store-unavailable");
    await handle(example(3));

    expect((await stateOf(store, pipeline)).count).toBe(1);
  });

  test("before anything was learned, the next example tries anew", async () => {
    const store = open();
    let tries = 0;
    const port = wrapped(store, {
      pipelineRevision: (name, digest) => (++tries === 1 ? away() : store.models.pipelineRevision(name, digest)),
    });
    const { handle, pipeline } = learner(port);

    const codes = await Promise.all(range(3).map((i) => rejection(handle(example(i)))));
    await handle(example(3));

    expect(codes).toEqual(Array(3).fill("store-unavailable"));
    expect((await stateOf(store, pipeline)).count).toBe(1);
  });

  test("after it wrote, the answer is lost and the group comes again: it is known, and nothing is learned twice", async () => {
    const store = open();
    const { port } = committing(store, async (n, commit) => {
      const answer = await store.models.commit("line", commit);
      return n === 1 ? away() : answer;
    });
    const { handle, pipeline } = learner(port);

    const codes = await Promise.all(range(5).map((i) => rejection(handle(example(i)))));
    const again = await Promise.all(range(6).map((i) => handle(example(i))));

    expect(codes).toEqual(Array(5).fill("store-unavailable"));
    expect(again.slice(0, 5)).toEqual(Array(5).fill(undefined));
    expect(await stateOf(store, pipeline)).toMatchObject({ count: 6, learned: 6, version: 2 });
  });

  test("and the driver sends the same commit twice, the second is recognised by its revision", async () => {
    const store = open();
    const { port } = committing(store, async (_n, commit) => {
      await store.models.commit("line", commit);
      return store.models.commit("line", commit);
    });
    const { handle, pipeline } = learner(port);

    const answers = await Promise.all(range(5).map((i) => handle(example(i))));

    expect(answers[0]).toMatchObject({ data: { count: 5, version: 1 } });
    expect(await stateOf(store, pipeline)).toMatchObject({ count: 5, learned: 5, version: 1 });
  });
});

describe("a store that lost its tail is noticed", () => {
  const regressed = 'wadi_store_regressed_total{set="line"} 1';

  test("by a version older than one that was seen; what it lost with its ids is learned again", async () => {
    const [before, restored] = [open(), open()];
    let store = before;
    const { loadSince, head, learnedCount } = before.models;
    const port = wrapped(before, {
      loadSince: (set, known) => (store === before ? loadSince(set, known) : store.models.loadSince(set, known)),
      head: (set) => (store === before ? head(set) : store.models.head(set)),
      learnedCount: (set) => (store === before ? learnedCount(set) : store.models.learnedCount(set)),
      commit: (set, commit) => store.models.commit(set, commit),
    });
    const { handle, telemetry, pipeline } = learner(port);
    for (const i of range(3)) await handle(example(i));
    expect(await telemetry.registry.metrics()).not.toContain(regressed);

    store = restored;
    await handle(example(1));
    await handle(example(4));

    expect(await telemetry.registry.metrics()).toContain(regressed);
    expect((await stateOf(restored, pipeline)).count).toBe(2);
  });

  test("but not by what an example claims to be served by: anybody may send one", async () => {
    const store = open();
    const { handle, telemetry } = learner(store);
    const served = (version: number) => ({ served: { generation: "1", version, model: "line", values: { line: 1 } } });
    await handle(example(0, served(0)));
    await handle(example(1, served(1)));
    expect(await telemetry.registry.metrics()).not.toContain(regressed);

    await handle(example(2, served(999_999_999)));

    expect(await telemetry.registry.metrics()).not.toContain(regressed);
  });
});
