// Whatever event: what is written reads back the same, here and in the `cloudevents` package where that one is right.

import { CloudEvent, HTTP, type Message } from "cloudevents";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedEventError } from "../errors.ts";
import { readEvent, writeEvent } from "./codec.ts";
import type { Event } from "./vocabulary.ts";

const REQUIRED = { "ce-specversion": "1.0", "ce-id": "a-1", "ce-source": "/s", "ce-type": "t" };
const raw = (headers: Record<string, unknown>) => Object.entries(headers).flatMap(([k, v]) => [k, String(v)]);
const read = (headers: Record<string, unknown>, body: string | Buffer = "") =>
  readEvent(raw(headers), Buffer.from(body));
const readAgain = (message: Message<Buffer | string>) => read(message.headers, message.body as Buffer | string);

const attribute = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what the specification forbids
  return text.trim() === text && text !== "" && !/[\u0000-\u001f\u007f-\u009f]/.test(text) && text.isWellFormed();
});
const jsonValue = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const anyEvent: fc.Arbitrary<Event> = fc.record(
  {
    specversion: fc.constant("1.0"),
    id: attribute,
    source: attribute,
    type: attribute,
    subject: attribute,
    time: fc
      .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString()),
    datacontenttype: fc.constant("application/json"),
    note: attribute,
    data: jsonValue,
  },
  { requiredKeys: ["specversion", "id", "source", "type", "datacontenttype", "data"] },
) as fc.Arbitrary<Event>;

describe("any event", () => {
  test("written and read is the same", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(readAgain(writeEvent(event))).toEqual(event);
      }),
    );
  });

  test("with bytes as data, written and read is the same", () => {
    fc.assert(
      fc.property(anyEvent, fc.uint8Array({ minLength: 1 }), (event, bytes) => {
        const binary = { ...event, datacontenttype: "application/avro", data: Buffer.from(bytes) };

        expect(readAgain(writeEvent(binary))).toEqual(binary);
      }),
    );
  });

  test("that the cloudevents package writes in structured mode is read the same", () => {
    fc.assert(
      fc.property(anyEvent, fc.dictionary(fc.string(), fc.integer()), (any, data) => {
        const event = { ...any, source: "/a/b" };
        const message = HTTP.structured(new CloudEvent({ ...event, data } as Event));

        expect(read(message.headers, message.body as string)).toMatchObject({ ...event, data });
      }),
    );
  });

  test("that we write, with plain ASCII and an object as data, the cloudevents package reads the same", () => {
    const ascii = fc.stringMatching(/^[a-z0-9:/.-]{1,20}$/);
    fc.assert(
      fc.property(ascii, ascii, ascii, fc.dictionary(fc.string(), fc.integer()), (id, source, type, data) => {
        const event = { specversion: "1.0", id, source, type, time: "2026-01-31T08:30:00.000Z", data } as Event;
        const { headers, body } = writeEvent(event);

        const theirs = HTTP.toEvent({ headers, body: body as string }) as CloudEvent<unknown>;

        expect(theirs.toJSON()).toMatchObject({ id, source, type, data });
      }),
    );
  });

  test("made of whatever bytes is read or refused, and nothing else happens", () => {
    const header = fc.tuple(
      fc.constantFrom("ce-id", "ce-type", "content-type", "ce-x", "ce-time", "CE-SOURCE"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(header), fc.uint8Array(), (headers, body) => {
        try {
          readEvent([...raw(REQUIRED), ...headers.flat()], Buffer.from(body));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedEventError);
        }
      }),
    );
  });
});
