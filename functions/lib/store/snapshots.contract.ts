// Snapshots and rollbacks, as every driver must make them: K1 and K2 of snapshots.ts.

import { expect, test } from "vitest";
import { counted, countedIn, learnIds } from "./fixtures/counter.ts";
import type { SnapshotPolicy } from "./snapshots.ts";
import { commitOf, HOUR, idsOf, type MakeStore, newRevision, openUnderTest } from "./store-under-test.contract.ts";

export function describeSnapshots(name: string, make: MakeStore): void {
  /** `commit(n)` so many commits, each of one id; version v has the state `s<v>` and the point `p<v>`. */
  const open = async (snapshots: SnapshotPolicy = { every: 2, keep: 3 }) => {
    const under = await openUnderTest(make, { snapshots });
    const { models, clock } = under;
    const commit = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const { revision, version } = await models.head("a");
        const next = version + 1;
        const ids = idsOf(clock, next);
        const made = { expectedRevision: revision, state: `s${next}`, history: `p${next}`, ids };
        expect(await models.commit("a", commitOf(made))).toEqual({ outcome: "committed", version: next });
      }
    };
    const kept = async () => (await models.snapshots("a")).map(({ version, kept }) => `${version} ${kept}`);
    const revisionOf = async (version: number) =>
      (await models.snapshots("a")).find((one) => one.version === version)?.revision ?? "none";
    const rollback = async (version: number, revision = newRevision()) =>
      models.rollback("a", { snapshot: await revisionOf(version), revision, history: "back" });
    return { ...under, commit, kept, revisionOf, rollback };
  };

  test(`${name}: every so many versions one is kept, with its time, point and state, and of these the last few`, async () => {
    const { models, clock, commit, kept } = await open();
    expect(await models.snapshots("a")).toEqual([]);
    await commit(2);
    const { revision } = await models.head("a");
    const snapshot = { version: 2, revision, time: clock.now(), kept: "commit", point: "p2" };
    expect(await models.snapshots("a")).toEqual([snapshot]);
    expect(await models.loadSnapshot("a", revision)).toBe("s2");

    clock.advance(HOUR);
    await commit(7);

    expect(await kept()).toEqual(["8 commit", "6 commit", "4 commit"]);
    expect((await models.snapshots("a"))[0]).toMatchObject({ time: clock.now(), point: "p8" });
    expect(await models.loadSnapshot("a", revision)).toBeUndefined();
    expect(await models.loadSnapshot("a", newRevision())).toBeUndefined();
    expect(await models.loadSnapshot("nobody", revision)).toBeUndefined();
  });

  test.each([
    ["of no version", { every: 0, keep: 3 }],
    ["none of them", { every: 1, keep: 0 }],
  ])(`${name}: where %s a snapshot is to be kept there is none`, async (_what, policy) => {
    const { commit, kept } = await open(policy);

    await commit(3);

    expect(await kept()).toEqual([]);
  });

  test(`${name}: a commit that was refused or learned before makes no snapshot`, async () => {
    const { models, clock, commit, kept } = await open({ every: 2, keep: 9 });
    await commit(1);
    const { revision } = await models.head("a");

    await models.commit("a", commitOf({ expectedRevision: newRevision(), state: "stale" }));
    await models.commit("a", commitOf({ expectedRevision: revision, state: "doubled", ids: idsOf(clock, 1) }));

    expect(await kept()).toEqual([]);
  });

  test(`${name}: a rollback is a new version with the old state, and what it replaced is a snapshot`, async () => {
    const { models, commit, kept, rollback, another } = await open();
    await commit(5);
    const before = await models.head("a");
    const revision = newRevision();

    const answer = await rollback(2, revision);

    expect(answer).toEqual({ outcome: "committed", version: 6, before: { version: 5, point: "p5" } });
    const { models: others } = await another();
    expect(await others.load("a")).toEqual({ generation: "1", version: 6, revision, state: "s2" });
    expect((await others.history("a", 2)).map(({ version, point }) => `${version} ${point}`)).toEqual([
      "6 back",
      "5 p5",
    ]);
    expect(await kept()).toEqual(["5 rollback", "4 commit", "2 commit"]);
    expect((await others.snapshots("a"))[0]).toMatchObject({ revision: before.revision, point: "p5" });
    expect(await others.loadSnapshot("a", before.revision)).toBe("s5");
  });

  test(`${name}: a rollback is undone by a rollback, to the very state`, async () => {
    const { models, commit, rollback } = await open();
    await commit(5);
    await rollback(2);

    expect(await rollback(5)).toMatchObject({
      outcome: "committed",
      version: 7,
      before: { version: 6, point: "back" },
    });

    expect(await models.load("a")).toMatchObject({ version: 7, state: "s5" });
  });

  test(`${name}: learned ids stay over a rollback, and expire when they would have`, async () => {
    const { models, clock, commit, rollback } = await open();
    await commit(5);
    await rollback(2);
    const { revision } = await models.head("a");

    const again = await models.commit("a", commitOf({ expectedRevision: revision, ids: idsOf(clock, 4, 5, 99) }));

    expect(again.outcome).toBe("duplicate");
    expect([...(again as { learned: readonly string[] }).learned].sort()).toEqual(["4", "5"]);
    expect(await models.learnedCount("a")).toBe(5);
    clock.advance(24 * HOUR - 1);
    expect(await models.learnedOf("a", ["1", "5"])).toEqual(["1", "5"]);
    clock.advance(24 * HOUR);
    const ids = idsOf(clock, ...Array.from({ length: 64 }, (_, i) => 1000 + i));
    const next = commitOf({ expectedRevision: revision, ids });
    await models.commit("a", next);
    expect(
      await models.commit("a", commitOf({ expectedRevision: next.revision, ids: idsOf(clock, 1, 5) })),
    ).toMatchObject({
      outcome: "committed",
    });
  });

  test(`${name}: commits do not push out the states that rollbacks replaced; of these, too, the last few are kept`, async () => {
    const { commit, kept, rollback } = await open({ every: 2, keep: 2 });
    await commit(3);
    await rollback(2); // 4
    await commit(1);
    await rollback(3); // 6
    await commit(10);
    expect(await kept()).toEqual(["16 commit", "14 commit", "5 rollback", "3 rollback"]);

    await rollback(14);

    expect(await kept()).toEqual(["16 rollback", "14 commit", "5 rollback"]);
  });

  test(`${name}: a rollback can be undone after many commits, though only one snapshot is kept`, async () => {
    const { models, commit, rollback, kept } = await open({ every: 1, keep: 1 });
    await commit(3);

    await rollback(3);
    await commit(5);
    expect(await kept()).toEqual(["9 commit", "3 rollback"]);

    expect(await rollback(3)).toMatchObject({ outcome: "committed", version: 10 });
    expect(await models.load("a")).toMatchObject({ state: "s3" });
  });

  test(`${name}: a rollback to a snapshot that is not there is refused, and nothing is written`, async () => {
    const { models, commit, rollback } = await open();
    await commit(3);
    const before = await models.load("a");

    expect(await rollback(1)).toEqual({ outcome: "absent" });
    expect(await models.rollback("nobody", { snapshot: newRevision(), revision: newRevision() })).toEqual({
      outcome: "absent",
    });

    expect(await models.load("a")).toEqual(before);
    expect(await models.sets()).toEqual(["a"]);
  });

  test(`${name}: a rollback whose answer was lost is made once, whatever was committed since`, async () => {
    const { models, commit, rollback, revisionOf } = await open();
    await commit(5);
    const revision = newRevision();
    const snapshot = await revisionOf(2);
    const first = await rollback(2, revision);
    await commit(1);
    const overtaken = await models.load("a");

    expect(await models.rollback("a", { snapshot, revision, history: "back" })).toEqual(first);

    expect(await models.load("a")).toEqual(overtaken);
  });

  test(`${name}: a rollback waits for a promotion as commits do`, async () => {
    const { models, clock, commit, rollback } = await open();
    await commit(2);
    await models.hold("a", "mine", 1000);

    expect(await rollback(2)).toEqual({ outcome: "held", until: clock.now() + 1000 });

    expect(await models.head("a")).toMatchObject({ version: 2 });
  });

  test(`${name}: a writer that computed from the state before a rollback meets a conflict and gets the new state`, async () => {
    const { models, clock, commit, rollback } = await open();
    await commit(3);
    const { revision } = await models.head("a");
    await rollback(2);

    const stale = await models.commit("a", commitOf({ expectedRevision: revision, ids: idsOf(clock, 3, 50) }));

    expect(stale).toMatchObject({ outcome: "conflict", current: { version: 4, base: "s2" }, learned: ["3"] });
  });

  test(`${name}: writers that go on while it is rolled back lose nothing but what is forgotten, and versions only rise`, async () => {
    const { models, clock, another } = await openUnderTest(make, { snapshots: { every: 3, keep: 1000 } });
    const versions: number[] = [];
    let done = 0;
    const write = async (first: number) => {
      const { models: mine } = await another();
      for (let id = first; id < first + 40; id++) {
        versions.push((await learnIds(mine, "a", idsOf(clock, id), newRevision)) as number);
      }
      done++;
    };
    const forgotten = async () => {
      let lost = 0n;
      let count = 0;
      const { models: mine } = await another();
      for (let n = 0; n < 5; ) {
        const [target] = (await mine.snapshots("a")).slice(-1);
        if (target === undefined) {
          await new Promise(setImmediate);
          continue;
        }
        const answer = await mine.rollback("a", { snapshot: target.revision, revision: newRevision() });
        if (answer.outcome !== "committed") throw new Error(answer.outcome);
        const { revision } = (await mine.snapshots("a")).find(({ version }) => version === answer.before.version) as {
          revision: string;
        };
        const [before, after] = await Promise.all(
          [revision, target.revision].map((one) => mine.loadSnapshot("a", one)),
        );
        const [b, a] = [countedIn({ state: before ?? "" }), countedIn({ state: after ?? "" })];
        lost += BigInt(b.sum) - BigInt(a.sum);
        count += b.count - a.count;
        versions.push(answer.version);
        n++;
      }
      return { lost, count };
    };

    const [, , gone] = await Promise.all([write(1000), write(2000), forgotten()]);

    const all = [1000, 2000].flatMap((first) => Array.from({ length: 40 }, (_, i) => String(first + i)));
    const learned = counted({ count: 0, sum: "0" }, all);
    const stored = await models.load("a");
    expect(done).toBe(2);
    expect(countedIn(stored)).toEqual({ count: 80 - gone.count, sum: String(BigInt(learned.sum) - gone.lost) });
    expect(versions.sort((x, y) => x - y)).toEqual(Array.from({ length: 85 }, (_, i) => i + 1));
    expect(await models.learnedCount("a")).toBe(80);
  });
}
