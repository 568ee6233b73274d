// Tensors as rows: every value of a datatype is taken unchanged, and every other value is refused.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RejectedError } from "../lib/errors.ts";
import { splitBody } from "./binary.ts";
import { rowsOfTensors } from "./tensors.ts";

const rows = (datatype: string, data: readonly unknown[]) =>
  rowsOfTensors([{ name: "x", shape: [data.length], datatype, data }], splitBody(Buffer.alloc(0), undefined).tensors);

function refusal(datatype: string, data: readonly unknown[]): RejectedError {
  try {
    rows(datatype, data);
  } catch (error) {
    expect(error).toBeInstanceOf(RejectedError);
    return error as RejectedError;
  }
  throw new Error(`${datatype} took ${data}`);
}

const INTEGERS: readonly (readonly [string, bigint, bigint])[] = [
  ["INT8", -128n, 127n],
  ["INT16", -32_768n, 32_767n],
  ["INT32", -2_147_483_648n, 2_147_483_647n],
  ["INT64", -9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
  ["UINT8", 0n, 255n],
  ["UINT16", 0n, 65_535n],
  ["UINT32", 0n, 4_294_967_295n],
  ["UINT64", 0n, 18_446_744_073_709_551_615n],
];

describe.each(INTEGERS)("%s", (datatype, least, most) => {
  test("takes each whole number of its range, and its limits as JSON rounds them", () => {
    const inRange = fc.oneof(fc.bigInt({ min: least, max: most }), fc.constantFrom(least, most)).map(Number);

    fc.assert(
      fc.property(fc.array(inRange, { minLength: 1 }), (data) => {
        expect(rows(datatype, data)).toEqual(data.map((x) => ({ x })));
      }),
    );
  });

  test("refuses every other number, with the element and the range", () => {
    const [low, high] = [Number(least), Number(most)];
    const other = fc
      .oneof(fc.double({ noNaN: true }), fc.integer(), fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(Number))
      .filter((value) => !Number.isInteger(value) || value < low || value > high);
    // For 64 bits the limit plus one is the same double; the next double is the first beyond it.
    const beyond = [high + Math.max(1, 2 ** -52 * high), low - Math.max(1, 2 ** -52 * -low)];

    fc.assert(
      fc.property(fc.nat(5), fc.oneof(other, fc.constantFrom(...beyond)), (before, value) => {
        const { code, message, fields } = refusal(datatype, [...Array(before).fill(1), value]);

        expect(code).toBe("request");
        expect(fields[0]?.path).toBe(`inputs.x.data[${before}]`);
        expect(message).toContain(`is ${value}, and ${datatype} takes whole numbers from ${least} to ${most}`);
      }),
    );
  });
});

describe("FP32", () => {
  test("takes what rounds to single precision, unchanged", () => {
    const single = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -3.4e38, max: 3.4e38, noNaN: true }),
      // As a single-precision number is usually printed, which is a double beyond the largest of them.
      fc.constantFrom(3.4028235e38, -3.4028235e38),
    );

    fc.assert(
      fc.property(single, (x) => {
        expect(rows("FP32", [x])).toEqual([{ x }]);
      }),
    );
  });

  test("refuses what is infinite in single precision", () => {
    const beyond = fc.double({ min: 3.4028236e38, noNaN: true }).map((value) => [value, -value]);

    fc.assert(
      fc.property(beyond, ([most, least]) => {
        expect(refusal("FP32", [1, most]).message).toContain(
          `inputs.x.data[1]: is ${most}, and FP32 takes numbers from`,
        );
        expect(refusal("FP32", [least]).message).toContain("-3.4028235e+38 to 3.4028235e+38");
      }),
    );
  });
});

test("FP64 takes every finite number, and refuses 1e999, which JSON reads as infinity", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      expect(rows("FP64", [x])).toEqual([{ x }]);
    }),
  );

  const { message } = refusal("FP64", JSON.parse("[0, -1e999]"));

  expect(message).toContain("inputs.x.data[1]: is -Infinity, and FP64 takes numbers from");
});

test.each<[string, unknown, string]>([
  ["BOOL", 2, "is 2, and BOOL takes true or false"],
  ["BOOL", 1, "is 1, and BOOL takes true or false"],
  ["BOOL", "true", 'is "true", and BOOL takes true or false'],
  ["BYTES", 7, "is 7, and BYTES takes text"],
  ["BYTES", ["a", "b"], 'is ["a","b"], and BYTES takes text'],
  ["INT8", "a".repeat(1000), `is "${"a".repeat(39)}…, and INT8 takes`],
  ["FP32", "1", 'is "1", and FP32 takes numbers'],
])("%s refuses %j", (datatype, value, message) => {
  expect(refusal(datatype, [null, value]).message).toContain(`inputs.x.data[1]: ${message}`);
});
