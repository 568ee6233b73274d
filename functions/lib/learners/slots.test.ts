import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Column, Slots } from "./slots.ts";
import { StateBudget } from "./state-budget.ts";

const claimed = (slots: Slots, names: readonly string[]) => slots.claim(names).slice(0, names.length);
const found = (slots: Slots, names: readonly string[]) => slots.find(names).slice(0, names.length);

describe("slots", () => {
  test("are given in the order in which names are first learned, and kept", () => {
    const slots = new Slots(["a"]);

    const first = claimed(slots, ["b", "a", "c"]);
    const second = claimed(slots, ["c", "b"]);

    expect(first).toEqual([1, 0, 2]);
    expect(second).toEqual([2, 1]);
    expect(slots.names).toEqual(["a", "b", "c"]);
  });

  test("are not given to names that are only asked for", () => {
    const slots = new Slots([]);

    const unknown = found(slots, ["a"]);
    const known = claimed(slots, ["a"]);

    expect(unknown).toEqual([Slots.UNSEEN]);
    expect(known).toEqual([0]);
  });

  test("leave out what is not selected, learned or asked for", () => {
    const slots = new Slots([], { selected: (name) => name !== "b" });

    const learned = claimed(slots, ["a", "b"]);
    const asked = found(slots, ["b", "c"]);

    expect(learned).toEqual([0, Slots.LEFT_OUT]);
    expect(asked).toEqual([Slots.LEFT_OUT, Slots.UNSEEN]);
    expect(slots.names).toEqual(["a"]);
  });

  test("are asked for again where there was no room, in the very same list too", () => {
    const budget = new StateBudget(30);
    const slots = new Slots([], { budget });
    const names = ["a", "b"];

    const learned = [claimed(slots, names), claimed(slots, names), found(slots, names)];

    expect(learned).toEqual([
      [0, Slots.UNSEEN],
      [0, Slots.UNSEEN],
      [0, Slots.UNSEEN],
    ]);
    expect(budget.refused).toBe(2);
  });

  test("are those of a plain search through the names, whatever lists came before, the very same ones or equal ones", () => {
    const names = fc.shuffledSubarray(["a", "b", "c", "__proto__", "constructor", ""]);
    const calls = fc
      .array(names, { minLength: 1, maxLength: 3 })
      .chain((lists) =>
        fc.array(fc.record({ names: fc.oneof(fc.constantFrom(...lists), names), claim: fc.boolean() })),
      );
    fc.assert(
      fc.property(calls, (list) => {
        const slots = new Slots([]);
        const known: string[] = [];

        for (const call of list) {
          const ours = call.claim ? claimed(slots, call.names) : found(slots, call.names);
          if (call.claim) known.push(...call.names.filter((name) => !known.includes(name)));

          expect(ours).toEqual(call.names.map((name) => known.indexOf(name)));
        }
      }),
    );
  });
});

describe("a column", () => {
  test("grows with the slots, keeps what it holds, and is 0 elsewhere", () => {
    const column = new Column([1, 2]);

    column.upTo(1000)[999] = 3;

    expect(column.list(3)).toEqual([1, 2, 0]);
    expect(column.list(1000).at(-1)).toBe(3);
  });

  test("copies what it is given and what it hands out", () => {
    const given = [1];
    const column = new Column(given);

    column.upTo(1)[0] = 2;
    column.list(1)[0] = 3;

    expect(given).toEqual([1]);
    expect(column.list(1)).toEqual([2]);
  });
});
