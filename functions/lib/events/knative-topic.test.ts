// The topic of a Knative Broker, read from Kafka, and the same events as its dispatcher hands them to a function over HTTP.
// What the real one does with headers was seen with eventing-kafka-broker of 2026-07: its receiver takes each byte of a
// header for a character, its dispatcher writes each character as a byte, `?` for what is beyond one; nothing is
// percent-encoded or decoded.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedEventError } from "../errors.ts";
import { readEvent, writeEvent } from "./codec.ts";
import { readMessage, writeMessage } from "./kafka-binding.ts";
import type { Event } from "./vocabulary.ts";

type Texts = Readonly<Record<string, string>>;

/** In binary mode: what the receiver puts into Kafka. */
function received(event: Event): Texts {
  const entries = Object.entries(writeEvent(event).headers).filter(([name]) => name.startsWith("ce-"));
  return Object.fromEntries(
    entries.map(([name, value]) => [name.slice(3), Buffer.from(String(value), "utf8").toString("latin1")]),
  );
}

/** As Node's HTTP server shows what the dispatcher wrote. */
function dispatched(topic: Texts): string[] {
  const onTheWire = (text: string) => {
    const bytes = Array.from({ length: text.length }, (_, i) => (text.charCodeAt(i) > 0xff ? 63 : text.charCodeAt(i)));
    return Buffer.from(bytes).toString("latin1");
  };
  return Object.entries(topic).flatMap(([name, text]) => [`Ce-${name}`, onTheWire(text)]);
}

const fromHttp = (topic: Texts) => readEvent(dispatched(topic), Buffer.alloc(0));
const fromKafka = (topic: Texts) => {
  const headers = Object.entries(topic).map(([name, text]) => [`ce_${name}`, Buffer.from(text, "utf8")]);
  return readMessage({ value: null, headers: Object.fromEntries(headers) }, "knative");
};

/** The event, or the code of the refusal. */
function outcome(read: () => Event): Event | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedEventError) return error.code;
    throw error;
  }
}

const named = (id: string): Event => ({ specversion: "1.0", id, source: "/s", type: "t" });
// biome-ignore lint/suspicious/noControlCharactersInRegex: what the specification forbids
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f]|%[\da-f]{2}/i;
const attribute = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((text) => text.trim() === text && !FORBIDDEN.test(text) && text.isWellFormed());
const rude = fc
  .array(fc.constantFrom("%", "%20", "%2", "%E3", "a", "f", '"', "\\", "é", "ã", "東", "😀", "Ã", "£"), {
    minLength: 1,
  })
  .map((parts) => parts.join(""));

describe("an event in the topic of a Knative Broker", () => {
  test.each(["order q1", "50%", "São Paulo", "東京", 'a "b"', "100%25", "😀"])(
    "that came in binary mode is %j to a function and to who reads the log",
    (text) => {
      const topic = received(named(text));

      expect(fromHttp(topic).id).toBe(text);
      expect(fromKafka(topic).id).toBe(text);
    },
  );

  test.each([
    ["São Paulo", "São Paulo"],
    ["50%", "50%"],
    ["order%20q1", "order q1"],
    ["東京", "??"],
    ["a 😀", "a ??"],
  ])("that came in structured mode as %j is %j to both", (text, seen) => {
    const topic = { ...named(text) } as unknown as Texts;

    expect(fromHttp(topic).id).toBe(seen);
    expect(fromKafka(topic).id).toBe(seen);
  });

  test("that came in structured mode with an id of two quotes has none, for both", () => {
    const topic = { ...named('""') } as unknown as Texts;

    expect(outcome(() => fromHttp(topic))).toBe("missing-attribute");
    expect(outcome(() => fromKafka(topic))).toBe("missing-attribute");
  });

  test("has one name, whatever the client wrote, and in whichever mode", () => {
    fc.assert(
      fc.property(fc.oneof(attribute, rude), (text) => {
        const [binary, structured] = [received(named(text)), named(text) as unknown as Texts];

        expect(fromKafka(binary)).toEqual(fromHttp(binary));
        expect(fromKafka(binary).id).toBe(text);
        // Raw, `""` is an empty quoted string: no id, for both.
        expect(outcome(() => fromKafka(structured))).toEqual(outcome(() => fromHttp(structured)));
      }),
    );
  });

  test("that we put there ourselves, as a dead letter sent again, is the same to a function", () => {
    fc.assert(
      fc.property(fc.oneof(attribute, rude), (subject) => {
        const event = { ...named("a"), subject, partitionkey: subject };
        const { headers, key } = writeMessage(event, "binary", "knative");
        const topic = Object.entries(headers).map(([name, text]) => [name.replace(/^ce_/, ""), text]);

        expect(fromHttp(Object.fromEntries(topic))).toEqual(event);
        expect(key).toBe(headers["ce_partitionkey"]);
      }),
    );
  });
});
