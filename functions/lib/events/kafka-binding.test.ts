// Goldens: the examples of the CloudEvents 1.0.2 Kafka protocol binding (3.2.5, 3.3.4) and of the conformance suite's
// feature "Kafka Protocol Binding".

import { describe, expect, test } from "vitest";
import { MalformedEventError } from "../errors.ts";
import { type ConsumedMessage, MAX_MESSAGE_BYTES, readMessage, writeMessage } from "./kafka-binding.ts";
import type { Event } from "./vocabulary.ts";

const EXAMPLE = {
  specversion: "1.0",
  type: "com.example.someevent",
  source: "/mycontext/subcontext",
  id: "1234-1234-1234",
  time: "2018-04-05T03:56:24Z",
};
const REQUIRED = { ce_specversion: "1.0", ce_id: "a-1", ce_source: "/s", ce_type: "t" };

/** As a consumer has them: every header is bytes. */
const bytes = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
const read = (headers: Record<string, string>, value: string | Buffer | null = null) =>
  readMessage({ headers: bytes(headers), value: value === null ? null : Buffer.from(value as string) });
const again = ({ headers, value }: ReturnType<typeof writeMessage>) => readMessage({ headers: bytes(headers), value });
const structured = (event: unknown, type = "application/cloudevents+json; charset=UTF-8") =>
  read({ "content-type": type }, typeof event === "string" ? event : JSON.stringify(event));

