// Generations, the hold and the promotion, as every driver must do them.

import { expect, test } from "vitest";
import { commitOf, HOUR, idsOf, type MakeStore, newRevision, openUnderTest } from "./store-under-test.contract.ts";

export function describeGenerations(name: string, make: MakeStore): void {
  /** Generation 1 in force with ids 1 and 2, generation 2 beside it with id 1. */
  const open = async () => {
    const under = await openUnderTest(make);
    const [running, filled] = [
      commitOf({ state: "running", ids: idsOf(under.clock, 1, 2), history: "running" }),
      commitOf({ state: "filled", ids: idsOf(under.clock, 1), history: "filled", generation: "2" }),
    ];
    await under.models.commit("a", running);
    expect(await under.models.commitGeneration("a", filled)).toEqual({ outcome: "committed", version: 1 });
    return { ...under, running, filled };
  };

  test(`${name}: a generation is filled beside the one in force, with a state, ids and a history of its own`, async () => {
    const { models, running, filled } = await open();

    expect(await models.loadGeneration("a", "2")).toEqual({
      generation: "2",
      version: 1,
      revision: filled.revision,
      state: "filled",
    });
    expect(await models.load("a")).toMatchObject({ generation: "1", revision: running.revision, state: "running" });
    expect(await models.learnedCount("a")).toBe(2);
    expect(await models.learnedOf("a", ["1", "2"])).toEqual(["1", "2"]);
    expect(await models.learnedOf("a", ["1", "2"], "2")).toEqual(["1"]);
    expect(await models.learnedOf("a", ["1", "2"], "3")).toEqual([]);
    expect(await models.history("a", 9)).toEqual([{ version: 1, point: "running" }]);
    expect(await models.loadGeneration("a", "3")).toEqual({ generation: "3", version: 0, revision: "", state: "" });
  });

  test(`${name}: a commit beside the one in force is checked, too: conflict, duplicate, and a lost answer`, async () => {
    const { models, clock, filled } = await open();
    const commit = (parts: object) => models.commitGeneration("a", commitOf({ generation: "2", ...parts }));

    const stale = await commit({ ids: idsOf(clock, 1, 2) });
    const duplicate = await commit({ expectedRevision: filled.revision, ids: idsOf(clock, 1, 2) });
    const again = await models.commitGeneration("a", filled);

    const current = { generation: "2", version: 1, revision: filled.revision, base: "filled", tail: [] };
    expect(stale).toEqual({ outcome: "conflict", current, learned: ["1"] });
    expect(duplicate).toEqual({ outcome: "duplicate", learned: ["1"] });
    expect(again).toEqual({ outcome: "committed", version: 1 });
  });

  test(`${name}: a commit to a generation that is not in force is a conflict, and shows the one that is`, async () => {
    const { models, clock, running, filled } = await open();
    const commit = commitOf({ generation: "2", expectedRevision: filled.revision, ids: idsOf(clock, 2, 3) });

    const answer = await models.commit("a", commit);

    const current = { generation: "1", version: 1, revision: running.revision, base: "running", tail: [] };
    expect(answer).toEqual({ outcome: "conflict", current, learned: ["2"] });
  });

  test(`${name}: while a token holds the set, commits are refused with the end of the hold, and nothing is written`, async () => {
    const { models, clock, running } = await open();
    expect(await models.hold("a", "mine", 1000)).toBe(true);
    const commit = commitOf({ expectedRevision: running.revision, state: "next", ids: idsOf(clock, 3), history: "x" });

    expect(await models.commit("a", commit)).toEqual({ outcome: "held", until: clock.now() + 1000 });
    expect(await models.commit("a", commitOf())).toMatchObject({ outcome: "held" });

    expect(await models.load("a")).toMatchObject({ version: 1, state: "running" });
    expect(await models.learnedCount("a")).toBe(2);
    expect(await models.history("a", 9)).toHaveLength(1);
  });

  test(`${name}: a held writer whose answer was lost still recognises its own commit`, async () => {
    const { models, running } = await open();
    await models.hold("a", "mine", 1000);

    expect(await models.commit("a", running)).toEqual({ outcome: "committed", version: 1 });
  });

  test(`${name}: a hold concerns only its set, and only the generation in force`, async () => {
    const { models, filled } = await open();
    await models.hold("a", "mine", 1000);

    const beside = commitOf({ generation: "2", expectedRevision: filled.revision });
    expect(await models.commitGeneration("a", beside)).toMatchObject({ outcome: "committed" });
    expect(await models.commitGeneration("a", commitOf())).toMatchObject({ outcome: "held" });
    expect(await models.commit("b", commitOf())).toMatchObject({ outcome: "committed" });
  });

  test(`${name}: a hold ends by the clock; its own token prolongs it, another has to wait`, async () => {
    const { models, clock, running, another } = await open();
    const { models: others } = await another();
    await models.hold("a", "mine", 1000);
    clock.advance(600);

    expect(await others.hold("a", "another", 1000)).toBe(false);
    expect(await models.hold("a", "mine", 1000)).toBe(true);
    clock.advance(999);
    expect(await others.hold("a", "another", 1000)).toBe(false);
    expect(await models.commit("a", commitOf({ expectedRevision: running.revision }))).toMatchObject({
      outcome: "held",
    });
    clock.advance(1);
    expect(await models.commit("a", commitOf({ expectedRevision: running.revision }))).toMatchObject({
      outcome: "committed",
    });
    expect(await others.hold("a", "another", 1000)).toBe(true);
  });

  test(`${name}: only the token that holds can release`, async () => {
    const { models, running } = await open();
    await models.hold("a", "mine", 1000);

    await models.release("a", "another");
    expect(await models.hold("a", "another", 1000)).toBe(false);
    await models.release("a", "mine");
    await models.release("nobody", "mine");

    expect(await models.commit("a", commitOf({ expectedRevision: running.revision }))).toMatchObject({
      outcome: "committed",
    });
  });

  test(`${name}: a hold on a set without commits refuses its first commit, and makes no set`, async () => {
    const { models } = await openUnderTest(make);

    expect(await models.hold("new", "mine", 1000)).toBe(true);

    expect(await models.commit("new", commitOf())).toMatchObject({ outcome: "held" });
    expect(await models.sets()).toEqual([]);
    expect(await models.promote("new", { token: "mine", generation: "2", expectedRevision: "" })).toBe(true);
    expect(await models.head("new")).toEqual({ generation: "2", version: 0, revision: "" });
  });

  test(`${name}: a promotion puts the other generation in force and ends the hold`, async () => {
    const { models, clock, running, filled, another } = await open();
    await models.hold("a", "mine", 1000);

    const promoted = await models.promote("a", {
      token: "mine",
      generation: "2",
      expectedRevision: running.revision,
    });

    expect(promoted).toBe(true);
    const { models: others } = await another();
    expect(await others.load("a")).toEqual({
      generation: "2",
      version: 1,
      revision: filled.revision,
      state: "filled",
    });
    expect(await others.learnedCount("a")).toBe(1);
    expect(await others.history("a", 9)).toEqual([{ version: 1, point: "filled" }]);
    expect(await others.loadGeneration("a", "1")).toMatchObject({ state: "running" });
    const next = commitOf({ generation: "2", expectedRevision: filled.revision, ids: idsOf(clock, 2) });
    expect(await others.commit("a", next)).toEqual({ outcome: "committed", version: 2 });
  });

  test(`${name}: a writer of the old generation meets a conflict that names what the new one has not learned yet`, async () => {
    const { models, clock, running, filled } = await open();
    await models.hold("a", "mine", 1000);
    await models.promote("a", { token: "mine", generation: "2", expectedRevision: running.revision });

    const fresh = await models.commit("a", commitOf({ expectedRevision: running.revision, ids: idsOf(clock, 1, 2) }));
    const lost = await models.commit("a", running);

    expect(fresh).toMatchObject({ outcome: "conflict", current: { revision: filled.revision }, learned: ["1"] });
    expect(lost).toMatchObject({ outcome: "conflict", current: { generation: "2" }, learned: ["1"] });
  });

  test(`${name}: a first commit to the old generation is refused by a new one that is just as empty`, async () => {
    const { models } = await openUnderTest(make);
    await models.hold("new", "mine", 1000);
    await models.promote("new", { token: "mine", generation: "2", expectedRevision: "" });

    const answer = await models.commit("new", commitOf({ generation: "1" }));

    const current = { generation: "2", version: 0, revision: "", base: "", tail: [] };
    expect(answer).toEqual({ outcome: "conflict", current, learned: [] });
  });

  test(`${name}: a promotion whose answer was lost may be repeated`, async () => {
    const { models, running } = await open();
    const to = { token: "mine", generation: "2", expectedRevision: running.revision };
    await models.hold("a", "mine", 1000);
    await models.promote("a", to);

    expect(await models.promote("a", to)).toBe(true);
  });

  test.each([
    ["without a hold", { ttlMs: 0 }],
    ["with another token", { token: "another" }],
    ["after the hold has run out", { waitMs: 1000 }],
    ["when the old generation has moved", { expectedRevision: newRevision() }],
  ])(`${name}: %s nothing is promoted`, async (_when, parts) => {
    const { ttlMs, waitMs, ...change } = { ttlMs: 1000, waitMs: 0, ...parts };
    const { models, clock, running } = await open();
    if (ttlMs > 0) await models.hold("a", "mine", ttlMs);
    clock.advance(waitMs);

    const to = { token: "mine", generation: "2", expectedRevision: running.revision, ...change };
    expect(await models.promote("a", to)).toBe(false);

    expect(await models.head("a")).toMatchObject({ generation: "1", version: 1 });
  });

  test(`${name}: ids of a generation beside the one in force expire as well`, async () => {
    const { models, clock, running } = await open();
    clock.advance(26 * HOUR);
    let { revision } = running;
    // What has expired goes little by little, with the writes that follow.
    for (let id = 100; id < 200; id++) {
      const next = commitOf({ expectedRevision: revision, ids: idsOf(clock, id) });
      await models.commit("a", next);
      revision = next.revision;
    }
    await models.hold("a", "mine", 1000);

    await models.promote("a", { token: "mine", generation: "2", expectedRevision: revision });

    expect(await models.learnedCount("a")).toBe(0);
  });
}
