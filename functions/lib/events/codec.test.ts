// Goldens: the examples of the CloudEvents 1.0.2 specification (HTTP protocol binding, JSON event format).

import { describe, expect, test } from "vitest";
import { MalformedEventError } from "../errors.ts";
import { readEvent, writeEvent } from "./codec.ts";

const REQUIRED = { "ce-specversion": "1.0", "ce-id": "a-1", "ce-source": "/s", "ce-type": "t" };

const raw = (headers: Record<string, unknown>) => Object.entries(headers).flatMap(([k, v]) => [k, String(v)]);
const read = (headers: Record<string, unknown>, body: string | Buffer = "") =>
  readEvent(raw(headers), Buffer.from(body));
const structured = (event: unknown, type = "application/cloudevents+json") =>
  read({ "content-type": type }, typeof event === "string" ? event : JSON.stringify(event));

function refusal(work: () => unknown): MalformedEventError {
  try {
    work();
  } catch (error) {
    if (error instanceof MalformedEventError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("binary mode", () => {
  test("the specification's example is read with every attribute in its place", () => {
    const event = read(
      {
        "ce-specversion": "1.0",
        "ce-type": "com.example.someevent",
        "ce-time": "2018-04-05T03:56:24Z",
        "ce-id": "1234-1234-1234",
        "ce-source": "/mycontext/subcontext",
        "Content-Type": "application/json; charset=utf-8",
      },
      `{ "message": "Hello" }`,
    );

    expect(event).toEqual({
      specversion: "1.0",
      type: "com.example.someevent",
      time: "2018-04-05T03:56:24Z",
      id: "1234-1234-1234",
      source: "/mycontext/subcontext",
      datacontenttype: "application/json; charset=utf-8",
      data: { message: "Hello" },
    });
  });

  test("the specification's percent-encoded value, Euro € 😀, is decoded and written the same", () => {
    const event = read({ ...REQUIRED, "ce-note": "Euro%20%E2%82%AC%20%F0%9F%98%80" });

    expect(event["note"]).toBe("Euro € 😀");
    expect(writeEvent(event).headers["ce-note"]).toBe("Euro%20%E2%82%AC%20%F0%9F%98%80");
  });

  test("a quoted value, as older versions of the specification wrote it, is unquoted and then decoded once", () => {
    expect(read({ ...REQUIRED, "ce-note": '"a \\"b\\" %2541"' })["note"]).toBe('a "b" %41');
  });

  test("UTF-8 that a client did not encode is read as UTF-8", () => {
    const bytesAsNodeShowsThem = Buffer.from("größe", "utf8").toString("latin1");

    expect(read({ ...REQUIRED, "ce-subject": bytesAsNodeShowsThem }).subject).toBe("größe");
  });

  test.each([
    ["Latin-1 that is no UTF-8", "S\u00e3o Paulo", "São Paulo"],
    ["Latin-1 beside what is encoded", "caf\u00e9%20au", "café au"],
    ["a % at the end", "50%", "50%"],
    ["a % before other than two hex digits", "5%-%2 %zz%20", "5%-%2 %zz "],
    ["a % before hex digits that are no UTF-8", "%FF-%e3%81", "%FF-%e3%81"],
    ["a quotation mark that ends nothing", '"a', '"a'],
  ])("%s, as those write who do not percent-encode, is read as it stands", (_title, raw, text) => {
    const event = read({ ...REQUIRED, "ce-subject": raw });

    expect(event.subject).toBe(text);
    expect(read(writeEvent(event).headers).subject).toBe(text);
  });

  test.each([
    ["a number", "42", 42],
    ["a string", '"foo"', "foo"],
    ["null", "null", null],
    ["true", "true", true],
    ["leading white space", '\n  {"a":1}', { a: 1 }],
    ["a list", "[1,2]", [1, 2]],
  ])("JSON data may be %s", (_title, body, data) => {
    expect(read({ ...REQUIRED, "content-type": "application/json" }, body).data).toEqual(data);
  });

  test.each([
    "application/json",
    "Application/JSON",
    "application/json;charset=utf-8",
    "application/json; charset=UTF-8",
    'application/json ; Charset="utf-8"',
    "application/vnd.example+json",
    "text/json",
  ])("data of type %s is parsed as JSON", (type) => {
    expect(read({ ...REQUIRED, "content-type": type }, '{"a":1}').data).toEqual({ a: 1 });
  });

  test("other content is text or bytes", () => {
    expect(read({ ...REQUIRED, "content-type": "text/plain" }, "42").data).toBe("42");
    expect(read({ ...REQUIRED, "content-type": "application/avro" }, "\u0000\u0001").data).toEqual(Buffer.from([0, 1]));
  });

  test("without a body there is no data", () => {
    expect(Object.hasOwn(read({ ...REQUIRED, "content-type": "application/json" }), "data")).toBe(false);
  });

  test("a key __proto__ in the data is data and nothing else", () => {
    const { data } = read({ ...REQUIRED, "content-type": "application/json" }, '{"__proto__":{"x":1}}');

    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect((data as { x?: number }).x).toBeUndefined();
  });
});

describe("structured mode", () => {
  test("the JSON format's example is read", () => {
    const event = {
      specversion: "1.0",
      type: "com.example.someevent",
      source: "/mycontext",
      subject: null,
      id: "C234-1234-1234",
      time: "2018-04-05T17:31:00Z",
      comexampleextension1: "value",
      comexampleothervalue: 5,
      datacontenttype: "application/json",
      data: { appinfoA: "abc", appinfoB: 123, appinfoC: true },
    };

    const { subject: _unset, ...rest } = event;
    expect(structured(event)).toEqual(rest);
  });

  test.each([[0], [false], [""], [null], [[1]]])("data %j is kept", (data) => {
    expect(structured({ specversion: "1.0", id: "1", source: "/s", type: "t", data }).data).toEqual(data);
  });

  test("data_base64 is bytes", () => {
    const event = { specversion: "1.0", id: "1", source: "/s", type: "t", datacontenttype: "application/avro" };

    expect(structured({ ...event, data_base64: "AAEC" }).data).toEqual(Buffer.from([0, 1, 2]));
    expect(structured({ ...event, data: null, data_base64: "AAEC" }).data).toEqual(Buffer.from([0, 1, 2]));
  });

  test("any spelling of the content type will do", () => {
    const event = { specversion: "1.0", id: "1", source: "/s", type: "t" };

    for (const type of [
      "application/cloudevents+json;charset=UTF-8",
      "Application/CloudEvents+JSON",
      "application/cloudevents",
    ]) {
      expect(structured(event, type)).toEqual(event);
    }
  });
});

describe("what is no CloudEvent is refused with the cure", () => {
  const without = (name: string) => Object.fromEntries(Object.entries(REQUIRED).filter(([key]) => key !== name));
  const json = { ...REQUIRED, "content-type": "application/json" };
  test.each<[string, string, () => unknown, RegExp]>([
    [
      "no header of CloudEvents",
      "not-a-cloudevent",
      () => read({ "content-type": "text/html" }),
      /ce-specversion: 1\.0/,
    ],
    ["no id", "missing-attribute", () => read(without("ce-id")), /ce-id/],
    ["no source", "missing-attribute", () => read(without("ce-source")), /ce-source/],
    ["no type", "missing-attribute", () => read(without("ce-type")), /ce-type/],
    ["no specversion", "missing-attribute", () => read(without("ce-specversion")), /ce-specversion/],
    ["an empty id", "missing-attribute", () => read({ ...REQUIRED, "ce-id": "" }), /ce-id/],
    ["specversion 9.9", "specversion", () => read({ ...REQUIRED, "ce-specversion": "9.9" }), /1\.0/],
    ["a time that is none", "time", () => read({ ...REQUIRED, "ce-time": "yesterday" }), /RFC 3339/],
    ["the 31st of April", "time", () => read({ ...REQUIRED, "ce-time": "2026-04-31T00:00:00Z" }), /RFC 3339/],
    ["a name with _", "attribute-name", () => read({ ...REQUIRED, "ce-my_id": "1" }), /lower-case/],
    ["ce-datacontenttype", "attribute-name", () => read({ ...REQUIRED, "ce-datacontenttype": "a/b" }), /Content-Type/],
    [
      "an encoded control character",
      "attribute-value",
      () => read({ ...REQUIRED, "ce-subject": "a%0Ab" }),
      /the header ce-subject holds a control/,
    ],
    ["an attribute too long", "attribute-size", () => read({ ...REQUIRED, "ce-subject": "x".repeat(4097) }), /4096/],
    ["a header twice", "duplicate-header", () => readEvent([...raw(REQUIRED), "CE-Id", "2"], Buffer.alloc(0)), /twice/],
    ["broken JSON", "invalid-json", () => read(json, "{"), /not valid JSON/],
    ["JSON of too many objects", "json-size", () => read(json, `[${"{},".repeat(5000)}{}]`), /4096 objects and lists/],
    ["JSON of too many members", "json-size", () => read(json, `[${"0,".repeat(70_000)}0]`), /65536 members/],
    ["JSON nested too deep", "json-depth", () => read(json, "[".repeat(100_000)), /64/],
    ["data that is not UTF-8", "charset", () => read(json, Buffer.from([0x22, 0xff, 0x22])), /utf-8/],
    [
      "a charset nobody knows",
      "charset",
      () => read({ ...json, "content-type": "text/plain;charset=x" }, "a"),
      /UTF-8/,
    ],
    [
      "a content type that is none",
      "content-type",
      () => read({ ...json, "content-type": "nonsense" }, "1"),
      /media type/,
    ],
    ["a batch", "batch-mode", () => structured("[]", "application/cloudevents-batch+json"), /request of its own/],
    [
      "another event format",
      "event-format",
      () => structured("<a/>", "application/cloudevents+xml"),
      /cloudevents\+json/,
    ],
    ["a structured list", "not-a-cloudevent", () => structured([]), /one JSON object/],
    [
      "a structured event without id",
      "missing-attribute",
      () => structured({ specversion: "1.0", source: "/", type: "t" }),
      /"id"/,
    ],
    [
      "an id that is a number",
      "attribute-type",
      () => structured({ specversion: "1.0", id: 1, source: "/", type: "t" }),
      /string/,
    ],
    [
      "an upper-case member",
      "attribute-name",
      () => structured({ specversion: "1.0", id: "1", source: "/", type: "t", Foo: 1 }),
      /Foo/,
    ],
    [
      "a fraction as extension",
      "attribute-type",
      () => structured({ specversion: "1.0", id: "1", source: "/", type: "t", f: 1.5 }),
      /integer/,
    ],
    [
      "__proto__ as member",
      "attribute-name",
      () => structured('{"specversion":"1.0","id":"1","source":"/","type":"t","__proto__":{}}'),
      /__proto__/,
    ],
    [
      "data in both forms",
      "data",
      () => structured({ specversion: "1.0", id: "1", source: "/", type: "t", data: 1, data_base64: "AA==" }),
      /not both/,
    ],
    [
      "base64 that is none",
      "data",
      () => structured({ specversion: "1.0", id: "1", source: "/", type: "t", data_base64: "A" }),
      /base64/,
    ],
  ])("%s", (_title, code, work, cure) => {
    const error = refusal(work);

    expect(error.code).toBe(code);
    expect(error.message).toMatch(cure);
  });
});