function refusal(message: ConsumedMessage): MalformedEventError {
  try {
    readMessage(message);
  } catch (error) {
    if (error instanceof MalformedEventError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("binary mode", () => {
  const headers = {
    ce_specversion: "1.0",
    ce_type: "com.example.someevent",
    ce_source: "/mycontext/subcontext",
    ce_id: "1234-1234-1234",
    ce_time: "2018-04-05T03:56:24Z",
  };

  test("the specification's example is read with every attribute in its place, and its Avro to the byte", () => {
    const avro = Buffer.from([0x00, 0xff, 0xc3, 0x28, 0x0a]);

    expect(read({ ...headers, "content-type": "application/avro" }, avro)).toEqual({
      ...EXAMPLE,
      datacontenttype: "application/avro",
      data: avro,
    });
  });

  test("the specification's example is written with the headers of the specification", () => {
    const event = { ...EXAMPLE, datacontenttype: "application/avro", partitionkey: "mykey", data: Buffer.from([0, 1]) };

    expect(writeMessage(event)).toEqual({
      key: "mykey",
      headers: { ...headers, ce_partitionkey: "mykey", "content-type": "application/avro" },
      value: Buffer.from([0, 1]),
    });
  });

  test("the conformance suite's message is read", () => {
    expect(read({ ...headers, "content-type": "application/json" }, `{"message": "Hello World!"}`)).toEqual({
      ...EXAMPLE,
      datacontenttype: "application/json",
      data: { message: "Hello World!" },
    });
  });

  test("header values are UTF-8, not percent-encoded", () => {
    const event = read({ ...REQUIRED, ce_subject: "Euro € 😀 100%20" });

    expect(event.subject).toBe("Euro € 😀 100%20");
    expect(writeMessage(event).headers["ce_subject"]).toBe("Euro € 😀 100%20");
  });

  test("a header that is no UTF-8 is read as Latin-1: an event is not lost for its spelling", () => {
    const subject = Buffer.from("São Paulo", "latin1");

    expect(readMessage({ value: null, headers: { ...bytes(REQUIRED), ce_subject: subject } }).subject).toBe(
      "São Paulo",
    );
  });

  test("numbers and booleans are written as their text", () => {
    const event = { ...EXAMPLE, labelled: true, redriven: 2, negative: -1 };

    expect(writeMessage(event).headers).toMatchObject({ ce_labelled: "true", ce_redriven: "2", ce_negative: "-1" });
    expect(again(writeMessage(event))).toMatchObject({ labelled: "true", redriven: "2", negative: "-1" });
  });

  test("an event without data is a message without value, and back", () => {
    expect(writeMessage(EXAMPLE)).toMatchObject({ value: null });
    expect(again(writeMessage(EXAMPLE))).toEqual(EXAMPLE);
    expect(read({ ...headers, "content-type": "application/json" })).toEqual({
      ...EXAMPLE,
      datacontenttype: "application/json",
    });
  });

  test.each<[string, unknown]>([
    ["application/json", null],
    ["application/json", "text"],
    ["application/json", 0],
    ["application/json; charset=utf-8", { a: [1, { b: "€" }] }],
    ["application/vnd.tide+json", []],
    ["text/plain", ""],
    ["text/plain", "\uFEFFwith a mark\u0000 and a nought\r\n"],
    ["application/xml", '<much wow="xml"/>'],
    ["application/octet-stream", Buffer.alloc(0)],
    ["application/avro", Buffer.from([0xef, 0xbb, 0xbf, 0x00, 0xff])],
  ])("%s: %j comes back the same", (datacontenttype, data) => {
    const event = { ...EXAMPLE, datacontenttype, data };

    expect(again(writeMessage(event))).toEqual(event);
    expect(again(writeMessage(event, "structured"))).toEqual(event);
  });

  test("text in another charset is decoded, and written as UTF-8", () => {
    const event = read(
      { ...REQUIRED, "content-type": "text/plain; charset=iso-8859-1" },
      Buffer.from("Köln", "latin1"),
    );

    expect(event.data).toBe("Köln");
    expect(writeMessage(event)).toMatchObject({
      value: Buffer.from("Köln"),
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  });

  test("a value without content-type is JSON, and is written as JSON", () => {
    const event = read(REQUIRED, `{"a":1}`);

    expect(event.data).toEqual({ a: 1 });
    expect(writeMessage(event).headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  test.each([{ "content-type": "text/plain" }, {}])(
    "ce_datacontenttype, as the JavaScript SDK writes it, is the type",
    (beside) => {
      const event = read({ ...REQUIRED, ...beside, ce_datacontenttype: "text/plain" }, "x");

      expect(event).toMatchObject({ datacontenttype: "text/plain", data: "x" });
    },
  );

  test("header names are read in any case, and other headers are left alone, doubles and all", () => {
    const { ce_id, ...others } = bytes({ ...REQUIRED, "Content-Type": "text/plain" });
    const foreign = { traceid: [Buffer.from("a"), Buffer.from([0xff])], empty: null, cent: Buffer.from([0xff]) };

    expect(readMessage({ headers: { ...others, CE_Id: ce_id, ...foreign }, value: Buffer.from("x") })).toEqual({
      specversion: "1.0",
      id: "a-1",
      source: "/s",
      type: "t",
      datacontenttype: "text/plain",
      data: "x",
    });
  });
});

describe("structured mode", () => {
  test("the specification's example is read", () => {
    const event = { ...EXAMPLE, datacontenttype: "application/xml", data: '<much wow="xml"/>' };

    expect(structured(event)).toEqual(event);
  });

  test.each([
    "application/cloudevents+json",
    "application/cloudevents+json; charset=utf-8",
    "Application/CloudEvents+JSON",
  ])("the conformance suite's message is read as %s", (type) => {
    const event = { ...EXAMPLE, datacontenttype: "application/json", data: { message: "Hello World!" } };

    expect(structured(event, type)).toEqual(event);
  });

  test("numbers and booleans stay what they are, bytes go as base64", () => {
    const event = {
      ...EXAMPLE,
      labelled: true,
      n: 7,
      datacontenttype: "application/avro",
      data: Buffer.from([0, 255]),
    };
    const message = writeMessage(event, "structured");

    expect(message.headers).toEqual({ "content-type": "application/cloudevents+json; charset=UTF-8" });
    expect(JSON.parse(String(message.value))).toMatchObject({ labelled: true, n: 7, data_base64: "AP8=" });
    expect(again(message)).toEqual(event);
  });

  test("an event without data still has a value: it deletes nothing", () => {
    expect(writeMessage(EXAMPLE, "structured").value).not.toBeNull();
    expect(again(writeMessage(EXAMPLE, "structured"))).toEqual(EXAMPLE);
  });

  test("headers of binary mode beside it change nothing", () => {
    const { headers, value } = writeMessage(EXAMPLE, "structured");

    expect(readMessage({ headers: bytes({ ...headers, ce_id: "another", ce_x: "y" }), value })).toEqual(EXAMPLE);
  });
});

describe("the key", () => {
  test.each([
    ["a/b €", "a/b €"],
    ["", ""],
    [7, "7"],
  ])("of an event with partitionkey %j is %j", (partitionkey, key) => {
    const event = { ...EXAMPLE, partitionkey };

    expect(writeMessage(event).key).toBe(key);
    expect(writeMessage(event, "structured").key).toBe(key);
    expect(again(writeMessage(event))["partitionkey"]).toBe(key);
  });

  test("of an event without partitionkey is none", () => {
    expect(writeMessage(EXAMPLE).key).toBeNull();
  });

  test("that a message has adds nothing to its event", () => {
    const message = { ...writeMessage(EXAMPLE), key: Buffer.from("mine") };

    expect(readMessage(message)).toEqual(EXAMPLE);
  });
});

describe("a message that is no CloudEvent is refused, and the refusal says what to do", () => {
  const cases: readonly [string, ConsumedMessage, string, RegExp][] = [
    ["a tombstone", { value: null }, "tombstone", /deletes a key .* is no event/],
    ["a tombstone with others' headers", { value: null, headers: { trace: "x" } }, "tombstone", /ce_specversion/],
    ["plain JSON", { value: Buffer.from("{}"), headers: {} }, "not-a-cloudevent", /ce_specversion: 1.0, ce_id/],
    ["HTTP's headers", { value: Buffer.from("{}"), headers: { "ce-id": "1" } }, "not-a-cloudevent", /no ce_ headers/],
    ["no ce_id", { value: null, headers: { ...REQUIRED, ce_id: undefined } }, "missing-attribute", /"ce_id: a-1"/],
    ["no specversion", { value: null, headers: { ce_id: "1" } }, "missing-attribute", /"ce_specversion: 1.0"/],
    ["an empty id", { value: null, headers: { ...REQUIRED, ce_id: "" } }, "missing-attribute", /"ce_id: a-1"/],
    ["version 0.3", { value: null, headers: { ...REQUIRED, ce_specversion: "0.3" } }, "specversion", /send 1.0/],
    [
      "a header twice",
      { value: null, headers: { ...REQUIRED, ce_id: [Buffer.from("1"), Buffer.from("2")] } },
      "duplicate-header",
      /ce_id is there 2 times/,
    ],
    ["a header twice in two cases", { value: null, headers: { ...REQUIRED, CE_ID: "2" } }, "duplicate-header", /ce_id/],
    [
      "a content-type twice",
      { value: Buffer.from("{}"), headers: { ...REQUIRED, "content-type": ["a/b", "c/d"] } },
      "duplicate-header",
      /content-type is there 2 times/,
    ],
    [
      "two spellings of content-type",
      { value: Buffer.from("{}"), headers: { ...REQUIRED, "content-type": "a/b", "Content-Type": "c/d" } },
      "duplicate-header",
      /content-type is there twice/,
    ],
    ["a header without value", { value: null, headers: { ...REQUIRED, ce_x: null } }, "attribute-value", /ce_x has no/],
    [
      "a header of another type",
      { value: null, headers: { ...REQUIRED, ce_x: 7 } } as never,
      "attribute-value",
      /ce_x has no value/,
    ],
    [
      "a control character",
      { value: null, headers: { ...REQUIRED, ce_x: "a\nb" } },
      "attribute-value",
      /the header ce_x holds a control/,
    ],
    ["a long header", { value: null, headers: { ...REQUIRED, ce_x: "x".repeat(4097) } }, "attribute-size", /4096/],
    ["a name no attribute has", { value: null, headers: { ...REQUIRED, ce_a_b: "x" } }, "attribute-name", /a_b/],
    ["the name data", { value: null, headers: { ...REQUIRED, ce_data: "x" } }, "attribute-name", /data/],
    [
      "two content types",
      { value: null, headers: { ...REQUIRED, "content-type": "a/b", ce_datacontenttype: "c/d" } },
      "duplicate-header",
      /send content-type alone/,
    ],
    [
      "65 attributes",
      { value: null, headers: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`ce_x${i}`, "x"])) },
      "attribute-count",
      /64/,
    ],
    ["a bad time", { value: null, headers: { ...REQUIRED, ce_time: "yesterday" } }, "time", /RFC 3339/],
    ["no media type", { value: null, headers: { ...REQUIRED, "content-type": "json" } }, "content-type", /application/],
    ["bad JSON", { value: Buffer.from("{"), headers: REQUIRED }, "invalid-json", /not valid JSON/],
    [
      "text that is not UTF-8",
      { value: Buffer.from([0xff]), headers: REQUIRED },
      "charset",
      /the body is not valid utf-8/,
    ],
    ["a value past 1 MiB", { value: Buffer.alloc(MAX_MESSAGE_BYTES + 1), headers: REQUIRED }, "too-large", /1048576/],
    [
      "a batch",
      { value: Buffer.from("[]"), headers: { "content-type": "application/cloudevents-batch+json" } },
      "batch-mode",
      /each event as a message of its own/,
    ],
    [
      "an event format that is not known",
      { value: Buffer.from("x"), headers: { "content-type": "application/cloudevents+avro" } },
      "event-format",
      /send application\/cloudevents\+json/,
    ],
    [
      "structured mode without a value",
      { value: null, headers: { "content-type": "application/cloudevents+json" } },
      "not-a-cloudevent",
      /has no value/,
    ],
    [
      "a structured list",
      { value: Buffer.from("[]"), headers: { "content-type": "application/cloudevents+json" } },
      "not-a-cloudevent",
      /one JSON object/,
    ],
  ];

  test.each(cases)("%s", (_title, message, code, text) => {
    const error = refusal(message);

    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
  });
});

test("what writes a message leaves the event as it was", () => {
  const event: Event = Object.freeze({ ...EXAMPLE, partitionkey: "k", data: Object.freeze({ a: 1 }) });

  expect(() => [writeMessage(event), writeMessage(event, "structured")]).not.toThrow();
});
