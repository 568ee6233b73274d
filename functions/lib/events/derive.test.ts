import { describe, expect, test } from "vitest";
import { RejectedError } from "../errors.ts";
import { readEvent, writeEvent } from "./codec.ts";
import { derive, MAX_DERIVED_BYTES, MAX_DERIVED_HEADER_BYTES } from "./derive.ts";
import { type Event, EventType } from "./vocabulary.ts";

const CARRIED = {
  subject: "f-1",
  time: "2026-01-01T00:00:00Z",
  partitionkey: "f-1",
  pipeline: "flights",
  recordedtime: "2026-01-01T00:00:01.000Z",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "a=b",
};
const LEFT = {
  knativekafkapartition: "3",
  knativekafkaoffset: "7",
  knativeerrordest: "http://learn",
  knativeerrorcode: "422",
  knativeerrordata: "e30=",
  wadireason: "schema",
  labelled: "true",
  learnedid: "1",
  clientsource: "/airport",
  clientid: "f-1",
  dataschema: "urn:wadi:flights:1",
  mine: "x",
};
const cause = (more: object = {}): Event =>
  ({
    specversion: "1.0",
    id: "cause-1",
    source: "/s",
    type: "t",
    datacontenttype: "a/b",
    data: "old",
    ...more,
  }) as Event;
const derivation = (more: object = {}) => ({
  type: EventType.featuresExtracted,
  pipeline: "flights",
  step: "featurize" as const,
  data: { a: 1 },
  ...more,
});

test("subject, times, partition key, pipeline and trace are carried, and nothing else is", () => {
  const derived = derive(cause({ ...CARRIED, ...LEFT }), derivation());

  expect(derived).toEqual({
    specversion: "1.0",
    id: "cause-1",
    source: "/wadi/flights/featurize",
    type: EventType.featuresExtracted,
    datacontenttype: "application/json",
    ...CARRIED,
    data: { a: 1 },
  });
});

test("what the cause has not is not there, rather than undefined", () => {
  expect(Object.keys(derive(cause(), derivation()))).toEqual([
    "specversion",
    "id",
    "source",
    "type",
    "datacontenttype",
    "data",
  ]);
});

test("attributes of its own come beside the carried ones, or in their place", () => {
  const derived = derive(
    cause(CARRIED),
    derivation({ id: "own", attributes: { labelled: true, partitionkey: "set" } }),
  );

  expect(derived).toMatchObject({ id: "own", labelled: true, partitionkey: "set", subject: "f-1" });
});

describe("sizes", () => {
  /** Derived from a cause, with `bytes` in all. */
  const ofSize = (bytes: number, unit: string) => {
    const empty = Buffer.byteLength(JSON.stringify(derive(cause(), derivation({ data: { text: "" } }))));
    const unitBytes = Buffer.byteLength(JSON.stringify(unit)) - 2;
    const rest = bytes - empty;
    const text = unit.repeat(Math.floor(rest / unitBytes)) + "x".repeat(rest % unitBytes);
    return () => derive(cause(), derivation({ data: { text } }));
  };

  test.each([
    ["plain text", "x"],
    ["text that JSON escapes", "\u0001"],
    ["text of several bytes", "€"],
    ["text beyond the first plane", "😀"],
  ])("%s may have just the limit, and not a byte more", (_title, unit) => {
    expect(Buffer.byteLength(JSON.stringify(ofSize(MAX_DERIVED_BYTES, unit)()))).toBe(MAX_DERIVED_BYTES);
    expect(ofSize(MAX_DERIVED_BYTES + 1, unit)).toThrow(RejectedError);
    expect(ofSize(MAX_DERIVED_BYTES + 1, unit)).toThrow(new RegExp(`${MAX_DERIVED_BYTES + 1} bytes`));
  });

  test("many small numbers count as well", () => {
    const x = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`feature-${i}`, 1]));

    expect(() => derive(cause(), derivation({ data: { x } }))).toThrow(/allowed/);
  });

  test.each([
    ["ASCII", "x"],
    ["what is percent-encoded", "€"],
  ])("attributes of %s, as headers, may have just their limit, or the next hop would refuse them", (_title, unit) => {
    const headers = (event: Event) =>
      Object.entries(writeEvent(event).headers)
        .filter(([name]) => name !== "content-type")
        .reduce((sum, [name, value]) => sum + `${name}: ${value}\r\n`.length, 0) +
      "ce-datacontenttype: application/json\r\n".length;
    const bytesOf = (text: string) => encodeURIComponent(text).length;
    const base = headers(derive(cause({ subject: "x" }), derivation())) - 1;
    const units = unit.repeat(Math.floor((MAX_DERIVED_HEADER_BYTES - base) / bytesOf(unit)));
    const subject = units + "x".repeat(MAX_DERIVED_HEADER_BYTES - base - bytesOf(units));

    const derived = derive(cause({ subject }), derivation());

    expect(headers(derived)).toBe(MAX_DERIVED_HEADER_BYTES);
    expect(() => derive(cause({ subject: `${subject}x` }), derivation())).toThrow(/shorten id, source or subject/);
  });

  test("a derived event reads back the same after its hop", () => {
    const derived = derive(cause({ ...CARRIED, subject: 'Köln "1" 100%' }), derivation());
    const { headers, body } = writeEvent(derived);

    expect(readEvent(Object.entries(headers).flat() as string[], Buffer.from(body as string))).toEqual(derived);
  });
});
