// The age of a prediction in its answer, and answers while the store is away.

import { afterEach, beforeEach, expect, test } from "vitest";
import { UnavailableError } from "../lib/errors.ts";
import { observationKey } from "../lib/events/identity.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { dataOf, inferring, lineYaml, openLine, pipelines } from "./fixtures/line.ts";
import { createPredict } from "./handler.ts";
import { createInfer } from "./infer.ts";
import { createMetadata } from "./metadata.ts";
import { createRecorder } from "./recorder.ts";

let opened: ReturnType<typeof openLine>;
beforeEach(() => {
  opened = openLine();
});
afterEach(() => opened.store.close());

/** A predictor whose store can become unavailable. */
function openWith(maxStalenessMs = 60_000) {
  const { store, clock, features } = opened;
  const { joins, models } = store;
  const telemetry = createTelemetry();
  const lines: { level: string; message: string }[] = [];
  const say = (level: string) => (_fields: unknown, message: string) => void lines.push({ level, message });
  const log = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  let away = false;
  const head = async (set: string) => {
    if (away) throw new UnavailableError("store-unavailable", "the store redis://r cannot be used: start it");
    return models.head(set);
  };
  const guarded = { ...models, head };
  const predict = createPredict({ pipelines, models: guarded, joins, clock, telemetry, log, maxStalenessMs });
  const record = createRecorder({ joins, models, clock, serve: predict.serve, publish: async () => {} });
  const infer = inferring(createInfer({ pipelines, predict, record }));
  return {
    ...{ lines, telemetry, predict },
    metadata: createMetadata(pipelines, predict),
    ask: (request: object, version?: string) => infer("line", Buffer.from(JSON.stringify(request)), version),
    event: (id: string) => predict.handle(features(id)),
    goAway: () => {
      away = true;
    },
    turn: () => new Promise(setImmediate),
  };
}

test("a prediction says that it is fresh, with an id and without, and as an event", async () => {
  const { ask, event } = openWith();

  expect((await ask({ x: 1 })).parameters).toEqual({ stale: false, staleness_ms: 0 });
  expect((await ask({ id: "a", inputs: { x: 1 } })).parameters).toEqual({ stale: false, staleness_ms: 0 });
  expect(dataOf(await event("b")).stalenessMs).toBe(0);
});

test("the age of the model is stored with the prediction, and a repeated request gets the same", async () => {
  const { ask } = openWith();
  const { joins } = opened.store;
  await ask({ id: "a", inputs: { x: 1 } });
  opened.clock.advance(5000);

  const again = await ask({ id: "a", inputs: { x: 1 } });

  expect(again.parameters).toEqual({ stale: false, staleness_ms: 0 });
  expect((await joins.read("line", observationKey("line", "a")))?.served?.stalenessMs).toBe(0);
});

test("a prediction of an earlier Wadi, which stored no age, is answered without one", async () => {
  const { ask, event } = openWith();
  const { joins } = opened.store;
  const { features, observed } = opened;
  const key = observationKey("line", features("old").subject as string);
  await observed(key);
  await joins.putServed("line", key, { generation: "1", version: 0, model: "line", values: { line: 1 } });

  expect(dataOf(await event("old"))).not.toHaveProperty("stalenessMs");
  expect((await ask({ x: 1 })).parameters).toHaveProperty("staleness_ms");
});

test("while the store is away the last version answers requests without an id, marked; all others are refused", async () => {
  const { ask, event, goAway, turn, metadata, lines, telemetry } = openWith();
  await opened.learn(3);
  const fresh = await ask({ x: 1 });
  await turn();
  goAway();
  opened.clock.advance(42_000);

  const stale = await ask([{ x: 1 }, { x: 1 }]);

  expect(stale.parameters).toEqual({ stale: true, staleness_ms: 42_000 });
  expect(stale.model_version).toBe("3");
  expect(stale.outputs[0]?.data).toEqual(Array(2).fill(fresh.outputs[0]?.data[0]));
  await turn();
  expect((await ask({ inputs: { x: 1 } }, "3")).parameters.stale).toBe(true);
  expect(await metadata.ready("line")).toEqual({ name: "line", ready: true });
  await expect(ask({ id: "a", inputs: { x: 1 } })).rejects.toMatchObject({ code: "store-unavailable" });
  await expect(event("b")).rejects.toMatchObject({ code: "store-unavailable" });
  const metrics = await telemetry.registry.metrics();
  expect(metrics).toContain('wadi_stale_predictions_total{set="line"} 3');
  expect(metrics).toContain('wadi_prediction_staleness_seconds_bucket{le="60",set="line"} 4');
  expect(lines[0]).toEqual({
    level: "warn",
    message: expect.stringMatching(/^line is predicted from the last state, for 60 s at most .*: the store .*start it/),
  });
});

test("past the limit, or with a limit of 0, they are refused", async () => {
  const [some, none] = [openWith(), openWith(0)];
  for (const { ask, goAway, turn } of [some, none]) {
    await ask({ x: 1 });
    await turn();
    goAway();
  }

  await expect(none.ask({ x: 1 })).rejects.toBeInstanceOf(UnavailableError);
  opened.clock.advance(60_001);
  await expect(some.ask({ x: 1 })).rejects.toBeInstanceOf(UnavailableError);
  await expect(some.metadata.ready("line")).rejects.toBeInstanceOf(UnavailableError);
});

test("an observation that was served by a version the store no longer has is reported as a loss", async () => {
  const { event, turn, telemetry } = openWith();
  const { features, observed, store } = opened;
  const key = observationKey("line", features("a").subject as string);
  await observed(key);
  await store.joins.putServed("line", key, { generation: "1", version: 9, model: "line", values: { line: 1 } });
  await event("a");
  await turn();

  await event("b");

  expect(await telemetry.registry.metrics()).toContain('wadi_store_regressed_total{set="line"} 1');
});

test("a prior from the last known state marks the answers for values that were never learned", async () => {
  const { store, clock } = opened;
  const { joins, models } = store;
  const yaml = `${lineYaml("{ line: [ mean-regressor ] }")}modelPer: { field: colour, prior: line/base }\n`;
  const perColour = parsePipeline(yaml, "line.yaml");
  let away = false;
  // The sets of one pipeline lie on several nodes of a Redis Cluster.
  const head = async (set: string) => {
    if (away && set === "line/base") throw new UnavailableError("store-unavailable", "the node is away");
    return models.head(set);
  };
  const telemetry = createTelemetry();
  const predict = createPredict({
    ...{ pipelines: new Map([["line", perColour]]), models: { ...models, head }, joins, clock, telemetry },
    maxStalenessMs: 60_000,
  });
  const ask = () => predict.serveRecent(perColour, "line/new", { x: 1 });
  const fresh = await ask();
  await new Promise(setImmediate);
  away = true;
  clock.advance(42_000);

  const stale = await ask();

  expect(fresh).toMatchObject({ stale: false, served: { stalenessMs: 0 } });
  expect(stale).toMatchObject({ stale: true, served: { stalenessMs: 42_000 } });
});
