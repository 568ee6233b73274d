// Tensors as bytes behind the JSON: a request or an answer means the same with them as in JSON, and what does not add up is
// refused.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedEventError, RejectedError } from "../lib/errors.ts";
import type { InferAnswer } from "./answer.ts";
import { writeAnswer } from "./binary.ts";
import { readRequest } from "./request.ts";

interface Sent {
  readonly name?: string;
  readonly datatype: string;
  readonly bytes: Buffer;
  readonly rows?: number;
  readonly size?: unknown;
  readonly more?: object;
}

/** A body with each tensor's bytes behind the JSON, and how long the JSON is. */
function bodyOf(tensors: readonly Sent[], members: object = {}) {
  const inputs = tensors.map(({ name = "x", datatype, bytes, rows = 1, size = bytes.length, more }) => {
    return { name, datatype, shape: [rows], parameters: { binary_data_size: size }, ...more };
  });
  const json = Buffer.from(JSON.stringify({ inputs, ...members }));
  return { body: Buffer.concat([json, ...tensors.map(({ bytes }) => bytes)]), length: String(json.length) };
}

function rowsOf(tensors: readonly Sent[]) {
  const { body, length } = bodyOf(tensors);
  return readRequest(body, length).rows;
}

function refusal(work: () => unknown): RejectedError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(RejectedError);
    return error as RejectedError;
  }
  throw new Error("it was taken");
}

const bytesOf = (size: number, write: (bytes: Buffer) => unknown) => {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
};
const texts = (...all: readonly (string | Buffer)[]) =>
  Buffer.concat(
    all.flatMap((text) => [bytesOf(4, (prefix) => prefix.writeUInt32LE(Buffer.byteLength(text))), Buffer.from(text)]),
  );
const double = (value: number) => bytesOf(8, (bytes) => bytes.writeDoubleLE(value));

/** How numpy writes an array of each type, with what JSON would have. */
const ELEMENTS: readonly (readonly [string, fc.Arbitrary<readonly [unknown, Buffer]>])[] = [
  ["BOOL", fc.boolean().map((value) => [value, Buffer.from([value ? 1 : 0])])],
  ["UINT8", fc.nat(255).map((value) => [value, Buffer.from([value])])],
  ["UINT16", fc.nat(65_535).map((value) => [value, Buffer.from(Uint16Array.of(value).buffer)])],
  ["UINT32", fc.nat(4_294_967_295).map((value) => [value, Buffer.from(Uint32Array.of(value).buffer)])],
  [
    "UINT64",
    fc
      .bigInt({ min: 0n, max: 2n ** 64n - 1n })
      .map((value) => [Number(value), Buffer.from(BigUint64Array.of(value).buffer)]),
  ],
  ["INT8", fc.integer({ min: -128, max: 127 }).map((value) => [value, Buffer.from(Int8Array.of(value).buffer)])],
  [
    "INT16",
    fc.integer({ min: -32_768, max: 32_767 }).map((value) => [value, Buffer.from(Int16Array.of(value).buffer)]),
  ],
  ["INT32", fc.integer().map((value) => [value, Buffer.from(Int32Array.of(value).buffer)])],
  [
    "INT64",
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((value) => [Number(value), Buffer.from(BigInt64Array.of(value).buffer)]),
  ],
  [
    "FP16",
    fc.constantFrom(0, 1, -1.5, 65_504, 2 ** -24).map((value) => [value, Buffer.from(Float16Array.of(value).buffer)]),
  ],
  [
    "FP32",
    fc
      .float({ noNaN: true, noDefaultInfinity: true })
      .map((value) => [value, Buffer.from(Float32Array.of(value).buffer)]),
  ],
  ["FP64", fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => [value, double(value)])],
  ["BYTES", fc.string({ unit: "binary" }).map((value) => [value, texts(value)])],
];

