import { describe, expect, test } from "vitest";
import { writeJson } from "./json-answer.ts";
import { printable, printableJson } from "./printable.ts";
import { recordedOutput } from "./recorded-output.contract.ts";

const code = (...points: readonly number[]) => String.fromCodePoint(...points);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const BREAKING = [...range(0, 0x1f), ...range(0x7f, 0x9f), 0x2028, 0x2029];
const TURNING = [0x61c, 0x200e, 0x200f, ...range(0x202a, 0x202e), ...range(0x2066, 0x2069)];
const HIDDEN = [0xad, 0x180e, 0x200b, ...range(0x2060, 0x2064), 0xfeff, ...range(0xfff9, 0xfffb)];
const hex = (point: number) => point.toString(16).padStart(4, "0");

describe("printable", () => {
  test("controls and line breaks of any kind are one blank", () => {
    for (const point of BREAKING) expect(printable(`a${code(point, point)}b`), hex(point)).toBe("a b");
  });

  test("what turns text around or hides in it is shown as its escape", () => {
    for (const point of [...TURNING, ...HIDDEN]) {
      expect(printable(`a${code(point)}b`), hex(point)).toBe(`a\\u${hex(point)}b`);
    }
    expect(printable(code(0xe0041))).toBe("\\udb40\\udc41");
  });

  test.each(["déjà vu", "שלום עולם", "می\u200cخواهم", "👩\u200d🔬", "日本語", 'a "b" \\'])(
    "%s stays as it is",
    (text) => {
      expect(printable(text)).toBe(text);
    },
  );
});

describe("--json", () => {
  test.each([undefined, { columns: 80 }])(
    "writes nothing that steers a terminal, and the value is the same",
    (screen) => {
      const value = { [`k${code(...TURNING)}`]: code(...BREAKING, ...TURNING, ...HIDDEN, 0xe0041), plain: "é 😀 \\" };
      const out = recordedOutput(screen);

      writeJson(value, out);

      expect(JSON.parse(out.text())).toEqual(value);
      for (const point of [...BREAKING.filter((one) => one !== 0x0a), ...TURNING]) {
        expect(out.text().includes(code(point)), hex(point)).toBe(false);
      }
    },
  );

  test("what needs no escape is written as it is", () => {
    expect(printableJson('{"a":"é 😀 \\\\"}')).toBe('{"a":"é 😀 \\\\"}');
  });
});
