// A model set for each value of a field, as featurize names them and finds places for them.

import { afterEach, expect, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import type { RejectedError } from "../lib/errors.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import type { Store } from "../lib/store/store.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { createValidate } from "../validate/handler.ts";
import { createFeaturize } from "./handler.ts";

let store: Store | undefined;
afterEach(async () => {
  await store?.close();
  store = undefined;
});

/** validate and featurize in a row, as the broker puts them, on the store of this test. */
function way(modelPer: string) {
  const text = `
name: line
event:
  schemas:
    1:
      type: record
      name: Point
      fields:
        - { name: x, type: double }
        - { name: shop, type: string }
        - { name: street, type: string, default: s }
        - { name: y, type: [ "null", double ], default: null }
target: { field: y, task: regression }
labelHorizon: 1d
features: [ { from: x, as: number } ]
models: { line: [ linear-regression ] }
metrics: [ mae ]
modelPer: ${modelPer}
`;
  const pipelines = new Map([["line", parsePipeline(text, "line.yaml")]]);
  const clock = manualClock();
  store ??= openSqliteStore(":memory:", { now: () => clock.now(), joinWindowMs: () => 86_400_000 });
  const { joins, models } = store;
  const validated = createValidate({ pipelines, clock });
  const featurize = createFeaturize({ pipelines, joins, models, telemetry: createTelemetry(), clock });
  return { models, validated, featurize, send: async (event: Event) => featurize((await validated(event)) as Event) };
}

const observe = (id: string, data: object) =>
  ({ specversion: "1.0", id, source: "/s", type: EventType.observation, subject: id, data }) as Event;
const tell = (id: string, subject: string, y: number) =>
  ({ specversion: "1.0", id, source: "/s", type: EventType.label, subject, data: { y } }) as Event;

test("features say which set they belong to, and the value is not among them", async () => {
  const { send } = way("shop");

  const derived = await send(observe("1", { x: 2, shop: "São / {1}" }));

  expect(derived?.data).toMatchObject({ set: "line/S%C3%A3o%20%2F%20%7B1%7D", x: { x: 2 } });
  expect(Object.keys((derived as Event<{ x: object }>).data?.x ?? {})).toEqual(["x"]);
});

test("a late label is learned by the set of its observation", async () => {
  const { send } = way("shop");
  await send(observe("1", { x: 2, shop: "a" }));

  expect((await send(tell("l", "1", 4)))?.data).toMatchObject({ set: "line/a", y: 4 });
});

test("an observation of a set that is more than there may be is refused, again and again, and the others are not", async () => {
  const { send } = way("{ field: shop, most: 2 }");
  const sent = async (id: string, shop: string) =>
    send(observe(id, { x: 2, shop })).then(
      () => "sent",
      ({ code }: RejectedError) => code,
    );

  const answers = [];
  for (const [id, shop] of ["a", "b", "c", "a", "c"].entries()) answers.push(await sent(String(id), shop));

  expect(answers).toEqual(["sent", "sent", "too-many-models", "sent", "too-many-models"]);
  expect(await sent("2", "c")).toBe("too-many-models");
});

test("what was refused for want of a place goes through when there is one, its label too", async () => {
  const { send, models } = way("{ field: shop, most: 1 }");
  await send(observe("1", { x: 1, shop: "a" }));
  await expect(send(observe("2", { x: 2, shop: "b" }))).rejects.toMatchObject({ code: "too-many-models" });
  expect((await send(tell("l", "2", 4)))?.data).toMatchObject({ set: "line/b" });
  await models.reserve("line/b", 2);

  expect((await send(observe("2", { x: 2, shop: "b" })))?.data).toMatchObject({ set: "line/b", x: { x: 2 } });
});

test("halves are put in the order of the calls: a label that was sent behind its observation finds it", async () => {
  const { send, featurize, validated } = way("shop");
  await send(observe("0", { x: 0, shop: "a" }));
  const pairs = await Promise.all(
    ["a", "b", "c"].map(async (shop, i) => [
      await validated(observe(`o${i}`, { x: 1, shop })),
      await validated(tell(`l${i}`, `o${i}`, 4)),
    ]),
  );

  const answers = await Promise.all(pairs.flat().map((event) => featurize(event as Event)));

  expect(answers.map((answer) => answer?.type)).toEqual(
    ["a", "b", "c"].flatMap(() => [EventType.featuresExtracted, EventType.exampleLabelled]),
  );
});

test("an observation keeps the set that it was put under, though the file names sets after another field by now", async () => {
  const { send } = way("shop");
  await send(observe("1", { x: 2, shop: "a", y: 1 }));
  const after = way("street");

  expect((await after.send(observe("1", { x: 2, shop: "a", y: 1 })))?.data).toMatchObject({ set: "line/a" });
});
