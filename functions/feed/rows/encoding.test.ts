import fc from "fast-check";
import { expect, test } from "vitest";
import { encodingOf } from "./encoding.ts";

const MARK = "\ufeff";
const little = (text: string) => Buffer.from(text, "utf16le");
const big = (text: string) => little(text).swap16();

test.each([
  ["plain text", Buffer.from("n,s,y\n1,a,2\n"), "utf-8"],
  ["UTF-8 with its mark", Buffer.from(`${MARK}n,é\n`), "utf-8"],
  ["UTF-16 with a mark, least byte first", little(`${MARK}名前`), "utf-16le"],
  ["UTF-16 with a mark, greatest byte first", big(`${MARK}名前`), "utf-16be"],
  ["UTF-16 without a mark, least byte first", little("n,s,y\n1,a,2\n"), "utf-16le"],
  ["UTF-16 without a mark, greatest byte first", big("n,s,y\n1,a,2\n"), "utf-16be"],
  ["UTF-16 of words beyond ASCII without a mark", little("名前,値\n東京,1\n"), "utf-16le"],
  ["its first two bytes alone", little("n"), "utf-16le"],
  ["UTF-8 with a stray NUL", Buffer.from(`name,value\n${"a,1\n".repeat(20)}\0`), "utf-8"],
  ["nothing", Buffer.alloc(0), "utf-8"],
])("%s", (_title, bytes, encoding) => {
  expect(encodingOf(bytes)).toBe(encoding);
});

test("what is UTF-8 without NULs is taken for nothing else", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((text) => !text.includes("\0")),
      (text) => {
        expect(encodingOf(Buffer.from(text.toWellFormed()))).toBe("utf-8");
      },
    ),
  );
});
