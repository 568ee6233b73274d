// Messages that the CloudEvents SDK for Java (4.0.1) made: each event in binary and in structured mode. What made them is
// functions/lib/broker/kafka/fixtures/CloudEventsPeer.java, with `messages`.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readMessage, writeMessage } from "./kafka-binding.ts";

interface JavaMessage {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64. */
  readonly value: string | null;
}

const messages = readFileSync(new URL("fixtures/kafka-java-sdk.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as JavaMessage)
  .map(({ value, ...message }) => ({ ...message, value: value === null ? null : Buffer.from(value, "base64") }));

const CORE = { specversion: "1.0", source: "/java/peer", type: "com.example.tide" };
const TIDE = { level: 3, name: "Ebbe 🌊" };
const EVENTS = [
  { ...CORE, id: "minimal" },
  { ...CORE, id: "json", datacontenttype: "application/json", data: TIDE },
  { ...CORE, id: "text", datacontenttype: "text/plain; charset=utf-8", data: "Köln\r\n" },
  { ...CORE, id: "xml", datacontenttype: "application/xml", data: '<much wow="xml"/>' },
  {
    ...{ ...CORE, id: "avro", datacontenttype: "application/avro", dataschema: "urn:wadi:flights:1" },
    data: Buffer.from([0x00, 0xff, 0xc3, 0x28, 0x0a]),
  },
  {
    ...{ ...CORE, id: "all", subject: "Euro € 😀 100%20", time: "2018-04-05T03:56:24.123Z" },
    ...{ partitionkey: "k-1", whole: -7, yes: true, datacontenttype: "application/json", data: TIDE },
  },
];

describe.each(EVENTS.map((event, i) => [event.id, event, messages[2 * i], messages[2 * i + 1]] as const))(
  "of the SDK for Java, the event %s",
  (_id, event, binary, structured) => {
    const asText = Object.entries(event).map(([name, value]) => [
      name,
      /^(whole|yes)$/.test(name) ? `${value}` : value,
    ]);

    test("is read in both modes", () => {
      expect(readMessage(binary as never)).toEqual(Object.fromEntries(asText));
      expect(readMessage(structured as never)).toEqual(event);
    });

    test("has the key and the headers that we write, and the value to the byte, but for JSON's spaces", () => {
      const ours = writeMessage(event);
      const isJson = "datacontenttype" in event && event.datacontenttype === "application/json";

      expect(ours.key).toBe(binary?.key);
      expect(ours.headers).toEqual(binary?.headers);
      expect(isJson ? JSON.parse(String(ours.value)) : ours.value).toEqual(
        isJson ? JSON.parse(String(binary?.value)) : binary?.value,
      );
    });
  },
);
