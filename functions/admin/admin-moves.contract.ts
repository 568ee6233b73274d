// Rollback, export and import, however the admin port is reached.

import { expect, test } from "vitest";
import { NotFoundError, RejectedError } from "../lib/errors.ts";
import type { Admin } from "./admin.ts";
import type { Stories } from "./admin-under-test.contract.ts";
import type { ExportedModel, LearnedIds } from "./shapes/models.ts";

const GENERATION = "imported-0123456789abcdef";

export function describeMoves(name: string, { learned, learnedShared }: Stories): void {
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: { code?: string }) => error.code,
    );

  async function exported(admin: Admin): Promise<{ model: ExportedModel; items: LearnedIds[] }> {
    const { hold = "", ...model } = await admin.exportModel("line", { ids: true });
    const items: LearnedIds[] = [];
    for (let after: string | undefined; ; ) {
      const page = await admin.exportIds("line", { hold, revision: model.revision, ...(after && { after }) });
      items.push(...page.items);
      if (page.next === undefined) return { model, items };
      after = page.next;
    }
  }

  test(`${name}: snapshots show when, how much was learned, how well, and how much a rollback would forget`, async () => {
    const admin = await learnedShared(4);

    const { items, ...list } = await admin.snapshots("line");

    expect(list).toEqual({
      set: "line",
      pipeline: "line",
      generation: "1",
      version: 4,
      count: 4,
      champion: "linear",
    });
    expect(items.map(({ version, count, forgets, kept }) => [version, count, forgets, kept])).toEqual([
      [4, 4, 0, "commit"],
      [3, 3, 1, "commit"],
      [2, 2, 2, "commit"],
      [1, 1, 3, "commit"],
    ]);
    const { history } = await admin.model("line", {});
    expect(items.map(({ metrics }) => metrics)).toEqual(history.map(({ metrics }) => metrics));
    await expect(admin.snapshots("lime")).rejects.toThrow(/did you mean "line"/);
  });

  test(`${name}: weights show what they were at each snapshot, and what a rollback took back is gone from them`, async () => {
    const admin = await learned(4);
    const { models, versions } = await admin.weights("line", {});
    await admin.rollback("line", { to: 2 });
    const back = await admin.weights("line", { limit: 1 });

    expect(versions.map(({ version, count }) => [version, count])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(models.map((one) => [one.name, one.serves, one.unit])).toEqual([["linear", true, "target"]]);
    const [weight] = models[0]?.weights ?? [];
    expect(weight?.feature).toBe("x");
    expect(weight?.before.length).toBe(3);
    expect(back.versions.map(({ version }) => version)).toEqual([1, 2]);
    expect(back.models[0]?.weights[0]).toMatchObject({ now: weight?.before[1], before: weight?.before.slice(0, 2) });
    await expect(admin.weights("lime", {})).rejects.toThrow(/did you mean "line"/);
  });

  test(`${name}: a rollback forgets what was learned since and reports it, shows in the history, and is undone by another`, async () => {
    const admin = await learned(4);
    const { models } = await admin.model("line", {});

    const back = await admin.rollback("line", { to: 1 });

    expect(back).toEqual({
      set: "line",
      generation: "1",
      version: 5,
      count: 1,
      forgotten: 3,
      starting: [],
      replaced: { generation: "1", version: 4, count: 4 },
    });
    expect(await admin.model("line", {})).toMatchObject({ version: 5, count: 1, learnedIds: 4 });
    expect(
      (await admin.model("line", {})).history.map(({ version, count, restored }) => [version, count, restored]),
    ).toEqual([
      [5, 1, 1],
      [4, 4, undefined],
      [3, 3, undefined],
      [2, 2, undefined],
      [1, 1, undefined],
    ]);
    expect((await admin.snapshots("line")).items[0]).toMatchObject({ version: 4, kept: "rollback", forgets: 0 });
    const replaces = { generation: "1", version: 5 };
    expect(await admin.rollback("line", { to: 4, replaces })).toMatchObject({ version: 6, count: 4, forgotten: 0 });
    await expect(admin.rollback("line", { to: 5, replaces })).rejects.toThrow(/rolled back .* since version 5/);
    expect((await admin.model("line", {})).models).toEqual(models);
  });

  test(`${name}: a set that is cleared begins anew, and a rollback to the generation before takes it back`, async () => {
    const admin = await learned(4);
    const { models } = await admin.model("line", {});

    const cleared = await admin.clear("line", {});

    const { generation } = cleared;
    expect(generation).toMatch(/^cleared-/);
    expect(cleared).toEqual({
      set: "line",
      generation,
      version: 1,
      count: 0,
      replaced: { generation: "1", version: 4, count: 4 },
    });
    const anew = await admin.model("line", {});
    expect(anew).toMatchObject({ generation, version: 1, count: 0, learnedIds: 0, champion: "linear" });
    expect(anew.models.map(({ name: model, n }) => [model, n])).toEqual([
      ["linear", 0],
      ["mean", 0],
    ]);
    expect(anew.history.map(({ version, count }) => [version, count])).toEqual([[1, 0]]);
    expect((await admin.weights("line", {})).models).toMatchObject([{ name: "linear", weights: [] }]);
    expect((await admin.models({})).items).toMatchObject([{ set: "line", generation, count: 0 }]);
    expect((await admin.snapshots("line")).previous).toEqual({ generation: "1", version: 4, count: 4 });
    // A second click does not push out what is kept.
    expect(await admin.clear("line", {})).toEqual(cleared);

    expect(await admin.rollback("line", { generation: "1" })).toMatchObject({ version: 4, count: 4 });
    expect(await admin.model("line", {})).toMatchObject({ generation: "1", learnedIds: 4, models });
    expect(await admin.clear("line", {})).toMatchObject({ count: 0, replaced: { generation: "1", count: 4 } });
    await expect(admin.clear("lime", {})).rejects.toThrow(/did you mean "line"/);
  });

  test(`${name}: a pinned model serves, in a version of its own that the history tells, until the pin is released`, async () => {
    const admin = await learned(2);

    const pinned = await admin.serve("line", { model: "mean" });
    const set = await admin.model("line", {});

    expect(pinned).toEqual({
      set: "line",
      generation: "1",
      version: 3,
      champion: "mean",
      before: "linear",
      pinned: true,
    });
    expect(set).toMatchObject({ version: 3, count: 2, learnedIds: 2, champion: "mean", pinned: "mean" });
    expect(set.models.map((one) => [one.name, one.serves])).toEqual([
      ["linear", false],
      ["mean", true],
    ]);
    expect(set.history[0]).toMatchObject({
      version: 3,
      champion: { from: "linear", to: "mean", why: "pinned by hand" },
    });
    expect(set.history[0]?.metrics).toEqual(set.history[1]?.metrics);
    expect(await admin.serve("line", { model: "mean" })).toMatchObject({ version: 3 });

    expect(await admin.serve("line", {})).toMatchObject({
      version: 4,
      champion: "linear",
      before: "mean",
      pinned: false,
    });
    const released = await admin.model("line", {});
    expect(released).toMatchObject({ version: 4, champion: "linear" });
    expect(released.pinned).toBeUndefined();
  });

  test(`${name}: what is no model of the set cannot be pinned`, async () => {
    const admin = await learnedShared(2);

    await expect(admin.serve("line", { model: "means" })).rejects.toThrow(/has no model "means"; did you mean "mean"/);
    await expect(admin.serve("lime", { model: "mean" })).rejects.toBeInstanceOf(NotFoundError);
    expect(await admin.model("line", {})).toMatchObject({ version: 2, champion: "linear" });
  });

  test(`${name}: a rollback to what is not there is refused with what is`, async () => {
    const admin = await learnedShared(2);

    await expect(admin.rollback("line", { to: 7 })).rejects.toThrow(/no snapshot of version 7 .*there is 2, 1/);
    await expect(admin.rollback("line", { to: 2 })).rejects.toThrow(/version 2 of line is in force/);
    await expect(admin.rollback("line", { generation: "0" })).rejects.toThrow(/in force before; none is kept/);
    await expect(admin.rollback("lime", { to: 1 })).rejects.toBeInstanceOf(NotFoundError);
    await expect(admin.rollback("line", {})).rejects.toThrow(/must have either to or generation/);
    expect(await admin.model("line", {})).toMatchObject({ version: 2 });
  });

  test(`${name}: a set that was exported and imported is the same, in another generation, and can be rolled back`, async () => {
    const admin = await learned(3);
    const before = await admin.model("line", {});
    const { model, items } = await exported(admin);
    expect(items.flatMap(({ ids }) => ids)).toHaveLength(3);
    expect(await codeOf(admin.importIds("line", { generation: GENERATION, replace: false, items }))).toBeDefined();

    const target = { generation: GENERATION, replace: true };
    expect(await admin.importIds("line", { ...target, items })).toEqual({ added: 3 });
    expect((await admin.model("line", {})).generation).toBe("1");
    const done = await admin.importModel("line", { ...target, ids: 3, model });

    expect(done).toEqual({
      set: "line",
      generation: GENERATION,
      version: 3,
      count: 3,
      learnedIds: 3,
      starting: [],
      leaving: [],
      replaced: { generation: "1", version: 3, count: 3 },
    });
    const { revision, stateBytes, generation, ...moved } = await admin.model("line", {});
    expect(generation).toBe(GENERATION);
    expect({ ...before, ...moved }).toEqual(before);
    expect((await admin.snapshots("line")).previous).toEqual({ generation: "1", version: 3, count: 3 });
    expect(await admin.rollback("line", { generation: "1" })).toMatchObject({ generation: "1", version: 3 });
    expect(await admin.model("line", {})).toEqual(before);
  });

  test(`${name}: without all of its ids a set is not put in force`, async () => {
    const admin = await learned(3);
    const { model, items } = await exported(admin);
    const target = { generation: GENERATION, replace: true };
    await admin.importIds("line", { ...target, items });

    expect(await codeOf(admin.importModel("line", { ...target, ids: 4, model }))).toBe("incomplete");

    expect(await admin.model("line", {})).toMatchObject({ generation: "1", learnedIds: 3 });
  });

  test.each<[string, (model: ExportedModel) => object, string]>([
    ["of another pipeline", () => ({ pipeline: "flights" }), "not line of line"],
    [
      "with another count than its history",
      ({ state }) => ({ state: { ...state, count: 999_999 } }),
      "its state says 999999 examples, and its history 2 at the same version",
    ],
    ["whose model has changed", ({ state }) => withModel(state, { digest: "other" }), "have changed since they began"],
    [
      "whose model has other parts",
      ({ state }) => withModel(state, { chain: { schema: 1, parts: [] } }),
      "chain.parts must be those of linear-regression",
    ],
    ["whose parts hold nothing", ({ state }) => withModel(state, { chain: { schema: 1, parts: 5 } }), "cannot be read"],
    ["without any model", ({ state }) => ({ state: { ...state, models: {} } }), "none of the models of"],
    [
      "whose figures are none",
      ({ state }) => withModel(state, { n: "2" }),
      "models.linear.n must be a whole number from 0",
    ],
    [
      "of another schema",
      ({ state }) => ({ state: { ...state, schema: 3 } }),
      "a state of schema 3 was written by a newer Wadi",
    ],
    ["whose history is beyond it", () => ({ history: [{ version: 9, point: {} }] }), "beyond its version"],
    [
      "whose history is in disorder",
      () => ({ history: [1, 2].map((version) => ({ version, point: {} })) }),
      "not newest first",
    ],
  ])(`${name}: a set %s is refused, and nothing changes`, async (_what, change, words) => {
    const admin = await learnedShared(2);
    const { hold: _, ...model } = await admin.exportModel("line", { ids: false });
    const request = {
      generation: GENERATION,
      replace: true,
      ids: 0,
      model: { ...model, ...change(model) } as ExportedModel,
    };

    const refused = admin.importModel("line", request);

    await expect(refused).rejects.toBeInstanceOf(RejectedError);
    await expect(refused).rejects.toThrow(words);
    expect(await admin.model("line", {})).toMatchObject({ generation: "1", version: 2 });
  });

  test.each<[string, LearnedIds[], string]>([
    ["an id of 64 bits", [{ until: 1e15, ids: ["9223372036854775808"] }], "more than 63 bits"],
    ["an id that stands twice", [{ until: 1e15, ids: ["1", "2", "1"] }], "stands twice"],
  ])(`${name}: %s is refused`, async (_what, items, words) => {
    const admin = await learnedShared(1);

    await expect(admin.importIds("line", { generation: GENERATION, replace: true, items })).rejects.toThrow(words);
  });

  test(`${name}: expired ids are left out, and ids that never expire are imported for as long as they are of use`, async () => {
    const admin = await learned(1);
    const items = [
      { until: Date.now() - 1, ids: ["1"] },
      { until: 1e15, ids: ["2"] },
    ];
    expect(await admin.importIds("line", { generation: GENERATION, replace: true, items })).toEqual({ added: 1 });
    const { hold: _, ...model } = await admin.exportModel("line", { ids: false });
    await admin.importModel("line", { generation: GENERATION, replace: true, ids: 1, model });

    const moved = await exported(admin);

    expect(moved.items.flatMap(({ ids }) => ids)).toEqual(["2"]);
    // The horizon of an hour, the retention of log and dead letters, and a day.
    expect(moved.items[0]?.until).toBeLessThan(Date.now() + (22 * 24 + 3) * 3_600_000);
  });

  test(`${name}: an export that is stopped lets commits go on`, async () => {
    const admin = await learned(2);
    const { hold = "", revision } = await admin.exportModel("line", { ids: true });

    expect(await admin.exportIds("line", { hold, revision, stop: true })).toEqual({ items: [] });

    expect(await codeOf(admin.rollback("line", { to: 1 }))).toBeUndefined();
  });

  test(`${name}: an export reports that the set has moved on, and lets commits go on`, async () => {
    const admin = await learned(2);
    const { hold = "", revision } = await admin.exportModel("line", { ids: true });

    const answers = [
      await codeOf(admin.exportIds("line", { hold: "another", revision })),
      await codeOf(admin.exportModel("line", { ids: true })),
      await codeOf(admin.rollback("line", { to: 1 })),
      await codeOf(admin.exportIds("line", { hold, revision: "other" })),
      await codeOf(admin.rollback("line", { to: 1 })),
    ];

    expect(answers).toEqual(["held", "held", "held", "moved-on", undefined]);
    await expect(admin.exportIds("line", { hold, revision, after: "x" })).rejects.toBeInstanceOf(RejectedError);
    // Of another kind of store, or beyond all ids: there is nothing.
    for (const after of ["12:3", "9999999999999999999"]) {
      expect(await codeOf(admin.exportIds("line", { hold, revision, after }))).toBe("moved-on");
    }
  });
}

function withModel(state: ExportedModel["state"], change: object): object {
  const models = { ...state.models, linear: { ...state.models["linear"], ...change } };
  return { state: { ...state, models } };
}
