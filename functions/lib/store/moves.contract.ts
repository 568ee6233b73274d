// What is exported from a store and imported into it, as every driver must do it: K3 and K4 of generations.ts.

import { expect, test } from "vitest";
import type { Adoption } from "./generations.ts";
import type { ModelStore } from "./store.ts";
import { commitOf, HOUR, idsOf, type MakeStore, newRevision, openUnderTest } from "./store-under-test.contract.ts";
import type { LearnedId } from "./stored-model.ts";

const MANY = 5000;

export function describeMoves(name: string, make: MakeStore): void {
  const open = () => openUnderTest(make);
  const adoption = (parts: Partial<Adoption> = {}): Adoption => ({
    generation: "new",
    version: 7,
    revision: newRevision(),
    state: "imported",
    ids: 0,
    history: [],
    replace: false,
    ...parts,
  });

  async function allIds(models: ModelStore, set: string): Promise<LearnedId[]> {
    const ids: LearnedId[] = [];
    for (let after: string | undefined; ; ) {
      const page = await models.learnedPage(set, after);
      ids.push(...page.ids);
      if (page.next === undefined) return ids;
      after = page.next;
    }
  }

  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
  const sorted = (ids: readonly { id: string }[]) => ids.map(({ id }) => id).sort();

  test(`${name}: all ids are listed page by page, each once, with a time that is not before their own`, async () => {
    const { models, clock } = await open();
    const [soon, late] = [idsOf(clock, ...numbers(1, MANY)), idsOf(clock, "9223372036854775807", 0)];
    const first = commitOf({ ids: soon.slice(0, 2500) });
    await models.commit("a", first);
    const second = commitOf({ expectedRevision: first.revision, ids: soon.slice(2500) });
    await models.commit("a", second);
    const kept = late.map((one) => ({ ...one, expiresAt: one.expiresAt + 200 * HOUR }));
    await models.commit("a", commitOf({ expectedRevision: second.revision, ids: kept }));

    const page = await models.learnedPage("a");
    const ids = await allIds(models, "a");

    expect(page.ids.length).toBeLessThan(MANY);
    expect(sorted(ids)).toEqual(sorted([...soon, ...late]));
    const until = new Map(ids.map(({ id, expiresAt }) => [id, expiresAt]));
    for (const { id, expiresAt } of [...soon, ...kept]) expect(until.get(id)).toBeGreaterThanOrEqual(expiresAt);
    expect(await models.learnedPage("nobody")).toEqual({ ids: [] });
    clock.advance(1000 * HOUR);
    expect(await allIds(models, "a")).toEqual([]);
  });

  test(`${name}: an imported generation is seen by nobody until it is adopted, and then as a whole`, async () => {
    const { models, clock, another } = await open();
    expect(await models.addLearned("a", "new", idsOf(clock, 1, 2))).toBe(true);
    expect(await models.addLearned("a", "new", idsOf(clock, 3))).toBe(true);
    expect(await models.load("a")).toEqual({ generation: "1", version: 0, revision: "", state: "" });
    expect(await models.sets()).toEqual([]);
    expect(await models.setCount()).toBe(0);
    expect(await models.learnedOf("a", ["1"])).toEqual([]);
    const history = [
      { version: 7, point: "p 7" },
      { version: 5, point: "p5" },
    ];
    const imported = adoption({ ids: 3, history });

    expect(await models.adopt("a", imported)).toBe("adopted");

    const { models: others } = await another();
    const { generation, version, revision, state } = imported;
    expect(await others.load("a")).toEqual({ generation, version, revision, state });
    expect(await others.sets()).toEqual(["a"]);
    expect(await others.learnedOf("a", ["1", "2", "3", "4"])).toEqual(["1", "2", "3"]);
    expect(await others.learnedCount("a")).toBe(3);
    expect(await others.history("a", 9)).toEqual(history);
    expect(await others.previous("a")).toBeUndefined();
    const next = commitOf({ generation, expectedRevision: revision, ids: idsOf(clock, 4), history: "p8" });
    expect(await others.commit("a", next)).toEqual({ outcome: "committed", version: 8 });
    expect(
      await others.commit("a", { ...next, expectedRevision: next.revision, revision: newRevision() }),
    ).toMatchObject({
      outcome: "duplicate",
    });
  });

  test(`${name}: pages and adoptions whose answer was lost may be repeated`, async () => {
    const { models, clock } = await open();
    const page = idsOf(clock, ...numbers(1, 1500));
    for (let i = 0; i < 2; i++) expect(await models.addLearned("a", "new", page)).toBe(true);
    const imported = adoption({ ids: 1500 });
    await models.adopt("a", imported);
    await models.commit("a", commitOf({ generation: "new", expectedRevision: imported.revision, state: "next" }));

    expect(await models.adopt("a", imported)).toBe("adopted");

    expect(await models.load("a")).toMatchObject({ version: 8, state: "next" });
    expect(await models.learnedCount("a")).toBe(1500);
  });

  test(`${name}: imported ids expire when they would have, not before and some time afterwards`, async () => {
    const { models, clock } = await open();
    const [short, long] = [idsOf(clock, 1), [{ id: "2", expiresAt: clock.now() + 300 * HOUR }]];
    await models.addLearned("a", "new", [...short, ...long]);
    const imported = adoption({ ids: 2 });
    await models.adopt("a", imported);

    clock.advance(24 * HOUR - 1);
    expect(await models.learnedOf("a", ["1", "2"])).toEqual(["1", "2"]);
    clock.advance(276 * HOUR);
    expect(await models.learnedOf("a", ["2"])).toEqual(["2"]);
    clock.advance(200 * HOUR);
    const ids = idsOf(clock, ...numbers(1000, 64));
    const next = commitOf({ generation: "new", expectedRevision: imported.revision, ids });
    await models.commit("a", next);
    const again = commitOf({ generation: "new", expectedRevision: next.revision, ids: idsOf(clock, 1, 2) });
    expect(await models.commit("a", again)).toMatchObject({ outcome: "committed" });
  });

  test(`${name}: repeated moves do not make ids live longer and longer`, async () => {
    const { models, clock } = await open();
    let expiresAt = clock.now() + 100 * HOUR;
    let longest = 0;
    for (let move = 0; move < 8; move++) {
      const set = `move${move}`;
      await models.addLearned(set, "new", [{ id: "1", expiresAt }]);
      await models.adopt(set, adoption({ ids: 1 }));
      const [moved] = await allIds(models, set);
      expect(moved?.expiresAt).toBeGreaterThanOrEqual(expiresAt);
      expiresAt = moved?.expiresAt ?? 0;
      longest = Math.max(longest, expiresAt - clock.now());
    }

    expect(longest).toBeLessThanOrEqual(150 * HOUR);
  });

  test(`${name}: a set that has learned is replaced only on request, and nothing of it is lost`, async () => {
    const { models, clock } = await open();
    const old = commitOf({ state: "old", ids: idsOf(clock, 1, 2), history: "old" });
    await models.commit("a", old);
    await models.addLearned("a", "new", idsOf(clock, 9));
    const imported = adoption({ ids: 1 });

    expect(await models.adopt("a", imported)).toBe("exists");
    expect(await models.load("a")).toMatchObject({ generation: "1", state: "old" });
    expect(await models.adopt("a", { ...imported, replace: true })).toBe("adopted");

    expect(await models.load("a")).toMatchObject({ generation: "new", version: 7, state: "imported" });
    expect(await models.learnedOf("a", ["1", "2", "9"])).toEqual(["9"]);
    expect(await models.previous("a")).toBe("1");
    const stale = commitOf({ expectedRevision: old.revision, ids: idsOf(clock, 3) });
    expect(await models.commit("a", stale)).toMatchObject({ outcome: "conflict", current: { generation: "new" } });
    await models.hold("a", "mine", 1000);
    const back = { token: "mine", generation: "1", expectedRevision: imported.revision };
    expect(await models.promote("a", back)).toBe(true);
    expect(await models.load("a")).toEqual({ generation: "1", version: 1, revision: old.revision, state: "old" });
    expect(await models.learnedOf("a", ["1", "2", "9"])).toEqual(["1", "2"]);
    expect(await models.history("a", 9)).toEqual([{ version: 1, point: "old" }]);
    expect(await models.previous("a")).toBe("new");
  });

  test(`${name}: an adoption waits for a promotion as commits do`, async () => {
    const { models } = await open();
    await models.commit("a", commitOf());
    await models.hold("a", "mine", 1000);

    expect(await models.adopt("a", adoption({ replace: true }))).toBe("held");

    expect(await models.head("a")).toMatchObject({ generation: "1" });
  });

  test(`${name}: without all of its ids nothing is adopted`, async () => {
    const { models, clock } = await open();
    await models.addLearned("a", "new", idsOf(clock, 1, 2));

    expect(await models.adopt("a", adoption({ ids: 3 }))).toBe("incomplete");
    expect(await models.adopt("b", adoption({ ids: 1 }))).toBe("incomplete");

    expect(await models.sets()).toEqual([]);
  });

  test(`${name}: ids are not added to a generation that is in force, committed to, or being removed`, async () => {
    const { models, clock } = await open();
    await models.commit("a", commitOf());
    await models.commitGeneration("a", commitOf({ generation: "2" }));

    for (const generation of ["1", "2"]) expect(await models.addLearned("a", generation, idsOf(clock, 5))).toBe(false);
    expect(await models.addLearned("b", "1", idsOf(clock, 5))).toBe(false);

    expect(await models.learnedOf("a", ["5"])).toEqual([]);
  });

  test(`${name}: of two imports of a set at once one is adopted, and the other is incomplete without its ids`, async () => {
    const { models, clock } = await open();
    await models.addLearned("a", "one", idsOf(clock, 1));
    await models.addLearned("a", "two", idsOf(clock, 1));
    await models.adopt("a", adoption({ generation: "one", ids: 1 }));

    await models.addLearned("a", "two", idsOf(clock, 2));

    expect(await models.adopt("a", adoption({ generation: "two", ids: 2, replace: true }))).toBe("incomplete");
    expect(await models.load("a")).toMatchObject({ generation: "one" });
  });

  test(`${name}: the generation before the one in force is kept; those before it are removed with state, ids and history`, async () => {
    const { models, clock } = await open();
    const many = idsOf(clock, ...numbers(1, MANY));
    const first = commitOf({ state: "1", ids: many, history: "1" });
    await models.commit("a", first);
    await models.commit("b", commitOf({ state: "other", ids: many }));
    let expectedRevision = first.revision;
    for (const generation of ["2", "3"]) {
      const filled = commitOf({ generation, state: generation, ids: many, history: generation });
      await models.commitGeneration("a", filled);
      await models.hold("a", "mine", 1000);
      expect(await models.promote("a", { token: "mine", generation, expectedRevision })).toBe(true);
      expectedRevision = filled.revision;
    }

    expect(await models.previous("a")).toBe("2");
    expect(await models.loadGeneration("a", "2")).toMatchObject({ version: 1, state: "2" });
    expect(await models.loadGeneration("a", "1")).toEqual({ generation: "1", version: 0, revision: "", state: "" });
    expect(await models.learnedCount("a")).toBe(MANY);
    expect(await models.learnedCount("b")).toBe(MANY);
    // A generation of that name starts empty: nothing of the former one is left.
    const anew = commitOf({ state: "anew", ids: many });
    expect(await models.commitGeneration("a", anew)).toEqual({ outcome: "committed", version: 1 });
  });
}
