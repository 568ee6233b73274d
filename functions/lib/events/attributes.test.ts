// Attributes that Knative's ingress lets pass, as its dispatcher then sends them to a step: each is read for what it is, or
// refused with a reason that is true, and so ends as a dead letter that tells it.

import { describe, expect, test } from "vitest";
import { MalformedEventError } from "../errors.ts";
import { readEvent } from "./codec.ts";

const SOUND = { specversion: "1.0", id: "1", source: "/s", type: "dev.wadi.observation" };

/** In binary mode, as every broker delivers. */
function read(attributes: Readonly<Record<string, string>>) {
  const headers = Object.entries(attributes).flatMap(([name, value]) => [`ce-${name}`, value]);
  return readEvent([...headers, "content-type", "application/json"], Buffer.from('{"x":1}'));
}

function refusal(deed: () => unknown): unknown {
  try {
    return deed();
  } catch (error) {
    return error;
  }
}

test.each<[string, Record<string, string>, string, RegExp]>([
  ["an empty id", { id: "" }, "missing-attribute", /required attribute id is missing.*ce-id/],
  ["an empty source", { source: "" }, "missing-attribute", /required attribute source is missing/],
  ["an empty type", { type: "" }, "missing-attribute", /required attribute type is missing/],
  ["an empty subject", { subject: "" }, "attribute-value", /subject is empty; leave it out/],
  ["specversion 0.3", { specversion: "0.3" }, "specversion", /specversion "0\.3" is not known here; send 1\.0/],
  ["no specversion at all", { specversion: "" }, "specversion", /specversion "" is not known here/],
  ["a subject of 10 kB", { subject: "s".repeat(10_240) }, "attribute-size", /subject has 10240 characters; 4096 are/],
  ["an extension of 10 kB", { note: "n".repeat(10_240) }, "attribute-size", /note has 10240 characters/],
  ["a time that is none", { time: "yesterday" }, "time", /"yesterday" is no RFC 3339 timestamp/],
])("%s is refused with that reason", (_title, attributes, code, message) => {
  const error = refusal(() => read({ ...SOUND, ...attributes }));

  expect(error).toBeInstanceOf(MalformedEventError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
});

describe("an object as extension", () => {
  test("is the text that the ingress makes of it, where it comes through a broker", () => {
    expect(read({ ...SOUND, place: '{"lat":47.1,"names":["a","b"]}' })).toMatchObject({
      ...SOUND,
      place: '{"lat":47.1,"names":["a","b"]}',
      data: { x: 1 },
    });
  });

  test("is refused where a step gets the structured event itself", () => {
    const event = Buffer.from(JSON.stringify({ ...SOUND, place: { lat: 47.1 }, data: { x: 1 } }));

    const error = refusal(() => readEvent(["content-type", "application/cloudevents+json"], event));

    expect(error).toMatchObject({ code: "attribute-type", message: expect.stringMatching(/^place must be a string/) });
  });
});

test.each([
  ["2026-01-31T08:30:05.000Z", "2026-01-31T08:30:05Z"],
  ["2026-01-31T08:30:05.120Z", "2026-01-31T08:30:05.12Z"],
  ["2026-01-31T09:30:05+01:00", "2026-01-31T09:30:05+01:00"],
])("the time %s, which the ingress writes as %s, is the same event", (sent, delivered) => {
  const { time: _, ...rest } = read({ ...SOUND, time: sent });
  const { time, ...same } = read({ ...SOUND, time: delivered });

  expect(same).toEqual(rest);
  expect(Date.parse(String(time))).toBe(Date.parse(sent));
});
