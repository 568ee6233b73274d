import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import { RejectedError, UnavailableError } from "../lib/errors.ts";
import { observationKey } from "../lib/events/identity.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import type { Store } from "../lib/store/store.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { createPredict } from "../predict/handler.ts";
import { createValidate } from "../validate/handler.ts";
import { createFeaturize } from "./handler.ts";

const pipeline = parsePipeline(
  `
name: line
event:
  schemas:
    1:
      type: record
      name: Point
      fields:
        - { name: x, type: double }
        - { name: y, type: [ "null", double ], default: null }
target: { field: y, task: regression }
labelHorizon: 1d
features: [ { from: x, as: number } ]
models: { line: [ linear-regression ] }
serve: line
metrics: [ mae ]
`,
  "line.yaml",
);
const pipelines = new Map([["line", pipeline]]);

const HOUR = 3_600_000;

let store: Store;
afterEach(() => store.close());

/** validate and featurize in a row, as the broker puts them. */
function way() {
  const clock = manualClock();
  store = openSqliteStore(":memory:", { now: () => clock.now(), joinWindowMs: () => 86_400_000 });
  const telemetry = createTelemetry();
  const validate = createValidate({ pipelines, clock });
  const featurize = createFeaturize({ pipelines, joins: store.joins, models: store.models, telemetry, clock });
  const predict = createPredict({ pipelines, models: store.models, joins: store.joins, clock, telemetry });
  return {
    clock,
    send: async (event: Event) => featurize((await validate(event)) as Event),
    featurize,
    predict,
    telemetry,
  };
}

const observe = (id: string, data: object, subject = id, source = "/s") =>
  ({ specversion: "1.0", id, source, type: EventType.observation, subject, data }) as Event;
const tell = (id: string, subject: string, y: number) =>
  ({ specversion: "1.0", id, source: "/s", type: EventType.label, subject, data: { y } }) as Event;

test("a record that validate read under another file has the new names, and the defaults of what is new", async () => {
  const file = (fields: string, features: string) =>
    parsePipeline(
      pipeline.text
        .replace("        - { name: x, type: double }\n", fields)
        .replace("{ from: x, as: number }", features),
      "line.yaml",
    );
  const next = file(
    `        - { name: way, type: double, aliases: [ x ] }
        - { name: slope, type: [ double, "null" ], default: 7 }
        - { name: dry, type: boolean, default: true }
`,
    "{ from: way, as: number, name: x }, { from: slope, as: number }, { from: dry, as: boolean }",
  );
  const { clock } = way();
  const under = (read: typeof pipeline, write: typeof pipeline, id: string, data: object) => {
    const one = (used: typeof pipeline) => new Map([["line", used]]);
    const validate = createValidate({ pipelines: one(read), clock });
    const { joins, models } = store;
    const telemetry = createTelemetry();
    const later = createFeaturize({ pipelines: one(write), joins, models, telemetry, clock });
    return validate(observe(id, data)).then((event) => later(event as Event));
  };

  const upgraded = await under(pipeline, next, "1", { x: 2, y: 1 });
  const nulled = await under(next, next, "2", { way: 2, slope: null });
  const wentBack = await under(next, pipeline, "3", { way: 2, dry: false });

  expect(upgraded?.data).toMatchObject({ x: { x: 2, slope: 7, dry: 1 }, y: 1 });
  expect(nulled?.data).toMatchObject({ x: { x: 2, dry: 1 } });
  expect(wentBack?.data).toMatchObject({ x: {} });
});

test("an observation yields its features, without a label where none is known", async () => {
  const { send } = way();

  const derived = await send(observe("1", { x: 2 }));

  expect(derived).toMatchObject({
    type: EventType.featuresExtracted,
    source: "/wadi/line/featurize",
    data: { set: "line", x: { x: 2 } },
  });
  expect(derived?.data).not.toHaveProperty("y");
  expect(derived).not.toHaveProperty("labelled");
});

test("an observation with its label is marked as labelled, for learn to take", async () => {
  const { send } = way();

  expect(await send(observe("1", { x: 2, y: 4 }))).toMatchObject({
    labelled: true,
    learnedid: expect.stringMatching(/^\d+$/),
    data: { y: 4 },
  });
});

