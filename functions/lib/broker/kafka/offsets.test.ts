import fc from "fast-check";
import { expect, test } from "vitest";
import { committedOf, positionOf } from "./offsets.ts";

test("what is committed is the offset to be read next, and nothing beside it where nothing is open", () => {
  expect(committedOf({ upTo: 41, open: [] })).toEqual({ offset: "42", metadata: "" });
  expect(committedOf({ upTo: -1, open: [] })).toEqual({ offset: "0", metadata: "" });
});

test("a position comes back as it was, whatever is open", () => {
  const positions = fc
    .tuple(fc.nat(2 ** 40), fc.uniqueArray(fc.nat(5000), { maxLength: 300 }))
    .map(([first, gaps]) => gaps.map((gap) => first + gap).sort((a, b) => a - b));

  fc.assert(
    fc.property(positions, fc.nat(1000), (open, beyond) => {
      const position = { upTo: (open.at(-1) ?? 0) + beyond, open };
      const { offset, metadata } = committedOf(position);

      expect(Number(offset)).toBe(open[0] ?? position.upTo + 1);
      expect(positionOf(Number(offset), metadata)).toEqual(position);
    }),
  );
});

test("more open than fits beside the offset is delivered again rather than lost", () => {
  const open = Array.from({ length: 1000 }, (_, i) => i * 1_000_000);

  const { offset, metadata } = committedOf({ upTo: 999_000_001, open });

  expect(positionOf(Number(offset), metadata)).toEqual({ upTo: -1, open: [] });
});

test.each([
  null,
  "by somebody else",
  "null",
  "[]",
  '{"upTo":3}',
  '{"upTo":3,"open":[1]}',
  '{"upTo":3,"open":[0,9]}',
  '{"upTo":3,"open":[0,2,1]}',
  '{"upTo":-1,"open":[0]}',
  '{"upTo":3,"open":[0,"1"]}',
])("of metadata such as %j only the offset counts", (metadata) => {
  expect(positionOf(7, metadata)).toEqual({ upTo: 6, open: [] });
});
