import { expect, test } from "vitest";
import { inGroups } from "./group.ts";

/** Work that stands still until it is told to go on. */
function heldWork() {
  const groups: number[][] = [];
  const held: { done(): void; fail(error: Error): void }[] = [];
  const work = (items: readonly number[]) => {
    groups.push([...items]);
    return new Promise<number[]>((resolve, reject) => {
      held.push({ done: () => resolve(items.map((item) => item * 10)), fail: reject });
    });
  };
  return { groups, held, work };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("what arrives while a group is at work makes the next one, up to the limit, in call order", async () => {
  const { groups, held, work } = heldWork();
  const { add } = inGroups({ limit: 2, work });
  const results = [add(1)];
  await turn();
  results.push(add(2), add(3), add(4));

  for (let i = 0; i < 3; i++) {
    held[i]?.done();
    await turn();
  }

  expect(groups).toEqual([[1], [2, 3], [4]]);
  expect(await Promise.all(results)).toEqual([10, 20, 30, 40]);
});

test("what is added within one turn of the event loop makes one group", async () => {
  const { groups, held, work } = heldWork();
  const { add } = inGroups({ limit: 10, work });

  const results = [add(1), add(2)];
  await turn();
  held[0]?.done();

  expect(await Promise.all(results)).toEqual([10, 20]);
  expect(groups).toEqual([[1, 2]]);
});

test("a failure rejects the group and all that waits behind it, and what comes later is worked on", async () => {
  const { groups, held, work } = heldWork();
  const queue = inGroups({ limit: 1, work });
  const failing = [queue.add(1)];
  await turn();
  failing.push(queue.add(2), queue.add(3));
  expect(queue.waiting).toBe(2);

  held[0]?.fail(new Error("the store is away"));
  const outcomes = await Promise.allSettled(failing);
  const later = queue.add(4);
  await turn();
  held[1]?.done();

  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(await later).toBe(40);
  expect(groups).toEqual([[1], [4]]);
});

test("what comes while the next group is waited for is in it", async () => {
  const { groups, held, work } = heldWork();
  let go = () => {};
  const before = () => new Promise<void>((resolve) => (go = resolve));
  const { add } = inGroups({ limit: 10, before, work });
  const results = [add(1)];
  await turn();
  results.push(add(2));

  go();
  await turn();
  held[0]?.done();

  expect(await Promise.all(results)).toEqual([10, 20]);
  expect(groups).toEqual([[1, 2]]);
});