test("a late label yields the example: the features that were used, and what was served for them", async () => {
  const { send, predict } = way();
  const features = await send(observe("1", { x: 2 }));
  const prediction = await predict.handle(features as Event);

  const example = await send(tell("l", "1", 4));

  expect(example).toMatchObject({
    type: EventType.exampleLabelled,
    data: { set: "line", x: { x: 2 }, y: 4, served: { model: "line", version: 0 } },
  });
  expect(example?.["learnedid"]).toMatch(/^\d+$/);
  expect(prediction?.type).toBe(EventType.predictionMade);
});

test("an example has the id of its label's event and is recorded when its observation was", async () => {
  const { send } = way();
  const features = await send(observe("1", { x: 2 }));

  const example = await send(tell("l", "1", 4));

  expect(example?.id).not.toBe(features?.id);
  expect(example?.["recordedtime"]).toBe(features?.["recordedtime"]);
});

test("either order joins to the same example under the same learned id", async () => {
  const first = way();
  await first.send(observe("1", { x: 2 }));
  const late = await first.send(tell("l", "1", 4));
  await store.close();
  const second = way();
  expect(await second.send(tell("l", "1", 4))).toBeUndefined();
  const early = await second.send(observe("1", { x: 2 }));

  expect(early).toMatchObject({ labelled: true, data: { x: { x: 2 }, y: 4 } });
  expect(early?.["learnedid"]).toBe(late?.["learnedid"]);
});

test("delivered again, in whatever order, each event gives the same answer as the first time", async () => {
  const { send } = way();
  const events = [observe("1", { x: 2 }), tell("l", "1", 4), tell("l2", "2", 5), observe("2", { x: 3 })];
  const answers = [];
  for (const event of events) answers.push(await send(event));

  for (const i of [3, 1, 0, 2, 1, 0, 3]) expect(await send(events[i] as Event)).toEqual(answers[i]);
});

test("another observation under the same subject is refused, with the name of the one that has it", async () => {
  const { send } = way();
  await send(observe("1", { x: 2 }, "car", "/a"));

  const error = await send(observe("7", { x: 3 }, "car", "/b")).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(RejectedError);
  expect(error).toMatchObject({ code: "subject-taken", message: expect.stringMatching(/\/a/) });
});

test("a second, different label is counted and yields nothing", async () => {
  const { send, telemetry } = way();
  await send(observe("1", { x: 2 }));
  await send(tell("l", "1", 4));

  expect(await send(tell("m", "1", 5))).toBeUndefined();

  expect(await telemetry.registry.metrics()).toContain('wadi_labels_total{pipeline="line",outcome="conflict"} 1');
});

/** What validate would have made, with other data or attributes. */
const validated = (type: string, data: unknown, more: object = {}) =>
  ({
    specversion: "1.0",
    id: "c",
    source: "/wadi/line/validate",
    type,
    subject: "s",
    pipeline: "line",
    recordedtime: "2026-01-01T00:00:00.000Z",
    clientsource: "/s",
    clientid: "1",
    data,
    ...more,
  }) as Event;
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error,
  );

test("an example carries its observation's recorded time, however late the label comes", async () => {
  const { send, clock } = way();
  const features = await send(observe("1", { x: 2 }));
  clock.advance(3_600_000);

  const example = await send(tell("l", "1", 4));

  expect(example?.["recordedtime"]).toBe("2026-01-01T00:00:00.000Z");
  expect(features?.["recordedtime"]).toBe("2026-01-01T00:00:00.000Z");
});

test("subject, partition key, pipeline and trace go on; what was for this step alone does not", async () => {
  const { send } = way();
  const carried = { partitionkey: "k", pipeline: "line", traceparent: "00-1-2-01", tracestate: "a=b" };

  const features = await send({ ...observe("1", { x: 2, y: 4 }), ...carried });
  const example = await send({ ...tell("l", "1", 4), ...carried });

  expect(features).toMatchObject({ subject: "1", ...carried });
  expect(features).not.toHaveProperty("clientid");
  expect(features).not.toHaveProperty("clientsource");
  expect(example).toBeUndefined();
});

