import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binaryReader } from "./binary.ts";

const R = (...types: unknown[]) => ({
  type: "record",
  name: "a.R",
  fields: types.map((type, i) => ({ name: `f${i}`, type })),
});
const read = (schema: unknown, ...bytes: number[]) => binaryReader(schema)(Uint8Array.from(bytes));
const INNER = { type: "record", name: "Inner", fields: [{ name: "next", type: ["null", "a.Inner"] }] };

describe("Avro's binary encoding", () => {
  test.each<[string, unknown, number[], unknown]>([
    ["the specification's numbers", R("int", "int", "long"), [0x7f, 0x80, 0x01, 0x01], { f0: -64, f1: 64, f2: -1 }],
    ["its string", R("string"), [0x06, 0x66, 0x6f, 0x6f], { f0: "foo" }],
    ["a replacement sign that was sent", R("string"), [0x06, 0xef, 0xbf, 0xbd], { f0: "\ufffd" }],
    ["no bytes", R("null", "bytes"), [0], { f0: null, f1: Buffer.alloc(0) }],
    [
      "a named type of an inherited namespace",
      R(INNER, "Inner"),
      [0, 2, 0],
      { f0: { next: null }, f1: { next: { next: null } } },
    ],
    [
      "its list of 3 and 27, which is left out",
      R({ type: "array", items: "long" }, "int"),
      [4, 6, 54, 0, 2],
      { f1: 1 },
    ],
    ["a list whose block says its size", R({ type: "array", items: "long" }, "int"), [3, 4, 6, 54, 0, 2], { f1: 1 }],
    ["a map, which is left out", R({ type: "map", values: "boolean" }, "int"), [2, 2, 0x61, 1, 0, 2], { f1: 1 }],
    ["any number of nulls", R({ type: "array", items: "null" }, "int"), [...long(2n ** 62n), 0, 2], { f1: 1 }],
  ])("%s is read", (_title, schema, bytes, record) => {
    expect(read(schema, ...bytes)).toEqual(record);
  });

  test.each<[string, unknown, number[], RegExp]>([
    ["that ends early", R("double"), [0, 0], /ends early/],
    ["that ends within a number", R("long"), [0x80], /ends early/],
    ["with bytes behind it", R("int"), [0, 0, 0], /2 bytes more/],
    ["with a length past its end", R("bytes"), [...long(2n ** 62n)], /ends early/],
    ["with a length below 0", R("string"), [1], /length is negative/],
    ["with a number of hundreds of bytes", R("bytes"), [...Array(400).fill(0x80), 0], /more than 64 bits/],
    ["with a 65th bit", R("long"), [...Array(9).fill(0xff), 2], /more than 64 bits/],
    ["with an int of 33 bits", R("int"), [...long(2n ** 31n)], /more than 32 bits/],
    ["with an int of six bytes", R("int"), [0x80, 0x80, 0x80, 0x80, 0x80, 0], /more than 32 bits/],
    ["with a boolean that is neither", R("boolean"), [2], /boolean is the byte 2/],
    ["with text that is no UTF-8", R("string"), [4, 0xff, 0xfe], /no UTF-8/],
    ["with half a character", R("string"), [6, 0xed, 0xa0, 0x80], /no UTF-8/],
    ["of a branch that is not there", R(["null", "int"]), [4, 0], /no branch 2/],
    ["of a branch below 0", R(["null", "int"]), [1, 0], /no branch -1/],
    ["of a symbol that is not there", R({ type: "enum", name: "E", symbols: ["A"] }), [2], /no symbol 1/],
    ["with a list longer than it", R({ type: "array", items: "int" }), [...long(2n ** 62n), 0], /ends early/],
    ["with a block of a size past its end", R({ type: "array", items: "int" }), [1, ...long(2n ** 40n)], /ends early/],
    ["with a block of a size below 0", R({ type: "array", items: "int" }), [1, 1], /length is negative/],
    ["that lies deep in itself", R(INNER), Array(10_000).fill(2), /deeper than 32/],
  ])("a record %s is refused", (_title, schema, bytes, why) => {
    expect(() => read(schema, ...bytes)).toThrow(why);
  });

  test("what is wrong is told with the field where it is", () => {
    const within = { type: "record", name: "Place", fields: [{ name: "name", type: "string" }] };

    expect(() => read(R("int", within, "int"), 0, 2)).toThrow(/^at the field f1: it ends early$/);
    expect(() => read(R("int", within, "int"), 0, 0)).toThrow(/^at the field f2: it ends early$/);
  });

  test("one hostile record changes nothing for the next", () => {
    const schema = R("bytes", { type: "fixed", name: "F", size: 2 });
    const [sound, hostile] = [
      [4, 1, 2, 3, 4],
      [...Array(400).fill(0x80), 0],
    ];

    expect(() => read(schema, ...hostile)).toThrow();

    expect(read(schema, ...sound)).toEqual({ f0: Buffer.from([1, 2]), f1: Buffer.from([3, 4]) });
  });

  test("a name JavaScript uses is no way into its objects", () => {
    const schema = { type: "record", name: "R", fields: [{ name: "__proto__", type: { ...INNER, namespace: "a" } }] };

    expect(Object.keys(read(schema, 0))).toEqual([]);
    expect(Object.getPrototypeOf(read(schema, 0))).toBe(Object.prototype);
  });

  test("any 64 bits are a long, exactly", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const { f0 } = read(R("long"), ...long(value));
        expect(BigInt(f0 as number)).toBe(value);
        expect(typeof f0).toBe(Number.isSafeInteger(Number(value)) ? "number" : "bigint");
      }),
    );
  });
});

function long(value: bigint): number[] {
  const bytes: number[] = [];
  let code = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; code > 127n; code >>= 7n) bytes.push(Number(code & 127n) | 128);
  return [...bytes, Number(code)];
}
