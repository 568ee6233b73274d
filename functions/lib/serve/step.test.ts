import { expect, test } from "vitest";
import { manualClock } from "../clock.ts";
import { RejectedError, UnavailableError } from "../errors.ts";
import { observationKey } from "../events/identity.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Log, LogFields } from "../telemetry/log.ts";
import { createTelemetry } from "../telemetry/metrics.ts";
import { createStep, type Handle } from "./step.ts";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const event = (more: object = {}): Event =>
  ({ specversion: "1.0", id: "e-1", source: "/s", type: "t", subject: "f-1", pipeline: "flights", ...more }) as Event;

function stepOf(handle: Handle, queueBound?: number) {
  const lines: { level: string; fields: LogFields; message: string }[] = [];
  const keep = (level: string) => (fields: LogFields, message: string) => void lines.push({ level, fields, message });
  const log: Log = { debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
  const telemetry = createTelemetry();
  const clock = manualClock();
  const bound = queueBound === undefined ? {} : { queueBound };
  return { step: createStep({ name: "learn", handle, clock, log, telemetry, ...bound }), lines, telemetry, clock };
}

const failing = (error: unknown) => stepOf(() => Promise.reject(error));

test("beyond its limit a step answers 429 with Retry-After, and takes the next event as soon as one is done", async () => {
  const waiting: (() => void)[] = [];
  const { step } = stepOf(() => new Promise((resolve) => waiting.push(() => resolve(undefined))), 2);
  const taken = [step.answer(event()), step.answer(event())];

  const third = await step.answer(event());
  waiting.shift()?.();
  await taken[0];
  const fourth = step.answer(event());
  for (const release of waiting) release();

  expect(third).toMatchObject({ status: 429, headers: { "retry-after": "1", "kne-wadireason": "busy" } });
  expect((await Promise.all([...taken, fourth])).map(({ status }) => status)).toEqual([202, 202, 202]);
});

test("failures leave the queue: a hundred of them do not fill it", async () => {
  const { step } = stepOf(() => Promise.reject(new RejectedError("schema", "m")), 1);

  for (let i = 0; i < 100; i++) expect((await step.answer(event())).status).toBe(422);
});

test("a handler that throws synchronously is answered like one that rejects", async () => {
  const { step } = stepOf(() => {
    throw new RejectedError("schema", "at once");
  });

  expect(await step.answer(event())).toMatchObject({ status: 422 });
});

test("a failed event is logged with the observation's key and the trace, so that it can be followed", async () => {
  const { step, lines } = failing(new RejectedError("schema", "distance is missing"));

  await step.answer(event({ traceparent: TRACE }));

  expect(lines).toEqual([
    {
      level: "warn",
      message: "distance is missing",
      fields: {
        step: "learn",
        type: "t",
        source: "/s",
        id: "e-1",
        key: observationKey("flights", "f-1"),
        traceparent: TRACE,
        status: 422,
        reason: "schema",
      },
    },
  ]);
});

test("without a subject the key is made from the id, as for the join", async () => {
  const { step, lines } = failing(new RejectedError("schema", "m"));

  await step.answer(event({ subject: undefined }));

  expect(lines[0]?.fields["key"]).toBe(observationKey("flights", "e-1"));
});

test("without a pipeline the line has no key", async () => {
  const { step, lines } = failing(new RejectedError("unknown-pipeline", "m"));

  await step.answer(event({ pipeline: undefined }));

  expect(lines[0]?.fields["key"]).toBeUndefined();
});

test("a failure that can be retried is logged as an error; only a bug has its stack", async () => {
  const away = failing(new UnavailableError("store-unavailable", "away"));
  const bug = failing(new TypeError("x is undefined"));

  await Promise.all([away.step.answer(event()), bug.step.answer(event())]);

  expect([away.lines[0]?.level, away.lines[0]?.fields["err"]]).toEqual(["error", undefined]);
  expect([bug.lines[0]?.level, bug.lines[0]?.fields["err"]]).toEqual(["error", expect.any(TypeError)]);
});

test("the data of an event is never logged", async () => {
  const { step, lines } = failing(new RejectedError("schema", "m"));

  await step.answer(event({ data: { card: "4111-1111" } }));

  expect(JSON.stringify(lines)).not.toContain("4111");
});

test("a handled event is counted and timed by the clock, and not logged", async () => {
  const made = stepOf(async () => {
    made.clock.advance(30);
    return undefined;
  });

  await made.step.answer(event());

  const text = await made.telemetry.registry.metrics();
  expect(text).toContain('wadi_answers_total{step="learn",status="202"} 1');
  expect(text).toContain('wadi_handle_seconds_sum{step="learn"} 0.03');
  expect(made.lines).toEqual([]);
});
