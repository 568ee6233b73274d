// The kinds of case that the CloudEvents conformance suite names (HTTP protocol binding: binary and structured mode in
// two spellings each; the six smallest events by content; extensions), and what the `cloudevents` package gets wrong.

import { CloudEvent, HTTP } from "cloudevents";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedEventError } from "../errors.ts";
import { readEvent, writeEvent } from "./codec.ts";
import type { Event } from "./vocabulary.ts";

const ATTRIBUTES = {
  specversion: "1.0",
  type: "dev.example.tide",
  source: "/harbour/gauge",
  id: "A234-1234",
  time: "2018-04-05T03:56:24Z",
};
const headersOf = (attributes: object) => Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]);
const read = (headers: readonly (readonly string[])[], body: string | Buffer) =>
  readEvent(headers.flat(), Buffer.from(body));
const binary = (type: string, body: string | Buffer, attributes: object = ATTRIBUTES) =>
  read([...headersOf(attributes), ["Content-Type", type]], body);
const structured = (event: object, type = "application/cloudevents+json") =>
  read([["content-type", type]], JSON.stringify(event));
const again = (event: Event) => {
  const { headers, body } = writeEvent(event);
  return read(Object.entries(headers) as [string, string][], body as string | Buffer);
};

describe("the HTTP protocol binding", () => {
  test.each(["application/json", "application/json; charset=utf-8"])("binary mode as %s", (type) => {
    expect(binary(type, '{\n  "level": 3\n}\n')).toEqual({ ...ATTRIBUTES, datacontenttype: type, data: { level: 3 } });
  });

  test.each(["application/cloudevents+json", "application/cloudevents+json; charset=utf-8"])(
    "structured mode as %s",
    (type) => {
      const event = { ...ATTRIBUTES, datacontenttype: "application/json", data: { level: 3 } };

      expect(structured(event, type)).toEqual(event);
    },
  );

  test("both modes of one event are the same event", () => {
    const extensions = { sampledrate: "30", note: "low water" };
    const event = { ...ATTRIBUTES, ...extensions, datacontenttype: "application/json", data: [1] };

    expect(binary("application/json", "[1]", { ...ATTRIBUTES, ...extensions })).toEqual(structured(event));
  });

  test("batch mode is refused, and the refusal says what to do instead", () => {
    const batch = [["content-type", "application/cloudevents-batch+json; charset=utf-8"]];

    expect(() => read(batch, JSON.stringify([ATTRIBUTES]))).toThrow(MalformedEventError);
    expect(() => read(batch, "[]")).toThrow(/each event in a request of its own/);
  });
});

describe("the smallest events, read and handed on", () => {
  test.each<[string, string, unknown]>([
    ["text/plain; charset=us-ascii", "Low water\n", "Low water\n"],
    ["text/plain; charset=utf-8", "Ebbe 🌊\n", "Ebbe 🌊\n"],
    ["application/json; charset=utf-8", '"Ebbe 🌊"\n', "Ebbe 🌊"],
    ["application/json; charset=utf-8", '{"name":"Ebbe 🌊"}\n', { name: "Ebbe 🌊" }],
    ["application/json; charset=utf-8", '["Ebbe","🌊"]\n', ["Ebbe", "🌊"]],
    ["application/xml; charset=utf-8", "<tide>Ebbe 🌊</tide>\n", "<tide>Ebbe 🌊</tide>\n"],
  ])("%s: %j", (type, body, data) => {
    const event = binary(type, body);

    expect(event.data).toEqual(data);
    expect(again(event)).toEqual(event);
  });

  test("text that came in another charset is handed on as UTF-8, and says so", () => {
    const event = binary("text/plain; charset=iso-8859-1; format=flowed", Buffer.from("Köln", "latin1"));

    expect(event.data).toBe("Köln");
    expect(again(event)).toMatchObject({ data: "Köln", datacontenttype: "text/plain; charset=utf-8; format=flowed" });
  });
});

describe("attributes that are no strings", () => {
  test.each([
    [true, "true"],
    [false, "false"],
    [0, "0"],
    [-(2 ** 31), "-2147483648"],
    [2 ** 31 - 1, "2147483647"],
  ])("%j is taken, and is its text after a hop", (value, text) => {
    const event = structured({ ...ATTRIBUTES, mine: value });

    expect(event["mine"]).toBe(value);
    expect(again(event)["mine"]).toBe(text);
  });

  test.each([[2 ** 31], [-(2 ** 31) - 1], [0.5], [{}], [[]]])("%j is refused", (value) => {
    expect(() => structured({ ...ATTRIBUTES, mine: value })).toThrow(/32-bit integer/);
  });
});

describe("limits", () => {
  const extensions = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`e${i}`, "x"]));

  test("64 attributes are taken in binary mode, and not one more", () => {
    const required = Object.keys(ATTRIBUTES).length;

    expect(Object.keys(binary("text/plain", "", { ...ATTRIBUTES, ...extensions(64 - required) }))).toHaveLength(65);
    expect(() => binary("text/plain", "", { ...ATTRIBUTES, ...extensions(65 - required) })).toThrow(/more than 64/);
  });

  test("an attribute of 4096 characters is taken, and not one more", () => {
    expect(structured({ ...ATTRIBUTES, subject: "x".repeat(4096) }).subject).toHaveLength(4096);
    expect(() => structured({ ...ATTRIBUTES, subject: "x".repeat(4097) })).toThrow(/4096/);
  });

  test("JSON nested 64 deep is taken, and not one deeper; brackets in strings do not count", () => {
    const nested = (depth: number) => "[".repeat(depth) + JSON.stringify('[{"\\') + "]".repeat(depth);

    expect(binary("application/json", nested(64)).data).toBeDefined();
    expect(() => binary("application/json", nested(65))).toThrow(/nested deeper than 64/);
  });
});

test("a timestamp may have any precision and any offset, and comes through as it was written", () => {
  for (const time of ["2026-01-31T08:30:00.123456789Z", "2024-02-29T23:59:59+05:30", "2026-01-31t08:30:00z"]) {
    expect(again(structured({ ...ATTRIBUTES, time })).time).toBe(time);
  }
});

test.each([
  "2026-02-29T00:00:00Z",
  "2026-01-31",
  "2026-01-31 08:30:00Z",
  "2026-01-31T08:30:00",
  "2026-13-01T00:00:00Z",
])("the time %s is refused rather than taken for now", (time) => {
  expect(() => structured({ ...ATTRIBUTES, time })).toThrow(/RFC 3339/);
});

const ascii = fc.stringMatching(/^[a-z0-9:/.-]{1,20}$/);
const plainEvent = fc.record({
  id: ascii,
  source: ascii,
  type: ascii,
  subject: ascii,
  note: ascii,
  data: fc.oneof(fc.dictionary(fc.string(), fc.integer()), fc.array(fc.string(), { minLength: 1 })),
});

test("what the cloudevents package writes in binary mode is read as it was meant", () => {
  fc.assert(
    fc.property(plainEvent, (event) => {
      const { headers, body } = HTTP.binary(new CloudEvent({ ...event, time: ATTRIBUTES.time }));

      expect(read(Object.entries(headers) as [string, string][], body as string)).toMatchObject(event);
    }),
  );
});