describe.each(ELEMENTS)("%s", (datatype, element) => {
  test("is read from bytes as from JSON, at any offset", () => {
    const column = fc.array(element, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(column, fc.string(), (elements, before) => {
        const rows = elements.length;
        const first = { name: "first", datatype: "BYTES", bytes: texts(...Array(rows).fill(before)), rows };
        const bytes = Buffer.concat(elements.map(([, own]) => own));

        expect(rowsOf([first, { datatype, bytes, rows }])).toEqual(elements.map(([x]) => ({ first: before, x })));
      }),
    );
  });
});

test.each([
  ["FP16", Buffer.from([0x00, 0x7e])],
  ["FP32", Buffer.from(Float32Array.of(Number.NaN).buffer)],
  ["FP64", double(Number.NaN)],
])("NaN in %s is null, a missing value", (datatype, bytes) => {
  expect(rowsOf([{ datatype, bytes }])).toEqual([{ x: null }]);
});

test("tensors in JSON and in bytes can be mixed, also with shape [rows, 1]", () => {
  const { body, length } = bodyOf([
    { datatype: "FP64", bytes: Buffer.concat([double(1), double(2)]), more: { shape: [2, 1] } },
    { name: "y", datatype: "BYTES", bytes: Buffer.alloc(0), more: { shape: [2], data: ["a", "b"], parameters: {} } },
    { name: "z", datatype: "BOOL", bytes: Buffer.from([1, 0]), rows: 2 },
  ]);

  expect(readRequest(body, length).rows).toEqual([
    { x: 1, y: "a", z: true },
    { x: 2, y: "b", z: false },
  ]);
});

test("a header that covers the whole body changes nothing, not even for a plain record", () => {
  const body = Buffer.from('{"x":1}');

  expect(readRequest(body, "7").rows).toEqual([{ x: 1 }]);
});

describe("the header is refused where it is", () => {
  test.each([
    ["larger than the body", "8"],
    ["negative", "-1"],
    ["no number", "seven"],
    ["empty", ""],
    ["a fraction", "6.5"],
    ["a number with an exponent", "7e0"],
    ["hexadecimal", "0x7"],
    ["sent twice, as Node joins it", "7, 7"],
    ["longer than any body", "9".repeat(400)],
  ])("%s: %s", (_title, header) => {
    const { code, message } = refusal(() => readRequest(Buffer.from('{"x":1}'), header));

    expect(code).toBe("binary-tensors");
    expect(message).toMatch(
      /^Inference-Header-Content-Length: is ".*"; it must be the length of the JSON, .* from 0 to 7/,
    );
    expect(message.length).toBeLessThan(250);
  });
});

