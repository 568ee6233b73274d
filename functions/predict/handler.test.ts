import { afterEach, describe, expect, test } from "vitest";
import { RejectedError, UnavailableError } from "../lib/errors.ts";
import { observationKey } from "../lib/events/identity.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { dataOf, lineYaml, openLine } from "./fixtures/line.ts";
import { createPredict } from "./handler.ts";

let opened: ReturnType<typeof openLine>[] = [];
afterEach(async () => {
  for (const { store } of opened) await store.close();
  opened = [];
});
function open() {
  const made = openLine();
  opened.push(made);
  return made;
}

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error,
  );
const keyOf = (event: Event) => observationKey("line", event.subject as string);

test("the prediction says value, champion, version, and what every model would have said", async () => {
  const { predict, learn, features } = open();
  await learn(3);

  const made = await predict.handle(features("a"));

  expect(made).toMatchObject({
    id: "a",
    source: "/wadi/line/predict",
    type: EventType.predictionMade,
    subject: "subject-a",
    data: { set: "line", model: "line", generation: "1", version: 3, values: { mean: 10 } },
  });
  expect(dataOf(made).value).toBe(dataOf(made).values["line"]);
});

test("a model that never learned is served as version 0", async () => {
  const { predict, features } = open();

  const { version, value, values } = dataOf(await predict.handle(features("a")));

  expect(version).toBe(0);
  expect(value).toBe(values["line"]);
  for (const each of Object.values(values)) expect(each === null || Number.isFinite(each)).toBe(true);
});

test("a prediction that is not finite is served as null, without effect on the other models", async () => {
  const { predict, learn, features } = open();
  await learn(5, { y: 1e6 });

  const made = await predict.handle(features("a", { x: { x: Number.MAX_VALUE } }));

  expect(dataOf(made)).toMatchObject({ value: null, values: { line: null, mean: 1e6 } });
});

describe("what was served for an observation", () => {
  test("is stored once, and a redelivery repeats it, whatever was learned in between", async () => {
    const { predict, learn, features, observed, store } = open();
    await learn(1);
    const event = features("a");
    await observed(keyOf(event));
    const first = await predict.handle(event);
    await learn(5, { y: 1000 });

    const again = await predict.handle(event);

    expect(again).toEqual(first);
    expect(dataOf(await predict.handle(features("b"))).version).toBe(6);
    expect((await store.joins.read("line", keyOf(event)))?.served).toEqual({
      generation: "1",
      version: 1,
      model: "line",
      values: dataOf(first).values,
      stalenessMs: 0,
    });
  });

  test("is the same for two deliveries at once", async () => {
    const { predict, learn, features, observed } = open();
    const event = features("a");
    await observed(keyOf(event));

    const answers = await Promise.all([predict.handle(event), learn(1), predict.handle(event)]);

    expect(answers[2]).toEqual(answers[0]);
  });

  test("is answered and not stored where there is no record of the observation", async () => {
    const { predict, features, store } = open();
    const event = features("a");

    const made = await predict.handle(event);

    expect(made?.type).toBe(EventType.predictionMade);
    expect(await store.joins.read("line", keyOf(event))).toBeUndefined();
  });
});

test("events and synchronous requests get the same answer for the same record", async () => {
  const { predict, infer, learn, features } = open();
  await learn(4, { x: { x: 2, colour_red: 1 } });

  const byEvent = dataOf(await predict.handle(features("a", { x: { x: 3, colour_red: 1 } })));
  const { model_version, outputs } = await infer("line", Buffer.from('{"inputs":{"x":3,"colour":"red"}}'));

  const output = (name: string) => outputs.find((each) => each.name === name)?.data[0];
  expect(model_version).toBe(String(byEvent.version));
  expect(output("prediction")).toBe(byEvent.value);
  expect({ line: output("model:line"), mean: output("model:mean") }).toEqual(byEvent.values);
  expect([output("champion"), output("generation")]).toEqual([byEvent.model, byEvent.generation]);
});

describe("what cannot be predicted is refused", () => {
  test.each<[string, object, object, string]>([
    ["a pipeline nobody knows", {}, { pipeline: "other" }, "unknown-pipeline"],
    ["no pipeline", {}, { pipeline: undefined }, "unknown-pipeline"],
    ["a set of another pipeline", { set: "other" }, {}, "payload"],
    ["no set", { set: undefined }, {}, "payload"],
    ["text where a number belongs", { x: { x: "1" } }, {}, "payload"],
    ["a number that is not finite", { x: { x: Number.NaN } }, {}, "payload"],
    ["features that are a list", { x: [1] }, {}, "payload"],
    ["no subject", {}, { subject: undefined }, "payload"],
    ["no recorded time", {}, { recordedtime: undefined }, "payload"],
    ["another type", {}, { type: EventType.exampleLabelled }, "unknown-type"],
  ])("%s", async (_title, fields, attributes, code) => {
    const { predict, features } = open();

    const error = await refusal(predict.handle(features("a", fields, attributes)));

    expect(error?.code).toBe(code);
    expect(error).toBeInstanceOf(RejectedError);
  });
});

test("features that the model has never seen are accepted, whatever their names", async () => {
  const { predict, learn, features } = open();
  await learn(1);
  const x = JSON.parse('{"x":1,"colour___proto__":1,"__proto__":1,"constructor":1,"toString":1}');

  expect((await predict.handle(features("a", { x })))?.type).toBe(EventType.predictionMade);
});

test("a store that is away can be tried again", async () => {
  const { predict, features, store } = openLine();
  await store.close();

  const error = await refusal(predict.handle(features("a")));

  expect(error).toBeInstanceOf(UnavailableError);
  expect(error?.code).toBe("store-unavailable");
});

test("a model of the same name but another kind is not served with the old weights; the event can be tried again", async () => {
  const { learn, features, store, clock } = open();
  await learn(1);
  const changed = parsePipeline(lineYaml("{ line: [ linear-regression: { l2: 0.5 } ] }"), "line.yaml");
  const predict = createPredict({
    pipelines: new Map([["line", changed]]),
    models: store.models,
    joins: store.joins,
    clock,
    telemetry: createTelemetry(),
  });

  const error = await refusal(predict.handle(features("a")));

  expect(error).toBeInstanceOf(UnavailableError);
  expect(error?.code).toBe("changed-model");
});

test("a newer file with another model beside the champion serves what was learned", async () => {
  const { learn, features, store, clock } = open();
  await learn(2);
  const more = parsePipeline(lineYaml("{ line: [ linear-regression ], median: [ median-regressor ] }"), "line.yaml");
  const predict = createPredict({
    pipelines: new Map([["line", more]]),
    models: store.models,
    joins: store.joins,
    clock,
    telemetry: createTelemetry(),
  });

  const made = dataOf(await predict.handle(features("a")));

  expect(Object.keys(made.values)).toEqual(["line", "median"]);
  expect(made.version).toBe(2);
});

test("predictions are counted, for events and for synchronous requests", async () => {
  const { predict, infer, features, telemetry } = open();

  await predict.handle(features("a"));
  await infer("line", Buffer.from('{"inputs":[{"x":1},{"x":2}]}'));

  expect(await telemetry.registry.metrics()).toContain('wadi_predictions_total{set="line"} 3');
});
