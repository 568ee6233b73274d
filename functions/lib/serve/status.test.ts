import { expect, test } from "vitest";
import {
  BusyError,
  ConfigurationError,
  ContentCodingError,
  ForbiddenError,
  MalformedEventError,
  RejectedError,
  TooLargeError,
  UnavailableError,
  UnsupportedError,
  VersionConflictError,
} from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";
import { answerOf, answerOfError } from "./status.ts";

/** What Knative's dispatcher tries again; everything else from 300 on is a dead letter at once. */
const isRetried = (status: number) => [404, 408, 409, 429].includes(status) || status >= 500;

test.each<[string, Error, number, boolean]>([
  ["no CloudEvent", new MalformedEventError("not-a-cloudevent", "m"), 400, false],
  ["a body too large", new TooLargeError("too-large", "m"), 413, false],
  ["what can never succeed", new RejectedError("schema", "m"), 422, false],
  ["who may not ask", new ForbiddenError("foreign-host", "m"), 403, false],
  ["a coding that is not read", new ContentCodingError("m", "gzip"), 415, false],
  ["a version conflict", new VersionConflictError("version-conflict", "m"), 409, true],
  ["a full queue", new BusyError("busy", "m"), 429, true],
  ["what this process was not set up for", new UnsupportedError("no-broker", "m"), 501, true],
  ["a store that is away", new UnavailableError("store-unavailable", "m"), 503, true],
  ["a file that is wrong", new ConfigurationError("m"), 500, true],
  ["a bug", new TypeError("m"), 500, true],
])("%s is %s: %i, tried again: %s", (_title, error, status, retried) => {
  const answer = answerOfError(error);

  expect(answer.status).toBe(status);
  expect(isRetried(status)).toBe(retried);
  expect(answer.headers?.["kne-wadireason"]).toMatch(/^[a-z-]+$/);
  expect(JSON.parse(answer.body ?? "")).toEqual({ error: answer.headers?.["kne-wadireason"], message: "m" });
});

test("the fields at fault are in the body, which is JSON", () => {
  const fields = [{ path: "data.distance", problem: 'is "far"' }];

  const { headers, body } = answerOfError(new RejectedError("schema", "m", fields));

  expect(headers?.["content-type"]).toBe("application/json; charset=utf-8");
  expect(JSON.parse(body ?? "")).toEqual({ error: "schema", message: "m", fields });
});

test("a full queue says when to try again", () => {
  expect(answerOfError(new BusyError("busy", "m", 7)).headers).toMatchObject({ "retry-after": "7" });
});

test("a thrown value that is no Error has an answer, too", () => {
  expect(answerOfError("oops")).toMatchObject({ status: 500, body: '{"error":"internal","message":"oops"}' });
  expect(answerOfError(undefined).status).toBe(500);
});

test("an event is 200; nothing is 202 without a body, which would be taken for a failure", () => {
  const event = { specversion: "1.0", id: "1", source: "/s", type: "t" } as Event;

  expect(answerOf(event)).toEqual({ status: 200, event });
  expect(answerOf(undefined)).toEqual({ status: 202 });
});
