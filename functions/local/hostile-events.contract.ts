// Events that are none, or none of the pipeline `line`: in their data, in their attributes, in structured mode.

import fc from "fast-check";
import { DOORS, type Headers, LINE, type Make, post, request, setting, without } from "./hostile-bytes.contract.ts";

const nested = (depth: number) => `{"x":${"[".repeat(depth)}${"]".repeat(depth)}}`;

/** Bodies that are no JSON, and JSON that is no point of the pipeline `line`. */
const bodies: fc.Arbitrary<Buffer | string> = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    '{"x":1',
    '{"x":1}}',
    '{"x":01}',
    "{'x':1}",
    '{"x":NaN}',
    '{"x":1e999}',
    '{"x":-1e999}',
    '{"x":1,"y":1e999}',
    '{"x":"1"}',
    '{"x":null}',
    '{"x":[1]}',
    '{"x":{}}',
    '{"X":1}',
    '{"x":1,"z":1}',
    '{"x":1,"x":"1"}',
    '{"x":1,"time":"yesterday"}',
    '{"x":1,"time":9e15}',
    '{"x":1,"time":"2001-02-30T00:00:00Z"}',
    '{"__proto__":{"x":1}}',
    '{"x":1,"__proto__":{"y":1}}',
    '{"x":1,"constructor":{"prototype":{}}}',
    '{"x":1,"toString":1}',
    '[{"x":1}]',
    '"x"',
    "1",
    "null",
    '{"x":"\\ud800"}',
    '{"\\ud800":1,"x":1}',
    "\ufeff",
    nested(63),
    nested(65),
    nested(5000),
    `${"[".repeat(100_000)}`,
    `{"x":1,"k":"${"k".repeat(9000)}"}`,
    `{${Array.from({ length: 2000 }, (_, i) => `"k${i}":1`).join(",")}}`,
  ),
  // Cut anywhere, it is no JSON any more.
  fc.nat({ max: 12 }).map((length) => '{"x": 1.25e2}'.slice(0, length)),
  fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from([0xff, ...bytes])),
  fc
    .dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 })
    .map((value) => JSON.stringify({ ...value, x: [] })),
  fc
    .jsonValue()
    .filter((value) => typeof value !== "object" || Array.isArray(value))
    .map((value) => JSON.stringify(value)),
  fc.string({ unit: "binary", minLength: 1 }).filter((text) => !isJson(text)),
);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const badBodies = fc.tuple(fc.constantFrom(...DOORS), bodies).map(
  ([path, body]): Make =>
    (n) => ({ what: "a body", bytes: post(path, n, LINE, body) }),
);

/** The good body's headers with one of them spoilt. */
const spoiltHeaders: fc.Arbitrary<Headers> = fc.oneof(
  fc.constantFrom("ce-specversion", "ce-type", "ce-source").map(without),
  fc.constantFrom("ce-specversion", "ce-type", "ce-source", "ce-id").map((name) => setting(name, "")),
  fc
    .constantFrom<[string, string]>(
      ["ce-specversion", "0.3"],
      ["ce-pipeline", "nobody"],
      ["ce-pipeline", "__proto__"],
      ["ce-pipeline", "constructor"],
      ["ce-time", "yesterday"],
      ["ce-time", "2001-02-30T00:00:00Z"],
      ["ce-subject", ""],
      ["ce-subject", "%00"],
      ["ce-subject", "%C2%85"],
      ["ce-subject", "\x85"],
      ["ce-subject", "%zz%7f"],
      ["ce-source", "x".repeat(4097)],
      ["ce-note", "%41".repeat(4097)],
      ["ce-note", "x".repeat(20_000)],
      ["ce-data", "1"],
      ["ce-datacontenttype", "application/json"],
      ["ce-", "1"],
      ["ce-a-b", "1"],
      ["ce-__proto__", "1"],
      ["ce-dataschema", "urn:wadi:line:2"],
      ["ce-dataschema", "urn:wadi:flights:1"],
      ["ce-dataschema", `urn:wadi:line:${"9".repeat(400)}`],
      ["ce-dataschema", "urn:wadi:../../etc/passwd"],
      ["content-type", "nonsense"],
      ["content-type", "text/plain"],
      ["content-type", "application/xml"],
      ["content-type", "application/avro"],
      ["content-type", "application/octet-stream"],
      ["content-type", "application/x-www-form-urlencoded"],
      ["content-type", "application/json; charset=utf-7"],
      ["content-type", "application/json; charset=../../x"],
      ["content-type", "application/json; charset=utf-16le"],
      ["content-type", "application/cloudevents+xml"],
      ["content-type", "application/cloudevents-batch+json"],
    )
    .map(([name, value]) => setting(name, value)),
  fc
    .constantFrom("ce-source", "ce-type", "ce-specversion", "content-type", "ce-pipeline")
    .map((name): Headers => [...LINE, LINE.find(([header]) => header === name) as readonly [string, string]]),
  fc
    .nat({ max: 30 })
    .map((n): Headers => [...LINE, ...Array.from({ length: 64 + n }, (_, i) => [`ce-k${i}`, "1"] as const)]),
  fc
    .string({ minLength: 1, maxLength: 30 })
    .filter((text) => /^[!-~]+$/.test(text) && text !== "1.0")
    .map((text) => setting("ce-specversion", text)),
  fc
    .string({ minLength: 1, maxLength: 30 })
    .filter(
      (text) =>
        /^[!-~]+$/.test(text) && text !== "line" && text !== "flights" && !text.includes("%") && !text.includes('"'),
    )
    .map((text) => setting("ce-pipeline", text)),
);

