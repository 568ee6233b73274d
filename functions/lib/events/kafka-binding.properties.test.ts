// Whatever event: what is written as a Kafka message reads back the same, here and in the `cloudevents` package.

import { CloudEvent, Kafka } from "cloudevents";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedEventError } from "../errors.ts";
import { readMessage, rereadOf, writeMessage } from "./kafka-binding.ts";
import type { Event } from "./vocabulary.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((value) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what the specification forbids
  return !/[\u0000-\u001f\u007f-\u009f]/.test(value) && value.isWellFormed();
});
const jsonValue = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const content = fc.oneof(
  fc.record({ datacontenttype: fc.constantFrom("application/json", "text/json; charset=UTF-8"), data: jsonValue }),
  fc.record({
    datacontenttype: fc.constant("text/plain"),
    data: fc.string({ unit: "binary" }).filter((s) => s.isWellFormed()),
  }),
  fc.record({
    datacontenttype: fc.constantFrom("application/avro", "image/png"),
    data: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  }),
  fc.constant({}),
);
const attributes = fc.record(
  {
    specversion: fc.constant("1.0"),
    id: text,
    source: text,
    type: text,
    subject: text,
    partitionkey: text,
    note: text,
    time: fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }).map((d) => d.toISOString()),
  },
  { requiredKeys: ["specversion", "id", "source", "type"] },
);
const anyEvent = fc.tuple(attributes, content).map(([event, data]) => ({ ...event, ...data }) as Event);
const anyMode = fc.constantFrom("binary" as const, "structured" as const);

const consumed = ({ headers, value }: ReturnType<typeof writeMessage>) => ({
  value,
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
});

describe("any event", () => {
  test("written and read in either mode is the same", () => {
    fc.assert(
      fc.property(anyEvent, anyMode, (event, mode) => {
        expect(readMessage(consumed(writeMessage(event, mode)))).toEqual(event);
      }),
    );
  });

  test("whose attributes are numbers and booleans is the same in structured mode, and their text in binary mode", () => {
    fc.assert(
      fc.property(anyEvent, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.boolean(), (event, n, b) => {
        const typed = { ...event, n, b };

        expect(readMessage(consumed(writeMessage(typed, "structured")))).toEqual(typed);
        expect(readMessage(consumed(writeMessage(typed)))).toEqual({ ...event, n: String(n), b: String(b) });
      }),
    );
  });

  test("that was just written is known as its reader would make it, or has to be read", () => {
    const odd = fc.record(
      {
        subject: fc.oneof(fc.string({ unit: "binary", maxLength: 5 }), fc.constant("half a character: \ud800")),
        time: fc.constantFrom("2026-01-31T08:30:00Z", "2026-02-31T08:30:00Z", "yesterday"),
        labelled: fc.boolean(),
        n: fc.oneof(fc.integer(), fc.double()),
        No: text,
        large: fc.constant("x".repeat(5000)),
        datacontenttype: fc.constantFrom("application/json; charset=iso-8859-1", "application/json", "none", ""),
        data: fc.oneof(
          fc.constant(undefined),
          jsonValue,
          fc.constant("é".repeat(3000)),
          fc.constant({ at: new Date(0), n: -0 }),
          fc.constant({ deep: { n: -0 }, none: undefined, list: [1, undefined] }),
        ),
      },
      { requiredKeys: [] },
    );
    const seen = { known: 0, read: 0 };
    fc.assert(
      fc.property(anyEvent, fc.option(odd, { freq: 2 }), (event, more) => {
        const one = { ...event, ...more } as Event;
        let message: ReturnType<typeof writeMessage>;
        try {
          message = writeMessage(one);
        } catch {
          return; // it is refused before it is written
        }
        const known = rereadOf(one, message.value?.length ?? 0);

        seen[known === undefined ? "read" : "known"]++;
        if (known !== undefined) expect(known).toStrictEqual(readMessage(consumed(message)));
      }),
      { numRuns: 500 },
    );
    expect(Math.min(seen.known, seen.read)).toBeGreaterThan(20);
  });

  test("that the cloudevents package writes is read the same", () => {
    const data = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.integer());
    fc.assert(
      fc.property(attributes, data, anyMode, (event, data, mode) => {
        const theirs = Kafka[mode](new CloudEvent({ ...event, datacontenttype: "application/json", data }, false));
        const headers = theirs.headers as Record<string, string | undefined>;
        const value = Buffer.from(typeof theirs.value === "string" ? theirs.value : JSON.stringify(theirs.value));

        expect(readMessage({ headers, value })).toMatchObject({
          ...event,
          data,
        });
      }),
    );
  });

  test("made of whatever bytes is read or refused, and nothing else happens", () => {
    const header = fc.tuple(
      fc.constantFrom("ce_id", "ce_type", "content-type", "ce_x", "ce_time", "CE_SOURCE", "ce_", "__proto__"),
      fc.oneof(fc.uint8Array(), fc.string(), fc.constant(null), fc.array(fc.uint8Array())),
    );
    const required = { ce_specversion: "1.0", ce_id: "1", ce_source: "/s", ce_type: "t" };
    fc.assert(
      fc.property(fc.array(header), fc.option(fc.uint8Array()), (headers, value) => {
        try {
          readMessage({ headers: { ...required, ...Object.fromEntries(headers) }, value });
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedEventError);
        }
      }),
    );
  });
});
