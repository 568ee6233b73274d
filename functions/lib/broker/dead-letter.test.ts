import { expect, test } from "vitest";
import { eventOf } from "./broker-under-test.contract.ts";
import { deadLetterOf } from "./dead-letter.ts";

const destination = "http://learn.test/";
const failure = { reason: "422", status: 422 };
const dataOf = (body: string) => {
  const { knativeerrordata } = deadLetterOf(eventOf(1), destination, { ...failure, body });
  return Buffer.from(String(knativeerrordata), "base64");
};

test("a dead letter bears where the event was to go and the status, and is the event otherwise", () => {
  const event = eventOf(1, { subject: "s", flag: true });

  const letter = deadLetterOf(event, destination, failure);

  expect(letter).toEqual({ ...event, knativeerrordest: destination, knativeerrorcode: "422" });
});

test("the event itself is left as it was", () => {
  const event = Object.freeze(eventOf(1, { knativeerrorcode: "500" }));

  deadLetterOf(event, destination, { ...failure, headers: { "kne-step": "learn" }, body: "no" });

  expect(event).toEqual(eventOf(1, { knativeerrorcode: "500" }));
});

test.each([
  ["a short body", "no", 2],
  ["exactly 1024 bytes", "x".repeat(1024), 1024],
  ["ASCII beyond 1024", "x".repeat(1025), 1024],
  ["two-byte characters", "é".repeat(600), 1024],
  ["a two-byte character across the border", `x${"é".repeat(600)}`, 1024],
  ["a three-byte character across the border", `${"x".repeat(1022)}漢字`, 1024],
  ["a four-byte character across the border", `${"x".repeat(1021)}😀😀`, 1024],
  ["a surrogate pair across the border", `${"x".repeat(1023)}😀`, 1024],
])("knativeerrordata is the first 1024 bytes of the body, cut anywhere: %s", (_what, body, length) => {
  const data = dataOf(body);

  expect(data.length).toBe(length);
  expect(data).toEqual(Buffer.from(body).subarray(0, 1024));
});

test("without an answer there is neither status nor data, and an empty body is none", () => {
  const letter = deadLetterOf(eventOf(1), destination, { reason: "timeout" });
  const empty = deadLetterOf(eventOf(1), destination, { ...failure, body: "" });

  expect(Object.keys(letter).filter((name) => name.startsWith("knative"))).toEqual(["knativeerrordest"]);
  expect(empty).not.toHaveProperty("knativeerrordata");
});

test("every kne- header becomes an extension without that prefix; no other header does", () => {
  const headers = { "kne-wadireason": "schema", "KNE-Step7": "learn", "content-type": "text/plain", "x-kne-a": "b" };

  const letter = deadLetterOf(eventOf(1), destination, { ...failure, headers });

  expect(letter).toEqual({
    ...eventOf(1),
    wadireason: "schema",
    step7: "learn",
    knativeerrordest: destination,
    knativeerrorcode: "422",
  });
});

test.each(["kne-", "kne-a_b", "kne-a-b", "kne-é"])("%s names no extension and is left out", (header) => {
  const letter = deadLetterOf(eventOf(1), destination, { ...failure, headers: { [header]: "x" } });

  expect(letter).toEqual(deadLetterOf(eventOf(1), destination, failure));
});

test.each(["specversion", "id", "source", "type", "subject", "time", "dataschema", "datacontenttype", "data"])(
  "an answer cannot make the event another one: kne-%s is left out",
  (name) => {
    const letter = deadLetterOf(eventOf(1), destination, { ...failure, headers: { [`kne-${name}`]: "other" } });

    expect(letter).toEqual(deadLetterOf(eventOf(1), destination, failure));
  },
);

test("an event that failed before tells of its last failure alone", () => {
  const headers = { "kne-wadireason": "schema" };
  const first = deadLetterOf(eventOf(1), "http://validate.test/", { ...failure, headers, body: "wrong" });

  const second = deadLetterOf(first, destination, { reason: "timeout" });

  expect(second).toEqual({ ...eventOf(1), knativeerrordest: destination });
});