test("where learn is ordered all examples of a model set go into one partition", async () => {
  const { send, clock, telemetry } = way();
  const validate = createValidate({ pipelines, clock });
  const ordered = createFeaturize({
    pipelines,
    joins: store.joins,
    models: store.models,
    telemetry,
    clock,
    learnOrder: "ordered",
  });
  const sendOrdered = async (event: Event) => ordered((await validate(event)) as Event);

  const features = await sendOrdered(observe("1", { x: 2 }));
  const labelled = await sendOrdered(observe("2", { x: 2, y: 4 }));
  const example = await sendOrdered(tell("l", "1", 4));
  const unordered = await send(observe("3", { x: 2 }));

  for (const event of [features, labelled, example]) expect(event).toMatchObject({ partitionkey: "line" });
  expect(example?.subject).toBe("1");
  expect(unordered).toMatchObject({ partitionkey: "3" });
});

test("a record that an older version of the file checked has no value for a new field, and so no feature", async () => {
  const { featurize } = way();

  const features = await featurize(validated(EventType.observationValidated, { record: {} }));

  expect(features?.data).toMatchObject({ x: {} });
});

test("a store that is away is worth another try", async () => {
  const { featurize } = way();
  await store.close();

  for (const event of [
    validated(EventType.observationValidated, { record: { x: 1 } }),
    validated(EventType.labelValidated, { y: 1 }),
  ]) {
    expect(await refusal(featurize(event))).toBeInstanceOf(UnavailableError);
  }
});

describe("what did not come from validate is refused", () => {
  test.each<[string, Event, string]>([
    ["a client's own event", observe("1", { x: 1 }), "unknown-type"],
    [
      "a pipeline nobody knows",
      validated(EventType.labelValidated, { y: 1 }, { pipeline: "other" }),
      "unknown-pipeline",
    ],
    ["no client", validated(EventType.observationValidated, { record: {} }, { clientid: undefined }), "payload"],
    ["no recorded time", validated(EventType.labelValidated, { y: 1 }, { recordedtime: undefined }), "payload"],
    ["a recorded time that is none", validated(EventType.labelValidated, { y: 1 }, { recordedtime: "now" }), "payload"],
    ["no record", validated(EventType.observationValidated, {}), "payload"],
    ["a record in a record", validated(EventType.observationValidated, { record: { x: {} } }), "payload"],
    ["a label without value", validated(EventType.labelValidated, {}), "payload"],
    ["a label that is not finite", validated(EventType.labelValidated, { y: Number.NaN }), "payload"],
  ])("%s", async (_title, event, code) => {
    const { featurize } = way();

    const error = await refusal(featurize(event));

    expect(error).toBeInstanceOf(RejectedError);
    expect(error?.code).toBe(code);
  });
});

test.each([
  ["an observation", validated(EventType.observationValidated, { record: { x: 1 } })],
  ["a label", validated(EventType.labelValidated, { y: 1 })],
])("%s from the future is refused, with the clock to look at; an hour ahead is none", async (_title, event) => {
  const { featurize, clock } = way();
  const ahead = (ms: number) => ({ ...event, recordedtime: new Date(clock.now() + ms).toISOString() });

  for (const ms of [HOUR + 1, 365 * 24 * HOUR]) {
    const error = await refusal(featurize(ahead(ms)));
    expect(error).toMatchObject({ code: "outside-window", message: expect.stringMatching(/hours ahead of.*clock/) });
  }
  const forged = await refusal(featurize({ ...event, recordedtime: "9999-12-31T23:59:59Z" }));

  expect(forged?.code).toBe("outside-window");
  expect(await store.joins.read("line", observationKey("line", "s"))).toBeUndefined();
  await featurize(ahead(HOUR));
  expect(await store.joins.read("line", observationKey("line", "s"))).toBeDefined();
});

test("whatever record comes, the answer is features that learn and predict can take, or a refusal", async () => {
  const { featurize, predict } = way();
  const value = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.anything({ withBigInt: false }));
  const record = fc.dictionary(fc.constantFrom("x", "y", "__proto__", "constructor"), value);
  let subjects = 0;
  await fc.assert(
    fc.asyncProperty(record, async (fields) => {
      const subject = `s${++subjects}`;
      const event = validated(EventType.observationValidated, { record: fields }, { subject, clientid: subject });

      const answer = await featurize(event).catch((error: unknown) => error);

      if (answer instanceof RejectedError) return;
      expect((await predict.handle(answer as Event))?.type).toBe(EventType.predictionMade);
    }),
  );
});
