// An action called as the platform calls it, in this process.

import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { build as learn } from "../learn/step.ts";
import { readEvent } from "../lib/events/codec.ts";
import type { Event, StepName } from "../lib/events/vocabulary.ts";
import { type Open, withoutStore, withRedis } from "../lib/serve/opened.ts";
import { build as validate } from "../validate/step.ts";
import { bodyOf } from "./body.ts";
import { type Arguments, createAction } from "./main.ts";

const folder = join(import.meta.dirname, "../../helm");
const QUIET = { WADI_LOG_LEVEL: "silent" };
const ATTRIBUTES = { specversion: "1.0", id: "o1", source: "/test", type: "dev.wadi.observation", pipeline: "line" };
const BINARY = {
  ...Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, value]) => [`ce-${name}`, value])),
  "content-type": "application/json",
};
const DATA = { x: 1, y: 3 };

const encoded = (text: string) => Buffer.from(text).toString("base64");

function called(headers: Readonly<Record<string, string>>, body: string, more: Arguments = {}): Arguments {
  return {
    ...QUIET,
    __ow_method: "post",
    __ow_headers: headers,
    __ow_path: "",
    __ow_query: "",
    __ow_body: body,
    ...more,
  };
}

const action = (name: StepName, open: Open) => createAction({ name, open, folder });
const validated = action("validate", withoutStore(validate));

/** A step whose answer is this event. */
const answering = (data: unknown): Open => {
  const event = { ...ATTRIBUTES, datacontenttype: "application/json", data } as unknown as Event;
  return async () => ({ check: async () => {}, handle: async () => event });
};

describe("a body", () => {
  test("of JSON is the same whether the platform hands it over as text or as base64", () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.constantFrom("application/json", "application/cloudevents+json; charset=utf-8"),
        (text, type) => {
          expect(bodyOf(encoded(text), type).toString()).toBe(text);
          expect(bodyOf(text, type).toString()).toBe(text);
        },
      ),
      {
        examples: [
          ["1234", "application/json"],
          ["true", "application/json"],
          ["null", "application/json"],
          ["12345678", "application/json"],
        ],
      },
    );
  });

  test("of bytes comes as base64, and text as it is", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, text) => {
        const given = Buffer.from(bytes);

        expect(bodyOf(given.toString("base64"), "application/avro").equals(given)).toBe(true);
        expect(bodyOf(text, "text/plain").toString()).toBe(Buffer.from(text).toString());
      }),
    );
  });
});

describe("an event", () => {
  const structured = JSON.stringify({ ...ATTRIBUTES, data: DATA });
  const STRUCTURED = { "content-type": "application/cloudevents+json; charset=utf-8" };

  test.each([
    ["in binary mode", BINARY, encoded(JSON.stringify(DATA))],
    ["in structured mode as base64", STRUCTURED, encoded(structured)],
    ["in structured mode as text", STRUCTURED, structured],
  ])("%s is answered with the event derived from it, and the step's mark", async (_title, headers, body) => {
    const { statusCode, headers: answered, body: data } = await validated(called(headers, body));

    expect(statusCode).toBe(200);
    expect(answered["wadi-step"]).toBe("validate");
    expect(readEvent(Object.entries(answered).flat(), Buffer.from(data))).toMatchObject({
      type: "dev.wadi.observation.validated",
      pipeline: "line",
      data: { record: { x: 1 }, y: 3 },
    });
  });
});

describe("what is refused bears the step's mark and the status of its table", () => {
  const good = encoded(JSON.stringify(DATA));

  test.each([
    ["a field that is wrong", called(BINARY, encoded('{"x":"a"}')), 422, "schema"],
    ["no CloudEvent", called({ "content-type": "application/json" }, good), 400, "not-a-cloudevent"],
    ["nothing at all, as a probe sends", called({}, ""), 400, "not-a-cloudevent"],
    ["another method", called(BINARY, good, { __ow_method: "get" }), 400, "method"],
    ["what is zipped", called({ ...BINARY, "content-encoding": "gzip" }, good), 415, "content-encoding"],
    ["more than a client may send", called(BINARY, encoded(`"${"x".repeat(256 * 1024)}"`)), 413, "too-large"],
    ["no call over HTTP", { ...QUIET }, 400, "not-http"],
    [
      "a header of the wrong kind",
      { ...called(BINARY, good), __ow_headers: { "ce-id": { a: 1 } } },
      400,
      "not-a-cloudevent",
    ],
  ])("%s", async (_title, args, statusCode, reason) => {
    const answer = await validated(args);

    expect(answer).toMatchObject({ statusCode, headers: { "wadi-step": "validate", "kne-wadireason": reason } });
    expect(JSON.parse(answer.body)).toMatchObject({ error: reason });
  });
});

describe("settings", () => {
  test("that are wrong are told with the cure in each answer, and read again in the next run", async () => {
    const one = action("validate", withoutStore(validate));
    const call = (level: string) => one(called(BINARY, encoded(JSON.stringify(DATA)), { WADI_LOG_LEVEL: level }));

    const wrong = await call("loud");

    expect(wrong).toMatchObject({ statusCode: 500, headers: { "wadi-step": "validate" } });
    expect(JSON.parse(wrong.body)).toEqual({
      error: "configuration",
      message: expect.stringMatching(/WADI_LOG_LEVEL is "loud"; set one of/),
    });
    expect((await call("silent")).statusCode).toBe(200);
  });

  test("that name no Redis are refused where a step keeps something, and no password is shown", async () => {
    const one = action("learn", withRedis(learn));
    const stores = [undefined, "sqlite:store.db", "redis//:secret@host"];

    const answers = await Promise.all(
      stores.map((WADI_STORE) => one(called(BINARY, encoded("{}"), WADI_STORE === undefined ? {} : { WADI_STORE }))),
    );

    for (const { statusCode, body } of answers) {
      expect(statusCode).toBe(500);
      expect(JSON.parse(body).message).toMatch(/WADI_STORE/);
      expect(body).not.toMatch(/secret/);
    }
  });
});

describe("a derived event that the platform would not carry", () => {
  const call = (data: unknown) =>
    action("featurize", answering(data))(called(BINARY, "", { WADI_STORE: "redis://127.0.0.1:1" }));

  test("as long text or as many quotation marks is refused instead of being cut", async () => {
    for (const data of ["x".repeat(701 * 1024), '"'.repeat(300 * 1024)]) {
      const answer = await call(data);

      expect(answer).toMatchObject({
        statusCode: 422,
        headers: { "kne-wadireason": "too-large", "wadi-step": "featurize" },
      });
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(2000);
    }
  });

  test("and what it carries is answered whole", async () => {
    const data = "x".repeat(699 * 1024);

    const { statusCode, body } = await call(data);

    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toBe(data);
  });
});
