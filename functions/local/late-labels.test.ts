// River's numbers for labels that come late, through the four functions and the store: each observation is predicted when it comes,
// its label is sent when its delay is over, what was served is scored, and the features that were stored are learned.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createFeaturize } from "../featurize/handler.ts";
import { createLearn } from "../learn/handler.ts";
import { manualClock } from "../lib/clock.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { readScores } from "../lib/learners/model-set.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { createPredict } from "../predict/handler.ts";
import { createValidate } from "../validate/handler.ts";

const fixtures = join(import.meta.dirname, "../lib/learners/fixtures");
const DAY = 86_400_000;

type Delay = number | "per-row";

interface Golden {
  readonly model: readonly unknown[];
  readonly n: number;
  readonly results: readonly { readonly delay: Delay; readonly mae: number }[];
}

interface Row {
  readonly data: Readonly<Record<string, unknown>>;
  readonly y: number;
  /** In the unit of the delays: rows, or minutes of event time. */
  readonly time: number;
  readonly perRow: number;
}

interface Case {
  readonly golden: Golden;
  readonly rows: readonly Row[];
  readonly pipeline: Pipeline;
  readonly target: string;
}

function cells(file: string, rows: number): Record<string, string>[] {
  const [head = "", ...lines] = readFileSync(join(fixtures, file), "utf8").trim().split("\n");
  const names = head.split(",");
  return lines
    .slice(0, rows)
    .map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i] as string, cell])));
}

function pipelineOf(name: string, golden: Golden, target: string, fields: object[], features: object[]): Pipeline {
  const all = [...fields, { name: target, type: ["null", "double"], default: null }];
  const text = JSON.stringify({
    name,
    event: { schemas: { 1: { type: "record", name: "Row", fields: all } } },
    target: { field: target, task: "regression" },
    labelHorizon: "30d",
    features,
    models: { late: golden.model },
    serve: "late",
    metrics: ["mae"],
  });
  return parsePipeline(text, `${name}.yaml`);
}

const read = (name: string) => JSON.parse(readFileSync(join(fixtures, `${name}.json`), "utf8")) as Golden;

function trump(): Case {
  const golden = read("trump-delayed");
  const target = "five_thirty_eight";
  const table = cells("trump_approval.csv", golden.n);
  const names = Object.keys(table[0] ?? {}).filter((name) => name !== target);
  const rows = table.map((row, time): Row => {
    const data = Object.fromEntries(names.map((name) => [name, Number(row[name])]));
    return { data, y: Number(row[target]), time, perRow: 0 };
  });
  const fields = names.map((name) => ({ name, type: "double" }));
  const features = names.map((from) => ({ from, as: "number" }));
  return { golden, rows, target, pipeline: pipelineOf("trump-delayed", golden, target, fields, features) };
}

function flights(): Case {
  const golden = read("flights-delayed");
  const table = cells("flights.csv", golden.n);
  const first = Date.parse(table[0]?.["date"] as string);
  const rows = table.map(({ date = "", distance, delay }): Row => {
    const perRow = Math.max(0, Math.floor(Number(distance) / 8) + Number(delay));
    const time = Math.floor((Date.parse(date) - first) / 60_000);
    return { data: { date, distance: Number(distance) }, y: Number(delay), time, perRow };
  });
  const fields = [
    { name: "date", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "distance", type: "double" },
  ];
  const features = [
    { from: "distance", as: "number" },
    { from: "date", as: "hour-of-day", encode: "cyclic" },
  ];
  return { golden, rows, target: "delay", pipeline: pipelineOf("flights-delayed", golden, "delay", fields, features) };
}

/** The functions over one store. */
function way(pipeline: Pipeline) {
  const pipelines = new Map([[pipeline.name, pipeline]]);
  const clock = manualClock();
  const store = openSqliteStore(":memory:", { now: () => clock.now(), joinWindowMs: () => 40 * DAY });
  const { models, joins } = store;
  const telemetry = createTelemetry();
  const validate = createValidate({ pipelines, clock });
  const featurize = createFeaturize({ pipelines, joins, models, telemetry, clock });
  const predict = createPredict({ pipelines, models, joins, clock, telemetry });
  let commits = 0;
  const learn = createLearn({
    ...{ pipelines, models, clock, telemetry, random: () => 0.5, learnedWindowMs: () => 40 * DAY },
    revision: () => `r${++commits}`,
  });
  const derived = async (event: Event) => (await featurize((await validate(event)) as Event)) as Event;
  const event = (type: string, i: number, data: object): Event =>
    ({
      specversion: "1.0",
      type,
      source: "/late",
      id: `${type}/${i}`,
      subject: `row-${i}`,
      pipeline: pipeline.name,
      data,
    }) as Event;
  return {
    observe: async (i: number, data: object) => predict.handle(await derived(event(EventType.observation, i, data))),
    label: async (i: number, data: object) => learn(await derived(event(EventType.label, i, data))),
    scores: async () => readScores(pipeline, (await models.load(pipeline.name)).state),
    close: () => store.close(),
  };
}

/** Answers with the scores after the last label. */
async function replay({ rows, pipeline, target }: Case, delay: Delay) {
  const { observe, label, scores, close } = way(pipeline);
  const waiting: { readonly due: number; readonly i: number }[] = [];

  async function answer(until: number): Promise<void> {
    waiting.sort((a, b) => a.due - b.due);
    while (waiting[0] !== undefined && waiting[0].due <= until) {
      const { i } = waiting.shift() as (typeof waiting)[number];
      await label(i, { [target]: rows[i]?.y });
    }
  }

  for (const [i, { data, time, perRow }] of rows.entries()) {
    await answer(time);
    await observe(i, data);
    waiting.push({ due: time + (delay === "per-row" ? perRow : delay), i });
  }
  await answer(Number.POSITIVE_INFINITY);
  const found = await scores();
  await close();
  return found;
}

const cases = [trump(), flights()].flatMap((one) =>
  one.golden.results.map(({ delay, mae }) => [one.pipeline.name, delay, one, mae] as const),
);

test.each(cases)(
  "%s, delay %s: the error is River's within 1e-9",
  { timeout: 120_000 },
  async (_name, delay, one, mae) => {
    const { count, scoredOnServed, models } = await replay(one, delay);

    expect([count, scoredOnServed]).toEqual([one.rows.length, one.rows.length]);
    expect(Math.abs((models["late"]?.metrics["mae"] as number) - mae)).toBeLessThanOrEqual(1e-9 * Math.max(1, mae));
  },
);
