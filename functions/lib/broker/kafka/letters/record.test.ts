// Dead letters as Knative's dispatcher and KafkaSink write them, whatever the event was.

import { expect, test } from "vitest";
import { NO_STATUS } from "../../dead-letter.ts";
import { letterOf } from "./record.ts";

const SOUND = { specversion: "1.0", id: "1", source: "/s", type: "dev.wadi.observation" };

function letterWith(attributes: Record<string, string>, value = '{"x":1}', more: Record<string, Buffer> = {}) {
  const headers = Object.entries(attributes).map(([name, text]) => [`ce_${name}`, Buffer.from(text)] as const);
  const written = { ...Object.fromEntries(headers), "content-type": Buffer.from("application/json"), ...more };
  return letterOf({ offset: "7", timestamp: "1000", value: Buffer.from(value), headers: written }, 8);
}

test.each<[string, Record<string, string>, string]>([
  ["what the step said", { wadireason: "schema", knativeerrorcode: "422" }, "schema"],
  ["the status where it said nothing", { knativeerrorcode: "503" }, "503"],
  ["the status where what it said is empty", { wadireason: "", knativeerrorcode: "500" }, "500"],
  ["that there was no status where Knative tells the destination alone", {}, NO_STATUS],
  ["that there was no status where Knative's is empty", { knativeerrorcode: "" }, NO_STATUS],
])("its reason is %s", (_title, told, reason) => {
  const letter = letterWith({ ...SOUND, knativeerrordest: "http://learn.wadi.svc.cluster.local/", ...told });

  expect(letter).toMatchObject({
    number: 8,
    trigger: "learn",
    time: 1000,
    reason,
    event: { ...SOUND, data: { x: 1 } },
  });
});

test.each<[string, Record<string, string>, string]>([
  ["an empty id", { ...SOUND, id: "" }, "missing-attribute"],
  ["specversion 0.3", { ...SOUND, specversion: "0.3", schemaurl: "urn:x" }, "specversion"],
  ["a subject of 10 kB", { ...SOUND, subject: "s".repeat(10_000) }, "attribute-size"],
  ["a time that is none", { ...SOUND, time: "yesterday" }, "time"],
  ["a control character", { ...SOUND, source: "/a\u0001" }, "attribute-value"],
])(
  "an event with %s, which a step refuses, is listed as it was written, with the step's reason",
  (_title, event, why) => {
    const failure = { knativeerrordest: "http://validate.wadi.svc/", knativeerrorcode: "400", wadireason: why };

    expect(letterWith({ ...event, ...failure })).toMatchObject({
      trigger: "validate",
      reason: why,
      event: { ...event, data: { x: 1 } },
    });
  },
);

test("data that is not what it says it is stays bytes, and none stays none", () => {
  expect(letterWith({ ...SOUND, id: "" }, "{").event.data).toEqual(Buffer.from("{"));
  const { event } = letterOf({ offset: "0", timestamp: "0", value: null, headers: { ce_id: Buffer.from("a") } }, 1);
  expect(event).toEqual({ specversion: "", id: "a", source: "", type: "" });
});

test("a message without any attribute is no letter", () => {
  expect(() => letterOf({ offset: "0", timestamp: "0", value: Buffer.from("hello"), headers: {} }, 1)).toThrow(
    /CloudEvent/,
  );
});
