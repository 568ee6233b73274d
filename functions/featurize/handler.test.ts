import { afterEach, expect, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import { RejectedError } from "../lib/errors.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { openSqliteStore } from "../lib/store/sqlite.ts";
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

let store: Store;
afterEach(() => store.close());

/** validate and featurize in a row, as the broker puts them. */
function way() {
  const clock = manualClock();
  store = openSqliteStore(":memory:", { now: () => clock.now(), joinWindowMs: () => 86_400_000 });
  const telemetry = createTelemetry();
  const validate = createValidate({ pipelines, clock });
  const featurize = createFeaturize({ pipelines, joins: store.joins, telemetry });
  const predict = createPredict({ pipelines, models: store.models, joins: store.joins, telemetry });
  return { send: async (event: Event) => featurize((await validate(event)) as Event), featurize, predict, telemetry };
}

const observe = (id: string, data: object, subject = id, source = "/s") =>
  ({ specversion: "1.0", id, source, type: EventType.observation, subject, data }) as Event;
const tell = (id: string, subject: string, y: number) =>
  ({ specversion: "1.0", id, source: "/s", type: EventType.label, subject, data: { y } }) as Event;

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
