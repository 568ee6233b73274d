// Reserved slots of model sets, where a pipeline has a set for each value of a field; and how sets are listed.

import { expect, test } from "vitest";
import { commitOf, type MakeStore, openUnderTest } from "./store-under-test.contract.ts";

export function describeReservations(name: string, make: MakeStore): void {
  const open = () => openUnderTest(make);

  test(`${name}: a pipeline has only so many slots for its sets, and a set keeps its own`, async () => {
    const { models, another } = await open();
    const { models: others } = await another();

    const first = [];
    for (const set of ["p/a", "p/b", "p/c", "p/a"]) first.push(await models.reserve(set, 2));
    const second = [];
    for (const set of ["p/c", "p/b", "p/a"]) second.push(await others.reserve(set, 2));

    expect(first).toEqual([true, true, false, true]);
    expect(second).toEqual([false, true, true]);
    expect(await models.reserve("p/c", 3)).toBe(true);
    expect(await models.reserve("p/a", 1)).toBe(true);
  });

  test(`${name}: each pipeline has its own slots, and the set that is named like the pipeline takes none`, async () => {
    const { models } = await open();
    for (const set of ["p", "p-q", "o/a", "q/a", "p0/a"]) await models.commit(set, commitOf());

    expect(await models.reserve("p/a", 1)).toBe(true);
    expect(await models.reserve("p-q/a", 1)).toBe(true);
    expect(await models.reserve("p/b", 1)).toBe(false);
  });

  test(`${name}: a set that was committed to takes a slot, though none was reserved`, async () => {
    const { models, another } = await open();
    for (const set of ["p/a", "p/b"]) await models.commit(set, commitOf());
    const { models: others } = await another();

    expect(await others.reserve("p/b", 1)).toBe(true);
    expect(await others.reserve("p/c", 2)).toBe(false);
  });

  test(`${name}: of many that reserve the last slots at once, for different sets, only as many as there are slots get one; for the same set all do`, async () => {
    const { models, another } = await open();
    const handles = [models, ...(await Promise.all([1, 2, 3].map(async () => (await another()).models)))];

    const wanted = Array.from({ length: 40 }, (_, i) => handles[i % 4]?.reserve(`p/${i}`, 7));
    const same = handles.map((handle) => handle.reserve("q/a", 1));

    expect((await Promise.all(wanted)).filter(Boolean)).toHaveLength(7);
    expect(await Promise.all(same)).toEqual([true, true, true, true]);
  });

  test(`${name}: a reserved slot is no set: it is not listed before it is committed to`, async () => {
    const { models } = await open();
    await models.reserve("p/a", 2);
    await models.reserve("p/b", 2);
    await models.commit("p/b", commitOf());

    expect(await models.sets()).toEqual(["p/b"]);
    expect(await models.setCount()).toBe(1);
    expect(await models.load("p/a")).toEqual({ generation: "1", version: 0, revision: "", state: "" });
  });

  test(`${name}: sets are listed and counted by prefix, page by page`, async () => {
    const { models } = await open();
    const names = ["p", "p-q", "p/a", "p/%C3%A3", "p/b", "p/b1", "p0", "q/a"];
    for (const set of names) await models.commit(set, commitOf());

    expect(await models.sets({ prefix: "p/" })).toEqual(["p/%C3%A3", "p/a", "p/b", "p/b1"]);
    expect(await models.sets({ prefix: "p/b" })).toEqual(["p/b", "p/b1"]);
    expect(await models.sets({ prefix: "p/", after: "p/a", limit: 1 })).toEqual(["p/b"]);
    expect(await models.sets({ prefix: "p/", after: "a" })).toHaveLength(4);
    expect(await models.sets({ prefix: "p/", after: "p/b1" })).toEqual([]);
    expect(await models.sets({ prefix: "x" })).toEqual([]);
    expect(await Promise.all(["", "p", "p/", "x"].map((prefix) => models.setCount(prefix)))).toEqual([8, 7, 4, 0]);
  });

  test(`${name}: all of many sets are listed, and no slots that nothing was committed to`, async () => {
    const { models } = await open();
    const names = Array.from({ length: 250 }, (_, i) => `p/${String(i).padStart(3, "0")}`);
    await Promise.all(names.map((set) => models.reserve(set, 1000)));
    const committed = names.filter((_, i) => i % 5 === 0);
    await Promise.all(committed.map((set) => models.commit(set, commitOf())));

    expect(await models.sets({ limit: 40 })).toEqual(committed.slice(0, 40));
    expect(await models.sets({ prefix: "p/2" })).toEqual(committed.filter((set) => set.startsWith("p/2")));
    expect(await models.setCount()).toBe(50);
  });
}