export const badHeaders = fc.tuple(fc.constantFrom(...DOORS), spoiltHeaders).map(
  ([path, headers]): Make =>
    (n) => ({ what: "a header", bytes: post(path, n, headers, '{"x":1}') }),
);

const envelope = (n: number, more: object) => ({
  specversion: "1.0",
  type: "dev.wadi.observation",
  source: "/hostile",
  id: `h${n}`,
  n,
  pipeline: "line",
  ...more,
});
const text = (value: object) => JSON.stringify(value);
const structuredBodies: readonly ((n: number) => string)[] = [
  () => "{",
  () => "[]",
  () => "null",
  () => "{}",
  (n) => text([envelope(n, { data: { x: 1 } })]),
  (n) => text(envelope(n, { data: { x: 1 }, data_base64: "e30=" })),
  (n) => text(envelope(n, { data_base64: "###" })),
  (n) => text(envelope(n, { data_base64: 7 })),
  (n) => text(envelope(n, { data: { x: 1 }, id: 7 })),
  (n) => text(envelope(n, { data: { x: 1 }, source: {} })),
  (n) => text(envelope(n, { data: { x: 1 }, subject: ["a"] })),
  (n) => text(envelope(n, { data: { x: 1 }, pipeline: true })),
  (n) => text(envelope(n, { data: { x: 1 }, pipeline: 1 })),
  (n) => text(envelope(n, { data: { x: 1 }, note: 1e10 })),
  (n) => text(envelope(n, { data: { x: 1 }, note: { a: 1 } })),
  (n) => text(envelope(n, { data: { x: 1 }, "no-te": 1 })),
  (n) => text(envelope(n, { data: { x: 1 }, subject: "a\u0000b" })),
  (n) => text(envelope(n, { data: { x: 1 }, subject: "x".repeat(4097) })),
  (n) => text(envelope(n, { data: { x: 1 }, specversion: 1 })),
  (n) => text(envelope(n, { data: { x: 1 }, datacontenttype: "text/plain" })),
  (n) => text(envelope(n, { data: "x", datacontenttype: "text/plain" })),
  (n) => text(envelope(n, { data: { x: "1" } })),
  (n) => text(envelope(n, { data: null })),
  (n) => text(envelope(n, {})),
  (n) => text(envelope(n, { data: { x: 1 } })).replace('"x":1', '"x":1e999'),
  (n) => text(envelope(n, { data: { x: 1 } })).replace('{"spec', '{"__proto__":{"a":1},"spec'),
  (n) => text(envelope(n, { data: { x: 1 } })).replace('"x":1', `"x":${"[".repeat(200)}${"]".repeat(200)}`),
];
export const structured = fc.tuple(fc.constantFrom(...DOORS), fc.constantFrom(...structuredBodies)).map(
  ([path, body]): Make =>
    (n) => ({
      what: "a structured event",
      bytes: request(
        `POST ${path} HTTP/1.1`,
        [
          ["host", "localhost"],
          ["content-type", "application/cloudevents+json"],
        ],
        body(n),
      ),
    }),
);
