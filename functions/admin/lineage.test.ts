import fc from "fast-check";
import { expect, test } from "vitest";
import { type Ancestor, forgottenBetween } from "./lineage.ts";

/** Versions 1 to 5 learn ten examples each; 6 has the state of 2; 7 and 8 learn on. */
const KNOWN: readonly Ancestor[] = [
  ...[1, 2, 3, 4, 5].map((version) => ({ version, count: 10 * version })),
  { version: 6, count: 20, restored: 2 },
  { version: 7, count: 30 },
  { version: 8, count: 40 },
].reverse();
const at = (version: number) => KNOWN.find((one) => one.version === version) as Ancestor;

test.each([
  ["what was learned since", 8, 7, 10],
  ["what was learned since, beyond a rollback", 8, 2, 20],
  ["what came after where both come from, when the other branch is taken up again", 8, 5, 20],
  ["what came after a fork on the way to an older version", 8, 1, 30],
  ["nothing where it is undone at once", 6, 5, 0],
  ["nothing where it stays as it is", 8, 8, 0],
  ["the other branch", 5, 8, 30],
])("going back forgets %s: from %i to %i, %i examples", (_what, from, to, examples) => {
  expect(forgottenBetween(KNOWN, at(from), at(to))).toBe(examples);
});

test("where the history does not reach back, all known examples count", () => {
  expect(forgottenBetween([], { version: 9, count: 90 }, { version: 4, count: 40 })).toBe(50);
  expect(forgottenBetween([{ version: 8, count: 15, restored: 1 }], { version: 9, count: 25 }, at(5))).toBe(25);
});

test("the count agrees with sets of examples, however often it is rolled back to whatever version", () => {
  const step = fc.record({ back: fc.boolean(), pick: fc.nat(), learns: fc.integer({ min: 1, max: 5 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), fc.nat(), (steps, wanted) => {
      const known: Ancestor[] = [{ version: 1, count: 1 }];
      const learned: ReadonlySet<number>[] = [new Set(), new Set([0])];
      let next = 1;
      for (const { back, pick, learns } of steps) {
        const restored = 1 + (pick % known.length);
        const examples = new Set(learned[back ? restored : known.length]);
        if (!back) for (let i = 0; i < learns; i++) examples.add(next++);
        learned.push(examples);
        known.push({ version: known.length + 1, count: examples.size, ...(back && { restored }) });
      }
      const [now, then] = [known.at(-1) as Ancestor, known[wanted % known.length] as Ancestor];

      const gone = [...(learned[now.version] as ReadonlySet<number>)].filter((one) => !learned[then.version]?.has(one));
      expect(forgottenBetween([...known].reverse(), now, then)).toBe(gone.length);
    }),
  );
});
