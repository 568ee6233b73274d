// A model set for each value of a field: events, synchronous requests and metadata.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLearn } from "../learn/handler.ts";
import { manualClock } from "../lib/clock.ts";
import { learnedId, observationKey } from "../lib/events/identity.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import type { Store } from "../lib/store/store.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { dataOf, inferring, lineYaml } from "./fixtures/line.ts";
import { createPredict } from "./handler.ts";
import { createInfer } from "./infer.ts";
import { createMetadata } from "./metadata.ts";
import { openApiDocument } from "./openapi.ts";
import { createRecorder } from "./recorder.ts";

const HOUR = 3_600_000;
const MEAN = lineYaml("{ line: [ mean-regressor ] }");

let store: Store;
beforeEach(() => {
  store = openSqliteStore(":memory:", { now: () => 0, joinWindowMs: () => HOUR });
});
afterEach(() => store.close());

function perColour(options = "", openSets = 8, openStateBytes?: number) {
  const pipeline = parsePipeline(`${MEAN}modelPer: { field: colour${options} }\n`, "line.yaml");
  const pipelines = new Map([["line", pipeline]]);
  const { models: stored, joins } = store;
  const loads: string[] = [];
  const models: Store["models"] = {
    ...stored,
    loadSince(set, known) {
      loads.push(set);
      return stored.loadSince(set, known);
    },
  };
  const [telemetry, clock] = [createTelemetry(), manualClock()];
  const predict = createPredict({
    ...{ pipelines, models, joins, clock, telemetry, openSets },
    ...(openStateBytes !== undefined && { openStateBytes }),
  });
  const published: Event[] = [];
  const publish = async (event: Event) => void published.push(event);
  const record = createRecorder({ joins, models, clock, serve: predict.serve, publish });
  const infer = inferring(createInfer({ pipelines, predict, record }));
  let made = 0;
  const revision = () => (++made).toString(16).padStart(32, "0");
  const learn = createLearn({
    ...{ pipelines, models: stored, clock, telemetry, revision, random: () => 0.5, learnedWindowMs: () => 48 * HOUR },
  });
  const event = (type: string, set: string, data: object, more: object = {}): Event => ({
    ...{
      specversion: "1.0",
      id: `e${++made}`,
      source: "/wadi/line/featurize",
      type,
      subject: `s${made}`,
      pipeline: "line",
    },
    ...{ recordedtime: new Date(clock.now()).toISOString(), data: { set, time: 0, x: { x: 1 }, ...data }, ...more },
  });
  return {
    ...{ pipeline, pipelines, predict, published, telemetry, loads },
    metadata: createMetadata(pipelines, predict),
    learn: (set: string, y: number) =>
      learn(event(EventType.exampleLabelled, set, { y }, { learnedid: learnedId({ source: "/t", id: String(made) }) })),
    ask: async (set: string) => dataOf(await predict.handle(event(EventType.featuresExtracted, set, {}))),
    infer: (body: unknown, name = "line", version?: string) => infer(name, Buffer.from(JSON.stringify(body)), version),
  };
}

const of = (answer: { outputs: readonly { name: string; data: readonly unknown[] }[] }, name: string) =>
  answer.outputs.find((one) => one.name === name)?.data;