describe("bytes are refused, with the tensor and the element, where", () => {
  test.each<[string, readonly Sent[], string, RegExp]>([
    [
      "a tensor wants more than there are",
      [{ datatype: "FP64", bytes: double(1), size: 16 }],
      "inputs.x.parameters.binary_data_size",
      /is 16, and 8 bytes are left in the body/,
    ],
    [
      "a tensor takes those of the next",
      [
        { datatype: "FP64", bytes: double(1), size: 16 },
        { name: "y", datatype: "FP64", bytes: double(1) },
      ],
      "inputs.x",
      /shape \[1\] and 2 elements/,
    ],
    [
      "some belong to no tensor",
      [{ datatype: "FP64", bytes: Buffer.concat([double(1), Buffer.from("abc")]), size: 8 }],
      "the body",
      /3 bytes behind the JSON/,
    ],
    [
      "the shape has other rows",
      [{ datatype: "FP64", bytes: double(1), rows: 2 }],
      "inputs.x",
      /shape \[2\] and 1 elements/,
    ],
    ["an element is cut", [{ datatype: "FP64", bytes: Buffer.alloc(9) }], "inputs.x", /has 9 bytes, and FP64 has 8 an/],
    ["a boolean is neither", [{ datatype: "BOOL", bytes: Buffer.from([1, 2]), rows: 2 }], "inputs.x.data[1]", /is 2/],
    [
      "a number is infinite",
      [{ datatype: "FP32", bytes: Buffer.from(Float32Array.of(-Infinity).buffer) }],
      "inputs.x.data[0]",
      /is -Infinity, and FP32 takes numbers/,
    ],
    [
      "a text runs past the end",
      [{ datatype: "BYTES", bytes: Buffer.concat([texts("a"), Buffer.from([9, 0, 0, 0, 97])]), rows: 2 }],
      "inputs.x.data[1]",
      /has 9 bytes by its length, and 1 are left/,
    ],
    [
      "a text claims 4 GiB",
      [{ datatype: "BYTES", bytes: Buffer.from([255, 255, 255, 255, 97]) }],
      "inputs.x.data[0]",
      /4294967295 bytes/,
    ],
    [
      "a text has no whole length",
      [{ datatype: "BYTES", bytes: Buffer.concat([texts("a"), Buffer.from([1, 0])]), rows: 2 }],
      "inputs.x.data[1]",
      /is cut/,
    ],
    ["a text is not UTF-8", [{ datatype: "BYTES", bytes: texts(Buffer.from([255])) }], "inputs.x.data[0]", /UTF-8/],
    [
      "there are none, and no rows",
      [{ datatype: "BYTES", bytes: Buffer.alloc(0), rows: 0 }],
      "inputs",
      /send a record/,
    ],
    [
      "a tensor is there twice",
      [
        { datatype: "FP64", bytes: double(1) },
        { datatype: "FP64", bytes: double(2) },
      ],
      "inputs.x",
      /is there twice/,
    ],
    ["there are data, too", [{ datatype: "FP64", bytes: double(1), more: { data: [1] } }], "inputs.x", /not both/],
    [
      "there are more rows than a request may have",
      [{ datatype: "BOOL", bytes: Buffer.alloc(200_000), rows: 200_000 }],
      "inputs",
      /200000 rows; 1000 are allowed/,
    ],
    ["the datatype is none", [{ datatype: "BF16", bytes: Buffer.alloc(2) }], "inputs.x.datatype", /FP16, FP32/],
    ...[-1, 1.5, "8", true, 1e300, [8]].map((size): [string, readonly Sent[], string, RegExp] => [
      `a size is ${JSON.stringify(size)}`,
      [{ datatype: "FP64", bytes: double(1), size }],
      "inputs.x.parameters.binary_data_size",
      /whole number of bytes/,
    ]),
  ])("%s", (_title, tensors, path, problem) => {
    const { fields, message } = refusal(() => rowsOf(tensors));

    expect(fields[0]?.path).toBe(path);
    expect(message).toMatch(problem);
  });

  test("there is no header that says where the JSON ends", () => {
    const { body, length } = bodyOf([{ datatype: "FP64", bytes: double(1) }]);
    const json = body.subarray(0, Number(length));

    const { code, message } = refusal(() => readRequest(json));

    expect(code).toBe("binary-tensors");
    expect(message).toContain("send the header Inference-Header-Content-Length with the length of the JSON");
    expect(() => readRequest(body)).toThrow(MalformedEventError);
    expect(() => readRequest(body)).toThrow(/send the header Inference-Header-Content-Length/);
  });

  test("the header ends within the JSON, or behind it", () => {
    const { body, length } = bodyOf([{ datatype: "FP64", bytes: double(1) }]);

    for (const wrong of [Number(length) - 1, Number(length) + 1, 0]) {
      expect(() => readRequest(body, String(wrong))).toThrow(MalformedEventError);
      expect(() => readRequest(body, String(wrong))).toThrow(`its JSON has ${wrong} bytes by Inference-Header-Content`);
    }
  });
});

