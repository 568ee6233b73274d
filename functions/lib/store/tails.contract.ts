// States that are kept as a base and a tail, as every driver must keep them. In the suite a state is a text, and folding appends.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { CommitFrame } from "./commit.ts";
import type { ModelStore } from "./store.ts";
import { commitOf, idsOf, type MakeStore, newRevision, openUnderTest } from "./store-under-test.contract.ts";
import type { BaseAndTail, Head } from "./stored-model.ts";

const fold = (base: string, tail: readonly string[]) => [base, ...tail].join("+");

export function describeTails(name: string, make: MakeStore): void {
  /** `add` commits to what is stored then: a state, or with "+" before it an entry. */
  const open = async (snapshots = { every: 0, keep: 0 }) => {
    const under = await openUnderTest(make, { fold, snapshots });
    const { models } = under;
    const add = async (what: string, more: Partial<CommitFrame> = {}): Promise<Head> => {
      const { generation, revision: expectedRevision } = await models.head("a");
      const revision = newRevision();
      const frame = { generation, expectedRevision, revision, ids: [], ...more };
      const left = what.startsWith("+") ? { entry: what.slice(1) } : { state: what };
      const answer = await models.commit("a", { ...frame, ...left });
      if (answer.outcome !== "committed") throw new Error(answer.outcome);
      return { generation, version: answer.version, revision };
    };
    return { ...under, add };
  };

  test(`${name}: what an entry adds is a version with its ids and history, and the state is folded, on every handle`, async () => {
    const { models, clock, add, another } = await open();
    await add("s", { ids: idsOf(clock, 1), history: "p1" });
    await add("+é\u2028😀", { ids: idsOf(clock, 2), history: "p2" });
    const head = await add("+c", { ids: idsOf(clock, 3) });

    const { models: seen } = await another({ fold });

    expect(await seen.load("a")).toEqual({ ...head, state: "s+é\u2028😀+c" });
    expect(await seen.loadSince("a")).toEqual({ ...head, base: "s", tail: ["é\u2028😀", "c"] });
    expect(await seen.head("a")).toEqual({ generation: "1", version: 3, revision: head.revision });
    expect(await seen.learnedCount("a")).toBe(3);
    expect((await models.history("a", 9)).map(({ point }) => point)).toEqual(["p2", "p1"]);
  });

  test(`${name}: a whole state is the new base, and nothing is left of the tail before it`, async () => {
    const { models, add } = await open();
    await add("s");
    await add("+a");

    const head = await add("t");

    expect(await models.loadSince("a")).toEqual({ ...head, base: "t", tail: [] });
    const next = await add("+b");
    expect(await models.loadSince("a")).toEqual({ ...next, base: "t", tail: ["b"] });
  });

  test(`${name}: an entry without a base is refused, and nothing is written`, async () => {
    const { models, clock, add } = await open();

    await expect(add("+a", { ids: idsOf(clock, 1), history: "p" })).rejects.toThrow(RangeError);

    expect(await models.head("a")).toMatchObject({ version: 0, revision: "" });
    expect(await models.learnedCount("a")).toBe(0);
    expect(await models.history("a", 9)).toEqual([]);
    await expect(add("s")).resolves.toMatchObject({ version: 1 });
  });

  test(`${name}: who knows a version on the way gets the entries since, and anybody else the whole`, async () => {
    const { models, add } = await open();
    const old = await add("r");
    const heads = [await add("s"), await add("+a"), await add("+b"), await add("+c")];
    const head = heads[3] as Head;

    const lacking = await Promise.all(heads.map((known) => models.loadSince("a", known)));

    const tails = [["a", "b", "c"], ["b", "c"], ["c"], []];
    expect(lacking).toEqual(tails.map((tail) => ({ ...head, base: undefined, tail })));
    const whole = { ...head, base: "s", tail: ["a", "b", "c"] };
    const { generation, version } = head;
    for (const known of [
      old,
      { ...head, revision: newRevision() },
      { generation, version: version + 1, revision: newRevision() },
      { generation, version: 0, revision: "" },
    ]) {
      expect(await models.loadSince("a", known)).toEqual(whole);
    }
  });

  test(`${name}: a writer that lost gets the entries that it lacks, where it says which version it has`, async () => {
    const { models, clock, add } = await open();
    const base = await add("s");
    const known = await add("+a");
    const head = await add("+b", { ids: idsOf(clock, 7) });
    const stale = { expectedRevision: known.revision, ids: idsOf(clock, 7, 8) };

    const told = await models.commit("a", commitOf({ ...stale, expectedVersion: known.version }));
    const untold = await models.commit("a", commitOf(stale));
    const other = await models.commit("a", commitOf({ ...stale, expectedVersion: base.version }));

    const whole = { ...head, base: "s", tail: ["a", "b"] };
    const conflict = { outcome: "conflict", learned: ["7"] };
    expect(told).toEqual({ ...conflict, current: { ...head, base: undefined, tail: ["b"] } });
    expect(untold).toEqual({ ...conflict, current: whole });
    expect(other).toEqual({ ...conflict, current: whole });
  });

  test(`${name}: an entry whose answer was lost is recognised, and is in the tail once`, async () => {
    const { models, add } = await open();
    const { revision: expectedRevision } = await add("s");
    const { state: _state, ...frame } = commitOf({ expectedRevision });

    const answers = [
      await models.commit("a", { ...frame, entry: "a" }),
      await models.commit("a", { ...frame, entry: "a" }),
    ];

    expect(answers).toEqual([1, 2].map(() => ({ outcome: "committed", version: 2 })));
    expect(await models.loadSince("a")).toMatchObject({ base: "s", tail: ["a"] });
  });

  test(`${name}: a snapshot and a rollback keep base and tail, and more is learned on what came back`, async () => {
    const { models, add } = await open({ every: 3, keep: 9 });
    for (const what of ["s", "+a", "+b", "+c", "t", "+d"]) await add(what);
    const [six, three] = await models.snapshots("a");
    expect([six?.version, three?.version]).toEqual([6, 3]);
    expect(await models.loadSnapshot("a", six?.revision ?? "")).toBe("t+d");
    expect(await models.loadSnapshot("a", three?.revision ?? "")).toBe("s+a+b");
    const before = await add("+e");

    const revision = newRevision();
    await models.rollback("a", { snapshot: three?.revision ?? "", revision });

    const back = { generation: "1", version: 8, revision };
    expect(await models.load("a")).toEqual({ ...back, state: "s+a+b" });
    expect(await models.loadSnapshot("a", before.revision)).toBe("t+d+e");
    expect(await models.loadSince("a", before)).toEqual({ ...back, base: "s", tail: ["a", "b"] });
    const next = await add("+f");
    expect(await models.loadSince("a", back)).toEqual({ ...next, base: undefined, tail: ["f"] });
    await models.rollback("a", { snapshot: before.revision, revision: newRevision() });
    expect(await models.load("a")).toMatchObject({ version: 10, state: "t+d+e" });
  });

  test(`${name}: each generation has a base and a tail of its own, also when one goes and comes back`, async () => {
    const { models, add } = await open();
    for (const what of ["s", "+a"]) await add(what);
    const first = await models.head("a");
    const beside = commitOf({ generation: "g", state: "u" });
    await models.commitGeneration("a", beside);
    const entry = { generation: "g", expectedRevision: beside.revision, revision: newRevision(), ids: [], entry: "v" };
    await models.commitGeneration("a", entry);

    expect(await models.loadGeneration("a", "g")).toMatchObject({ version: 2, state: "u+v" });
    const known = { generation: "g", version: 1, revision: beside.revision };
    expect(await models.loadGenerationSince("a", "g", known)).toMatchObject({ base: undefined, tail: ["v"] });
    await models.hold("a", "t", 1000);
    await models.promote("a", { token: "t", generation: "g", expectedRevision: first.revision });

    expect(await models.load("a")).toMatchObject({ generation: "g", state: "u+v" });
    expect(await models.loadGeneration("a", "1")).toEqual({ ...first, state: "s+a" });
    await models.adopt("a", { ...first, generation: "h", state: "w", ids: 0, history: [], replace: true });
    expect(await models.loadSince("a")).toEqual({ ...first, generation: "h", base: "w", tail: [] });
    expect(await models.loadGeneration("a", "1")).toMatchObject({ version: 0, state: "" });
  });

  test(`${name}: whatever is committed and rolled back, a reader that only asks for what it lacks has the state`, async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant("entry") },
      { weight: 1, arbitrary: fc.constant("state") },
      { weight: 1, arbitrary: fc.constant("rollback") },
      { weight: 3, arbitrary: fc.constant("read") },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { models, add, close } = await open({ every: 2, keep: 4 });
        const reader = createReader(models);
        for (const [i, what] of ["state", ...steps].entries()) {
          if (what === "read") await reader.read();
          else if (what === "rollback") await rollBackAny(models, i);
          else await add(what === "entry" ? `+e${i}` : `s${i}`);
        }

        await reader.read();

        expect(reader.state()).toBe((await models.load("a")).state);
        await close();
      }),
      { numRuns: 25 },
    );
  });
}

/** Follows a set as predict does: appends the tail to what it has, or begins anew with the whole. */
function createReader(models: ModelStore) {
  let known: Head | undefined;
  let state = "";
  return {
    state: () => state,
    async read() {
      const { base, tail, ...head }: BaseAndTail = await models.loadSince("a", known);
      state = fold(base ?? state, tail);
      known = head;
    },
  };
}

async function rollBackAny(models: ModelStore, i: number): Promise<void> {
  const kept = await models.snapshots("a");
  const snapshot = kept[i % Math.max(1, kept.length)];
  if (snapshot !== undefined) await models.rollback("a", { snapshot: snapshot.revision, revision: newRevision() });
}