describe("an event", () => {
  test("is answered by the model of its set", async () => {
    const { learn, ask } = perColour();
    await learn("line/red", 10);
    await learn("line/blue", 20);

    expect(await ask("line/red")).toMatchObject({ value: 10, set: "line/red", version: 1 });
    expect(await ask("line/blue")).toMatchObject({ value: 20, set: "line/blue", version: 1 });
  });

  test("with a value that was never learned is answered by an untrained model, and makes no set", async () => {
    const { learn, ask } = perColour();
    await learn("line/red", 10);

    expect(await ask("line/green")).toMatchObject({ value: 0, set: "line/green", version: 0 });

    expect(await store.models.sets()).toEqual(["line/red"]);
  });

  test("with a value that was never learned is answered by the current prior, until its set has learned", async () => {
    const { learn, ask } = perColour(", prior: line");
    await learn("line", 7);
    const before = await ask("line/green");
    await learn("line", 9);
    const later = await ask("line/green");

    await learn("line/green", 2);

    expect(before).toMatchObject({ value: 7, set: "line/green", version: 0 });
    expect(later).toMatchObject({ value: 8, version: 0 });
    // It began with the prior's two examples.
    expect(await ask("line/green")).toMatchObject({ value: 6, version: 1 });
    expect(await ask("line")).toMatchObject({ value: 8, set: "line", version: 2 });
  });

  test("is scored on what the prior answered for it", async () => {
    const { predict, pipeline, learn } = perColour(", prior: line");
    await learn("line", 7);

    const served = await predict.serve(pipeline, "line/green", { x: 1 });

    expect(served).toMatchObject({ generation: (await store.models.head("line/green")).generation, version: 0 });
  });

  test("is answered by its set even where more sets are asked than are kept open", async () => {
    const { learn, ask } = perColour("", 2);
    const values = ["a", "b", "c", "d", "e"];
    for (const [i, value] of values.entries()) await learn(`line/${value}`, i);

    const answers = await Promise.all([...values, ...values].map((value) => ask(`line/${value}`)));

    expect(answers.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  });
});

test("sets are kept open as long as their states are not too large together", async () => {
  const { learn, ask, loads } = perColour("", 8, 2500);
  for (const value of ["a", "b", "c"]) await learn(`line/${value}`, 1);
  const bytes = ((await store.models.loadSince("line/a")).base ?? "").length;
  expect(2500 / bytes).toBeGreaterThan(2);
  expect(2500 / bytes).toBeLessThan(3);

  for (const value of ["a", "b", "a", "c", "a", "b"]) await ask(`line/${value}`);

  expect(loads).toEqual(["line/a", "line/b", "line/c", "line/b"]);
});

describe("a synchronous request", () => {
  test("has each row answered by its own set, which the answer names", async () => {
    const { learn, infer } = perColour();
    await learn("line/red", 10);
    await learn("line/blue", 20);
    await learn("line/blue", 20);

    const answer = await infer([
      { x: 1, colour: "blue" },
      { x: 1, colour: "red" },
      { x: 1, colour: "blue" },
    ]);

    expect(of(answer, "prediction")).toEqual([20, 10, 20]);
    expect(of(answer, "set")).toEqual(["line/blue", "line/red", "line/blue"]);
    expect(of(answer, "version")).toEqual([2, 1, 2]);
    expect(answer).not.toHaveProperty("model_version");
  });

  test("has the version in its answer where all rows belong to one set", async () => {
    const { learn, infer } = perColour();
    await learn("line/red", 10);

    expect(await infer({ x: 1, colour: "red" })).toMatchObject({ model_name: "line", model_version: "1" });
  });

  test("may name the set and its version; rows of other sets are refused with their path", async () => {
    const { learn, infer } = perColour();
    await learn("line/red", 10);

    expect(await infer({ x: 1, colour: "red" }, "line/red", "1")).toMatchObject({ model_name: "line/red" });
    await expect(
      infer(
        [
          { x: 1, colour: "red" },
          { x: 1, colour: "blue" },
        ],
        "line/red",
      ),
    ).rejects.toMatchObject({
      code: "set",
      fields: [{ path: "[1].colour" }],
    });
    await expect(infer({ x: 1, colour: "red" }, "line/red", "7")).rejects.toMatchObject({ code: "version" });
    await expect(infer({ x: 1, colour: "red" }, "line", "1")).rejects.toThrow(/line\/<value>/);
    for (const name of ["line/", "line/a b", "other/red"]) {
      await expect(infer({ x: 1, colour: "red" }, name)).rejects.toMatchObject({ code: "unknown-pipeline" });
    }
  });

  test("with an id stores the row under its set, and gets the same answer again", async () => {
    const { learn, infer, published } = perColour();
    await learn("line/red", 10);
    const asked = { id: "a", inputs: { x: 1, colour: "red" } };

    const first = await infer(asked);
    await learn("line/red", 1000);
    const again = await infer(asked);

    expect(of(first, "set")).toEqual(["line/red"]);
    expect(again).toEqual(first);
    expect((await store.joins.read("line", observationKey("line", "a")))?.observation?.set).toBe("line/red");
    expect(published).toHaveLength(2);
  });

  test("with an id is refused where there are too many sets; without one it is answered, and nothing is stored", async () => {
    const { learn, infer } = perColour(", most: 1, prior: line");
    await learn("line", 7);
    await learn("line/red", 10);

    await expect(infer({ id: "a", inputs: { x: 1, colour: "blue" } })).rejects.toMatchObject({
      code: "too-many-models",
    });

    expect(of(await infer({ x: 1, colour: "blue" }), "prediction")).toEqual([7]);
    expect(await store.models.sets()).toEqual(["line", "line/red"]);
  });

  test("is refused with a value that names no set", async () => {
    const { infer } = perColour();

    await expect(infer([{ x: 1, colour: "" }])).rejects.toMatchObject({
      code: "schema",
      fields: [{ path: "[0].colour" }],
    });
  });
});

test("metadata: a set has its version, a pipeline with several sets has none, and both have `set` among the outputs", async () => {
  const { learn, metadata } = perColour();
  await learn("line/red", 10);

  const [all, red] = [await metadata.model("line"), await metadata.model("line/red")];

  expect(all).toMatchObject({ name: "line", versions: [] });
  expect(red).toMatchObject({ name: "line/red", versions: ["1"] });
  expect(red.outputs).toContainEqual({ name: "set", datatype: "BYTES", shape: [-1] });
  expect(await metadata.ready("line/red", "1")).toEqual({ name: "line/red", ready: true });
  await expect(metadata.model("line", "1")).rejects.toMatchObject({ code: "version" });
});

test("the document has the paths of a set, with the value as it is written in the name", () => {
  const { paths } = openApiDocument(perColour().pipelines) as {
    paths: Record<string, { parameters?: { name: string }[] }>;
  };

  const parameters = (path: string) => paths[path]?.parameters?.map(({ name }) => name);
  expect(parameters("/v2/models/line%2F{value}/infer")).toEqual(["value"]);
  expect(parameters("/v2/models/line%2F{value}/versions/{version}/infer")).toEqual(["value", "version"]);
  expect(paths).toHaveProperty("/v2/models/line/infer");
  expect(paths).not.toHaveProperty("/v2/models/line/versions/{version}");
});

test("metrics are by pipeline, however many values are asked for", async () => {
  const { ask, telemetry } = perColour();

  for (let i = 0; i < 20; i++) await ask(`line/v${i}`);

  const text = await telemetry.registry.metrics();
  expect(text).toContain('wadi_predictions_total{set="line"} 20');
  expect(text).not.toContain("line/");
});
