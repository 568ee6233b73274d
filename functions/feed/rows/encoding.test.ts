import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { UsageError } from "../../lib/failure.ts";
import { createDecoding, readEncoding } from "./encoding.ts";

const MARK = "\ufeff";
const little = (text: string) => Buffer.from(text, "utf16le");
const big = (text: string) => little(text).swap16();
const bytes = (...values: readonly number[]) => Buffer.from(values);
const latin = (text: string) => Buffer.from(text, "latin1");

function read(whole: Uint8Array, size = whole.length): [string, string | undefined] {
  const decoding = createDecoding();
  let text = "";
  for (let at = 0; at < whole.length; at += size) text += decoding.push(whole.subarray(at, at + size));
  return [text + decoding.end(), decoding.encoding()];
}

const TEXTS: [string, Buffer, string, string | undefined][] = [
  ["nothing", Buffer.alloc(0), "", undefined],
  ["one letter", latin("a"), "a", undefined],
  ["plain text", latin("n,s\n1,a\n"), "n,s\n1,a\n", undefined],
  ["UTF-8", Buffer.from("n,é€😀\n"), "n,é€😀\n", "utf-8"],
  ["UTF-8 with its mark", Buffer.from(`${MARK}n,é\n`), "n,é\n", "utf-8"],
  ["UTF-8 with a mark that stands within it", Buffer.from(`n,${MARK}é\n`), `n,${MARK}é\n`, "utf-8"],
  ["UTF-8 with a stray NUL", Buffer.from(`${"a,1\n".repeat(20)}\0`), `${"a,1\n".repeat(20)}\0`, undefined],
  ["UTF-16 with a mark, least byte first", little(`${MARK}名前,😀`), "名前,😀", "utf-16le"],
  ["UTF-16 with a mark, greatest byte first", big(`${MARK}名前,😀`), "名前,😀", "utf-16be"],
  ["Windows-1252", latin("n,s\n1,M\xfcnchen\n"), "n,s\n1,München\n", "windows-1252"],
  ["its quotes and its euro", bytes(0x61, 0x93, 0x62, 0x94, 0x80), "a“b”€", "windows-1252"],
  ["a letter beyond ASCII at its very end", latin("caf\xe9"), "café", "windows-1252"],
  ["much ASCII before it", latin(`${"a,1\n".repeat(1000)}\xe9,2\n`), `${"a,1\n".repeat(1000)}é,2\n`, "windows-1252"],
];

test.each(TEXTS)("%s is read", (_title, whole, text, encoding) => {
  expect(read(whole)).toEqual([text, encoding]);
});

test.each(TEXTS)("%s is read byte by byte, too", (_title, whole, text, encoding) => {
  for (const size of [1, 2, 3, 5]) expect(read(whole, size)).toEqual([text, encoding]);
});

test.each([
  ["least byte first", little, "utf-16le"],
  ["greatest byte first", big, "utf-16be"],
] as const)("UTF-16 without a mark, %s, is told by its plain characters", (_title, encode, encoding) => {
  for (const text of ["n,s,y\n1,a,2\n", "名前,値\n東京,1\n", "Ā,😀\n1,2\n"]) {
    expect(read(encode(text))).toEqual([text, encoding]);
    expect(read(encode(text), 64 * 1024)).toEqual([text, encoding]);
  }
});

test.each([
  ["UTF-8 that is cut off within a character", Buffer.from("a€").subarray(0, 3)],
  ["UTF-8 with a byte that was damaged", Buffer.concat([Buffer.from("é,è\n"), bytes(0xe9), Buffer.from(",ü\n")])],
  ["UTF-8 with a mark and a byte that was damaged", Buffer.concat([Buffer.from(`${MARK}a`), bytes(0xe9, 0x2c)])],
  ["UTF-16 that is cut off within a character", little(`${MARK}a,b`).subarray(0, 7)],
  ["a file that is compressed", gzipSync("n,s\n1,a\n2,b\n")],
  ["another alphabet, which nobody named (KOI8-R)", Buffer.from("c4c1d4c12cd3d5cdcdc10a", "hex")],
  ["bytes that Windows-1252 does not know", bytes(0x61, 0x83, 0x8f, 0x83, 0x90)],
  ["Windows-1252 that holds a NUL later on", Buffer.concat([latin("\xe9,".repeat(8)), bytes(0)])],
])("%s is refused", (_title, whole) => {
  for (const size of [whole.length, 16]) expect(() => read(whole, size)).toThrow();
});

test("any text in UTF-8 is read, however it is cut", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 9 }), (text, size) => {
      expect(read(Buffer.from(text), size)[0]).toBe(text);
    }),
  );
});

test("any text in UTF-16 with a mark is read, however it is cut", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 9 }), (text, size) => {
      for (const encode of [little, big]) expect(read(encode(`${MARK}${text}`), size)[0]).toBe(text);
    }),
  );
});

test("the encoding that is named is read, whatever the bytes look like", () => {
  const decoding = createDecoding("shift_jis");

  expect(decoding.push(Buffer.from("93fa9574", "hex")) + decoding.end()).toBe("日付");
});

test("an encoding is named as people name it", () => {
  expect(["latin1", "Shift-JIS", "UTF-16"].map(readEncoding)).toEqual(["windows-1252", "shift_jis", "utf-16le"]);
  expect(() => readEncoding("klingon")).toThrow(UsageError);
});
