import { expect, test } from "vitest";
import type { Answer } from "./broker.ts";
import { eventOf } from "./broker-under-test.contract.ts";
import { isRetried, outcomeOf } from "./outcome.ts";

test("only 404, 408, 409, 429 and what is 500 or above is tried again", () => {
  const statuses = Array.from({ length: 500 }, (_, i) => i + 100);

  const retried = statuses.filter(isRetried);

  expect(retried.filter((status) => status < 500)).toEqual([404, 408, 409, 429]);
  expect(retried.filter((status) => status >= 500).length).toBe(100);
});

test.each([200, 201, 202, 204])("a %d with an event is a reply, whatever else the body held", (status) => {
  const event = eventOf(1);

  expect(outcomeOf({ status, event })).toEqual({ kind: "reply", event });
  expect(outcomeOf({ status, event, body: "{}" })).toEqual({ kind: "reply", event });
});

test.each([{ status: 200 }, { status: 202, body: "" }])("%j is handled", (answer) => {
  expect(outcomeOf(answer)).toEqual({ kind: "handled" });
});

test("an event in an answer that is no 2xx is not published", () => {
  const outcome = outcomeOf({ status: 503, event: eventOf(1) });

  expect(outcome).toEqual({ kind: "retry", failure: { reason: "503", status: 503 } });
});

test.each([200, 202, 302, 400, 422, 413])("a %d of somebody else than the step is tried again", (status) => {
  const outcome = outcomeOf({ status, event: eventOf(1), body: "<html>", foreign: true });

  expect(outcome).toEqual({ kind: "retry", failure: { reason: String(status), status, body: "<html>" } });
});

test("a failure keeps status, headers and body; its reason is kne-wadireason, else the status", () => {
  const headers = { "kne-wadireason": "schema" };

  const [named, unnamed] = [outcomeOf({ status: 422, headers, body: "no" }), outcomeOf({ status: 400, headers: {} })];

  expect(named).toEqual({ kind: "dead", failure: { reason: "schema", status: 422, headers, body: "no" } });
  expect(unnamed).toEqual({ kind: "dead", failure: { reason: "400", status: 400, headers: {} } });
});

test("an empty kne-wadireason is no reason", () => {
  const outcome = outcomeOf({ status: 422, headers: { "kne-wadireason": "" } });

  expect(outcome).toMatchObject({ failure: { reason: "422" } });
});

test.each([undefined, null, {}, { status: "200" }])(
  "what is no answer at all, %j, counts as a transport error",
  (it) => {
    const outcome = outcomeOf(it as unknown as Answer);

    expect(outcome).toEqual({ kind: "retry", failure: { reason: "transport" } });
  },
);
