import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { UnavailableError } from "../../errors.ts";
import { type Argument, createGroupedCalls } from "./grouped-calls.ts";

type Call = { readonly keys: readonly string[]; readonly args: readonly Argument[] };

/** Replies "<key> done", unless `refuse` throws. */
function open({ isCluster = false, refuse = (_call: Call) => {} } = {}) {
  const made: Call[] = [];
  const calls = createGroupedCalls(isCluster, async (keys, args) => {
    made.push({ keys, args });
    refuse({ keys, args });
    return keys.map((key) => `${key} done`);
  });
  return { ...calls, made, sizes: () => made.map(({ keys }) => keys.length) };
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);

test("what one turn asks goes in one call, with their arguments in their order, and each has its own reply", async () => {
  const { send, made } = open();

  const replies = await Promise.all([send(["a"], ["1", "2"]), send(["b"], ["3"])]);

  expect(replies).toEqual(["a done", "b done"]);
  expect(made).toEqual([{ keys: ["a", "b"], args: ["1", "2", "3"] }]);
});

test("a call has at most 64 parts; the rest goes in further ones", async () => {
  const { send, sizes } = open();

  await Promise.all(names(150).map((key) => send([key], [])));

  expect(sizes()).toEqual([64, 64, 22]);
});

test("a call ends with the part that makes it long", async () => {
  const { send, sizes } = open();

  await Promise.all([send(["a"], []), send(["large"], ["x".repeat(300_000)]), send(["b"], []), send(["c"], [])]);

  expect(sizes()).toEqual([2, 2]);
});

test("in a cluster each part is a call, and goes at once", async () => {
  const { send, made, sizes } = open({ isCluster: true });

  const replies = names(3).map((key) => send([key], []));

  expect(made).toHaveLength(3);
  await Promise.all(replies);
  expect(sizes()).toEqual([1, 1, 1]);
});

test("what waits goes at once where it is asked for, and once", async () => {
  const { send, sendAll, sizes } = open();
  const reply = send(["a"], []);

  sendAll();

  expect(sizes()).toEqual([1]);
  await reply;
  await setImmediate();
  expect(sizes()).toEqual([1]);
});

test("a call that fails for one of its parts is made again for each of them alone", async () => {
  const refuse = ({ keys }: Call) => {
    if (keys.includes("damaged")) throw new Error("WRONGTYPE");
  };
  const { send, sizes } = open({ refuse });

  const replies = await Promise.allSettled(["a", "damaged", "b"].map((key) => send([key], [])));

  expect(replies).toEqual([
    { status: "fulfilled", value: "a done" },
    { status: "rejected", reason: new Error("WRONGTYPE") },
    { status: "fulfilled", value: "b done" },
  ]);
  expect(sizes()).toEqual([3, 1, 1, 1]);
});

test("a call that a store which is away does not answer is not made again: all of it is refused", async () => {
  const away = new UnavailableError("store-unavailable", "away");
  const refuse = () => {
    throw away;
  };
  const { send, sizes } = open({ refuse });

  const replies = await Promise.allSettled(names(3).map((key) => send([key], [])));

  expect(replies).toEqual(names(3).map(() => ({ status: "rejected", reason: away })));
  expect(sizes()).toEqual([3]);
});
