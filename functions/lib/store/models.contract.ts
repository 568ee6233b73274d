// Commits, as every driver must take them. For invariants S1 to S3 see store.ts.

import fc from "fast-check";
import { expect, test } from "vitest";
import { counted, countedIn, learnIds } from "./fixtures/counter.ts";
import { commitOf, HOUR, idsOf, type MakeStore, newRevision, openUnderTest } from "./store-under-test.contract.ts";

const BIGGEST = "9223372036854775807";
const SECOND_BIGGEST = "9223372036854775806";

export function describeModels(name: string, make: MakeStore): void {
  const open = () => openUnderTest(make);

  test(`${name}: a set without commits is at version 0, without a revision or a state`, async () => {
    const { models } = await open();

    expect(await models.load("a")).toEqual({ generation: "1", version: 0, revision: "", state: "" });
    expect(await models.head("a")).toEqual({ generation: "1", version: 0, revision: "" });
    expect(await models.history("a", 9)).toEqual([]);
    expect(await models.learnedCount("a")).toBe(0);
    expect(await models.sets()).toEqual([]);
  });

  test(`${name}: a commit writes state, version, revision, ids and history together, on every handle`, async () => {
    const { models, clock, another } = await open();
    const first = commitOf({ state: '{"w":0.1}', ids: idsOf(clock, 1, 2), history: '{"n":2}' });
    const second = commitOf({ expectedRevision: first.revision, state: '{"w":"é\u2028😀"}', ids: idsOf(clock, 3) });

    expect(await models.commit("a", first)).toEqual({ outcome: "committed", version: 1 });
    expect(await models.commit("a", { ...second, history: '{"n":3}' })).toEqual({ outcome: "committed", version: 2 });

    const { models: seen } = await another();
    const head = { generation: "1", version: 2, revision: second.revision };
    expect(await seen.load("a")).toEqual({ ...head, state: second.state });
    expect(await seen.head("a")).toEqual(head);
    expect(await seen.learnedCount("a")).toBe(3);
    expect(await seen.history("a", 9)).toEqual([
      { version: 2, point: '{"n":3}' },
      { version: 1, point: '{"n":2}' },
    ]);
    expect(await seen.history("a", 1)).toEqual([{ version: 2, point: '{"n":3}' }]);
  });

  test(`${name}: a commit without a history point leaves the history as it was`, async () => {
    const { models } = await open();
    const first = commitOf({ history: "1" });
    await models.commit("a", first);

    await models.commit("a", commitOf({ expectedRevision: first.revision }));

    expect(await models.history("a", 9)).toEqual([{ version: 1, point: "1" }]);
  });

  test(`${name}: model sets are independent of each other`, async () => {
    const { models, clock } = await open();
    await models.commit("b", commitOf({ ids: idsOf(clock, 1), history: "b" }));

    expect(await models.commit("a", commitOf({ ids: idsOf(clock, 1) }))).toEqual({ outcome: "committed", version: 1 });

    expect(await models.sets()).toEqual(["a", "b"]);
    expect(await models.history("a", 9)).toEqual([]);
  });

  test(`${name}: sets are listed page by page, in the order of their UTF-8, and counted`, async () => {
    const { models } = await open();
    expect(await models.setCount()).toBe(0);
    const names = ["B", "a", "a/b", "a0", "z", "é", "\u{ffee}", "\u{1f600}"];
    for (const set of [...names].reverse()) await models.commit(set, commitOf());

    const first = await models.sets({ limit: 3 });
    const second = await models.sets({ after: "a/b", limit: 3 });
    const rest = await models.sets({ after: "z" });

    expect([...first, ...second]).toEqual(names.slice(0, 6));
    expect(rest).toEqual(names.slice(5));
    expect(await models.sets({ after: "a1", limit: 1 })).toEqual(["z"]);
    expect(await models.sets({ after: "\u{1f601}" })).toEqual([]);
    expect(await models.setCount()).toBe(names.length);
  });

  test(`${name}: for every id the store tells whether it was learned, to the last bit`, async () => {
    const { models, clock } = await open();
    await models.commit("a", commitOf({ ids: idsOf(clock, 1, BIGGEST) }));

    const asked = ["0", "1", SECOND_BIGGEST, BIGGEST, "1"];

    expect(await models.learnedOf("a", asked)).toEqual(["1", BIGGEST, "1"]);
    expect(await models.learnedOf("a", [])).toEqual([]);
    expect(await models.learnedOf("b", asked)).toEqual([]);
  });

  test(`${name}: of two writers that computed from one revision one commits, and the other gets the new state`, async () => {
    const { models, clock, another } = await open();
    const { models: others } = await another();
    const [one, two] = [
      commitOf({ state: "one", ids: idsOf(clock, 1, 2, 3), history: "one" }),
      commitOf({ state: "two", ids: idsOf(clock, 3, 4), history: "two" }),
    ];

    const answers = await Promise.all([models.commit("a", one), others.commit("a", two)]);

    const [winner, loser] = answers[0].outcome === "committed" ? [one, two] : [two, one];
    const head = { generation: "1", version: 1, revision: winner.revision };
    expect(answers).toContainEqual({ outcome: "committed", version: 1 });
    const current = { ...head, base: winner.state, tail: [] };
    expect(answers).toContainEqual({ outcome: "conflict", current, learned: ["3"] });
    expect(await others.load("a")).toEqual({ ...head, state: winner.state });
    expect(await models.learnedCount("a")).toBe(winner.ids.length);
    expect(await models.history("a", 9)).toEqual([{ version: 1, point: winner.state }]);
    expect(await models.commit("a", { ...loser, expectedRevision: winner.revision })).toMatchObject({
      outcome: "duplicate",
    });
  });

  test(`${name}: contending writers may be told how many conflicts there were, and how long the other writer goes on`, async () => {
    const { models } = await open();
    const first = commitOf({ turnMs: 60_000 });
    await models.commit("a", first);
    const refused = await models.commit("a", commitOf());
    await models.commit("a", commitOf());

    const second = commitOf({ expectedRevision: first.revision });
    const answer = await models.commit("a", second);
    const after = await models.commit("a", commitOf());
    const next = await models.commit("a", commitOf({ expectedRevision: second.revision }));
    const alone = await models.commit("a", commitOf({ expectedRevision: newRevision() }));

    // A store counts and keeps turns, or leaves both out.
    const told = { refused: "turnMs" in refused, answer: "contended" in answer };
    expect([
      { refused: false, answer: false },
      { refused: true, answer: true },
    ]).toContainEqual(told);
    expect(answer).toEqual({ outcome: "committed", version: 2, ...(told.answer && { contended: 2 }) });
    expect(next).toEqual({ outcome: "committed", version: 3, ...(told.answer && { contended: 1 }) });
    for (const conflict of [after, alone]) expect(conflict).not.toHaveProperty("turnMs");
  });

  test(`${name}: a stale writer is refused after a restore, though its version is the stored one`, async () => {
    const before = commitOf({ state: "before" });
    const restored = await open();
    const after = commitOf({ state: "after" });
    await restored.models.commit("a", after);

    const answer = await restored.models.commit("a", commitOf({ expectedRevision: before.revision }));

    expect(answer).toMatchObject({ outcome: "conflict", current: { version: 1, revision: after.revision } });
  });

  test(`${name}: a writer that knows more than the store holds is refused`, async () => {
    const { models } = await open();

    const answer = await models.commit("a", commitOf({ expectedRevision: newRevision() }));

    const current = { generation: "1", version: 0, revision: "", base: "", tail: [] };
    expect(answer).toEqual({ outcome: "conflict", current, learned: [] });
    expect(await models.sets()).toEqual([]);
  });

  test(`${name}: a writer whose answer was lost recognises its own commit, and nothing is written twice`, async () => {
    const { models, clock } = await open();
    const commit = commitOf({ ids: idsOf(clock, 1), history: "x" });
    await models.commit("a", commit);

    expect(await models.commit("a", commit)).toEqual({ outcome: "committed", version: 1 });

    expect(await models.load("a")).toMatchObject({ version: 1 });
    expect(await models.history("a", 9)).toHaveLength(1);
  });

  test(`${name}: a writer whose answer was lost and that was overtaken learns that its ids are committed`, async () => {
    const { models, clock } = await open();
    const lost = commitOf({ ids: idsOf(clock, 1, 2) });
    await models.commit("a", lost);
    await models.commit("a", commitOf({ expectedRevision: lost.revision, ids: idsOf(clock, 3) }));

    const answer = await models.commit("a", lost);

    expect(answer).toMatchObject({ outcome: "conflict", current: { version: 2 }, learned: ["1", "2"] });
  });

  test.each([
    ["alone", ["2"], ["2"]],
    ["all of a group", ["1", "2"], ["1", "2"]],
    ["in a group of new ones", ["7", "2", "8", "1", "9"], ["1", "2"]],
  ])(`${name}: ids that were learned before, %s, are named, and nothing is written`, async (_where, group, learned) => {
    const { models, clock } = await open();
    const first = commitOf({ state: "first", ids: idsOf(clock, 1, 2), history: "first" });
    await models.commit("a", first);
    const commit = commitOf({ expectedRevision: first.revision, state: "second", ids: idsOf(clock, ...group) });

    const answer = await models.commit("a", { ...commit, history: "second" });

    expect(answer.outcome).toBe("duplicate");
    expect([...(answer as { learned: readonly string[] }).learned].sort()).toEqual(learned);
    expect(await models.load("a")).toEqual({ generation: "1", version: 1, revision: first.revision, state: "first" });
    expect(await models.learnedCount("a")).toBe(2);
    expect(await models.history("a", 9)).toHaveLength(1);
  });

  test(`${name}: ids of 63 bits are told apart to the last bit`, async () => {
    const { models, clock } = await open();
    const first = commitOf({ ids: idsOf(clock, BIGGEST, 0) });
    await models.commit("a", first);
    const again = commitOf({ expectedRevision: first.revision, ids: idsOf(clock, SECOND_BIGGEST, BIGGEST, 0) });

    const answer = await models.commit("a", again);

    expect(answer.outcome).toBe("duplicate");
    expect([...(answer as { learned: readonly string[] }).learned].sort()).toEqual(["0", BIGGEST]);
    const next = commitOf({ expectedRevision: first.revision, ids: idsOf(clock, SECOND_BIGGEST) });
    expect(await models.commit("a", next)).toMatchObject({ outcome: "committed" });
  });

  test.each([
    ["twice", ["1", "2", "1"]],
    ["of 64 bits", ["9223372036854775808"]],
    ["that is negative", ["-1"]],
  ])(
    `${name}: an id %s is a fault of the caller: it is thrown, nothing is written, nobody else fails`,
    async (_what, ids) => {
      const { models, clock } = await open();

      const [faulty, sound] = await Promise.allSettled([
        models.commit("a", commitOf({ ids: idsOf(clock, ...ids) })),
        models.commit("b", commitOf({ ids: idsOf(clock, 1) })),
      ]);

      expect(faulty).toMatchObject({ status: "rejected", reason: expect.any(RangeError) });
      expect(sound).toMatchObject({ status: "fulfilled", value: { outcome: "committed" } });
      expect(await models.sets()).toEqual(["b"]);
    },
  );

  test(`${name}: ids are kept until they expire, whatever else is learned, and are removed some time afterwards`, async () => {
    const { models, clock } = await open();
    let { revision } = commitOf();
    const commit = async (id: number, hours: number, expectedRevision = revision) => {
      const made = commitOf({ expectedRevision, ids: [{ id: String(id), expiresAt: clock.now() + hours * HOUR }] });
      const answer = await models.commit("a", made);
      if (answer.outcome === "committed") revision = made.revision;
      return answer.outcome;
    };
    await commit(1, 10, "");
    await commit(2, 30);

    clock.advance(10 * HOUR - 1);
    for (let id = 100; id < 120; id++) await commit(id, 1);
    expect(await commit(1, 10)).toBe("duplicate");
    clock.advance(18 * HOUR);
    for (let id = 200; id < 240; id++) await commit(id, 10);

    expect(await commit(2, 10)).toBe("duplicate");
    expect(await models.learnedCount("a")).toBe(41);
    expect(await commit(1, 10)).toBe("committed");
  });

  test(`${name}: a pipeline's texts are counted: the same one keeps its number, another one gets the next`, async () => {
    const { models, another } = await open();
    const { models: others } = await another();

    const numbers = [];
    for (const digest of ["a", "a", "b", "b", "a"]) numbers.push(await models.pipelineRevision("p", digest));
    const together = await Promise.all([models, others].map((handle) => handle.pipelineRevision("p", "c")));

    expect(numbers).toEqual([1, 1, 2, 2, 3]);
    expect(together).toEqual([4, 4]);
    expect(await models.pipelineRevision("q", "c")).toBe(1);
  });

  test(`${name}: however many writers learn whatever groups, every id is learned once and every commit is a version`, async () => {
    const group = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 6 });
    const writers = fc.array(fc.array(group, { maxLength: 5 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(writers, async (work) => {
        const { models, clock, another } = await open();
        const idOf = (n: number) => String(BigInt(BIGGEST) - BigInt(n));
        const versions: number[] = [];

        const write = async (groups: readonly number[][]) => {
          const handle = (await another()).models;
          for (const ids of groups) {
            const version = await learnIds(handle, "a", idsOf(clock, ...ids.map(idOf)), newRevision);
            if (version !== undefined) versions.push(version);
          }
        };
        await Promise.all(work.map(write));

        const unique = [...new Set(work.flat(2))].map(idOf);
        const stored = await models.load("a");
        expect(countedIn(stored)).toEqual(counted({ count: 0, sum: "0" }, unique));
        expect(await models.learnedCount("a")).toBe(unique.length);
        expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: stored.version }, (_, i) => i + 1));
      }),
      { numRuns: 30 },
    );
  });
}