test("whatever bytes come, a request is read or refused as the caller's fault", () => {
  const anyTensor = fc.record({
    datatype: fc.constantFrom(...ELEMENTS.map(([name]) => name), "BF16"),
    bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    rows: fc.nat(6),
    name: fc.constantFrom("x", "y", "__proto__"),
  });
  const length = fc.oneof(fc.constant(undefined), fc.string(), fc.integer({ min: -5, max: 900 }).map(String));
  fc.assert(
    fc.property(fc.array(anyTensor, { maxLength: 3 }), fc.option(length, { nil: "right" }), (tensors, header) => {
      const sent = bodyOf(tensors);
      try {
        readRequest(sent.body, header === "right" ? sent.length : header);
      } catch (error) {
        expect(error instanceof RejectedError || error instanceof MalformedEventError).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

describe("an answer", () => {
  const answer: InferAnswer = {
    model_name: "line",
    model_version: "7",
    parameters: { stale: false },
    outputs: [
      { name: "prediction", datatype: "FP64", shape: [2], data: [1.5, null] },
      { name: "champion", datatype: "BYTES", shape: [2], data: ["line", "Köln 🌊"] },
      { name: "version", datatype: "INT64", shape: [2], data: [7, Number.MAX_SAFE_INTEGER] },
    ],
  };
  /** What a client reads. */
  function read({ headers = {}, body = "" }: ReturnType<typeof writeAnswer>) {
    const bytes = Buffer.from(body);
    const length = Number(headers["Inference-Header-Content-Length"]);
    return { json: JSON.parse(bytes.subarray(0, length).toString()), tensors: bytes.subarray(length), headers };
  }

  test("has the outputs that were asked for as bytes behind the JSON, in their order, and NaN for a missing prediction", () => {
    const { json, tensors, headers } = read(writeAnswer(answer, () => true));

    expect(headers["content-type"]).toBe("application/octet-stream");
    expect(json).toEqual({
      ...answer,
      outputs: [
        { name: "prediction", datatype: "FP64", shape: [2], parameters: { binary_data_size: 16 } },
        { name: "champion", datatype: "BYTES", shape: [2], parameters: { binary_data_size: 22 } },
        { name: "version", datatype: "INT64", shape: [2], parameters: { binary_data_size: 16 } },
      ],
    });
    expect(tensors).toEqual(
      Buffer.concat([
        ...[double(1.5), double(Number.NaN), texts("line", "Köln 🌊")],
        Buffer.from(BigInt64Array.of(7n, BigInt(Number.MAX_SAFE_INTEGER)).buffer),
      ]),
    );
  });

  test("has a class as bytes: a byte for true or false, a text for a label, 0 or nothing where there is none", () => {
    const outputs = [
      { name: "class", datatype: "BOOL", shape: [3], data: [true, false, null] },
      { name: "class", datatype: "BYTES", shape: [2], data: ["red", null] },
    ] as const;

    const { tensors } = read(writeAnswer({ ...answer, outputs }, () => true));

    expect(tensors).toEqual(Buffer.concat([Buffer.of(1, 0, 0), texts("red", "")]));
  });

  test("has the other outputs in the JSON", () => {
    const { json, tensors } = read(writeAnswer(answer, (output) => output === "version"));

    expect(json.outputs[0]).toEqual(answer.outputs[0]);
    expect(tensors).toHaveLength(16);
  });

  test("is JSON alone where nothing is asked for as bytes", () => {
    const { headers, body } = writeAnswer(answer, () => false);

    expect(headers).toEqual({ "content-type": "application/json; charset=utf-8" });
    expect(JSON.parse(String(body))).toEqual(answer);
  });

  test.each<[string, object, readonly string[]]>([
    ["all of them", { parameters: { binary_data_output: true } }, ["prediction", "champion"]],
    ["none by default", {}, []],
    ["one by name", { outputs: [{ name: "prediction", parameters: { binary_data: true } }] }, ["prediction"]],
    [
      "all but one by name",
      {
        parameters: { binary_data_output: true },
        outputs: [{ name: "prediction", parameters: { binary_data: false } }, { name: "champion" }],
      },
      ["champion"],
    ],
  ])("may be asked for as bytes: %s", (_title, members, binary) => {
    const { isBinary } = readRequest(Buffer.from(JSON.stringify({ inputs: { x: 1 }, ...members })));

    expect(["prediction", "champion"].filter(isBinary)).toEqual(binary);
  });
});
