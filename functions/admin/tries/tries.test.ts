// Predictions and events that are tried by hand.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeadLetterQueue } from "../../lib/broker/broker.ts";
import { systemClock } from "../../lib/clock.ts";
import { type FieldProblem, NotFoundError, RejectedError } from "../../lib/errors.ts";
import type { Event } from "../../lib/events/vocabulary.ts";
import { newFolder, type Running, startRunning } from "../fixtures/running.ts";
import type { SendRequest } from "../shapes/tries.ts";
import { createTries } from "./tries.ts";
import { REACHES } from "./tries-under-test.contract.ts";

/** For the tests in which nothing is sent. */
let shared: Running;
const undo: (() => unknown)[] = [];
beforeAll(async () => {
  shared = await startRunning({}, (one) => undo.unshift(one));
});
afterAll(async () => {
  for (const one of undo) await one();
});

/** The fields at fault. */
async function faultsOf(work: Promise<unknown>): Promise<readonly FieldProblem[]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RejectedError);
  return (error as RejectedError).fields;
}

const file = (lines: string) => `event:
  schemas:
    1:
      type: record
      name: R
      fields:
${lines}`;

/** One pipeline of each task, and one with a model for each value. */
function allTasks(): string {
  const folder = newFolder();
  const write = (name: string, text: string) => writeFileSync(join(folder, `${name}.yaml`), `name: ${name}\n${text}`);
  write(
    "per",
    `${file(`        - { name: key, type: string }
        - { name: n, type: int }
        - { name: ok, type: boolean, default: false }
        - { name: size, type: { type: enum, name: S, symbols: [small, large] } }
        - { name: y, type: ["null", double], default: null }
        - { name: z, type: ["null", double] }
`)}  subject: key
target: { field: y, task: regression }
labelHorizon: 1h
modelPer: size
features: [{ from: n, as: number }]
models: { linear: [linear-regression] }
serve: linear
metrics: [mae]
`,
  );
  const classes = (name: string, type: string, task: string, learner: string) =>
    write(
      name,
      `${file(`        - { name: x, type: double }
        - { name: y, type: [ "null", ${type} ], default: null }
`)}target: { field: y, ${task} }
labelHorizon: 1h
features: [{ from: x, as: number }]
models: { m: [${learner}] }
serve: m
metrics: [accuracy]
`,
    );
  classes("truth", "boolean", "task: binary", "logistic-regression");
  classes("spam", "string", "task: binary, positive: spam", "logistic-regression");
  classes("colour", "{ type: enum, name: C, symbols: [red, green] }", "task: multiclass", "softmax-regression");
  classes("word", "string", "task: multiclass", "softmax-regression");
  return folder;
}

test("a form is told of each field what it is, and of a target how its truths are written", async () => {
  const running = await startRunning({ pipelinesFolder: allTasks() });
  const admin = (REACHES[1] as (typeof REACHES)[number])[1](running);

  const { record, modelPer, subject } = await admin.pipeline("per");

  expect([modelPer, subject]).toEqual(["size", "key"]);
  expect(record.map(({ name, kind, optional }) => [name, kind, optional])).toEqual([
    ["key", "text", false],
    ["n", "integer", false],
    ["ok", "boolean", true],
    ["size", "enum", false],
    ["y", "number", true],
    ["z", "number", false],
  ]);
  expect(record.find(({ kind }) => kind === "enum")?.symbols).toEqual(["small", "large"]);
  expect(record.filter(({ isSubject, isTarget }) => isSubject || isTarget).map(({ name }) => name)).toEqual([
    "key",
    "y",
  ]);
  const classesOf = async (name: string) => (await admin.pipeline(name)).classes;
  expect(await classesOf("truth")).toEqual(["false", "true"]);
  expect(await classesOf("spam")).toEqual(["spam"]);
  expect(await classesOf("colour")).toEqual(["red", "green"]);
  expect(await classesOf("word")).toBeUndefined();
});

describe.each(REACHES)("%s", (_name, reach) => {
  test("a prediction is what /v2 answers without an id, and nothing is recorded", async () => {
    const running = await startRunning();
    const { wadi, send, settled } = running;
    for (let i = 0; i < 40; i++) await send("observation", `o${i}`, { x: i / 40, y: i / 20 });
    await settled();
    const { received } = wadi.broker.status();

    const told = await reach(running).predict("line", { record: { x: 0.5 }, interval: 0.5, explain: true });

    const body = JSON.stringify({ inputs: { x: 0.5 }, parameters: { interval: 0.5, explain: true } });
    const response = await fetch(`${wadi.url}/v2/models/line/infer`, { method: "POST", body });
    const { outputs } = (await response.json()) as { outputs: { name: string; data: unknown[] }[] };
    const output = (name: string) => outputs.find((one) => one.name === name)?.data[0];
    expect(told).toMatchObject({
      value: output("prediction"),
      model: "linear",
      set: "line",
      generation: "1",
      version: output("version"),
      values: { linear: output("model:linear"), mean: output("model:mean") },
      interval: { level: 0.5, lower: output("lower"), upper: output("upper") },
      explanation: JSON.parse(String(output("explanation"))),
    });
    expect(told.stalenessMs).toBeGreaterThanOrEqual(0);
    expect(wadi.broker.status().received).toBe(received);
    expect(await wadi.store.joins.counts("line")).toMatchObject({ opened: 40 });
  });

  test("probabilities come by label, with the class; an interval that is not there says why", async () => {
    const running = await startRunning({ pipelinesFolder: allTasks() });
    const { send, settled } = running;
    await send("observation", "a", { x: 1, y: "red" }, { pipeline: "colour" });
    await send("observation", "b", { x: 1, y: true }, { pipeline: "truth" });
    await send("observation", "c", { key: "k", n: 1, size: "large", z: null, y: 3 }, { pipeline: "per" });
    await settled();
    const admin = reach(running);

    const colour = await admin.predict("colour", { record: { x: 1 }, interval: 0.9 });
    const truth = await admin.predict("truth", { record: { x: 1 } });
    const per = await admin.predict("per", { record: { key: "q", n: 1, size: "large", z: 0.5 } });
    const empty = await admin.predict("word", { record: { x: 1 } });

    expect(colour).toMatchObject({ value: { red: 1 }, class: "red", values: { m: { red: 1 } } });
    expect(colour.interval).toMatchObject({ level: 0.9, none: expect.stringMatching(/./) });
    expect(truth).toMatchObject({ class: true, value: expect.any(Number) });
    expect(per).toMatchObject({ set: "per/large", model: "linear", version: 1 });
    expect(empty).toMatchObject({ value: null, values: { m: null }, version: 0 });
    expect(empty.class).toBeUndefined();
    expect(empty.interval).toBeUndefined();
  });

  test("what is wrong with a record is named by its field in the request", async () => {
    const running = await startRunning();
    const admin = reach(running);
    const record = { distance: "far", origin: null, date: "yesterday", "<b>": 1 };

    const faults = await faultsOf(admin.predict("flights", { record }));
    const proto = await faultsOf(admin.predict("line", { record: JSON.parse('{"x": 1, "__proto__": 2}') }));

    expect(faults.map(({ path }) => path).sort()).toEqual([
      "body.record.date",
      "body.record.destination",
      "body.record.distance",
      "body.record.origin",
      'body.record["<b>"]',
    ]);
    expect(proto.map(({ path }) => path)).toEqual(["body.record.__proto__"]);
    await expect(admin.predict("flight", { record: {} })).rejects.toThrow(/did you mean "flights"/);
    await expect(admin.predict("constructor", { record: {} })).rejects.toBeInstanceOf(NotFoundError);
    expect(await faultsOf(admin.predict("shuttle", { record: {}, interval: 0.5 }))).toEqual([
      { path: "body.interval", problem: expect.stringContaining("no intervals of anomaly") },
    ]);
  });

  test("an observation and its label take the way of any client's event", async () => {
    const running = await startRunning();
    const admin = reach(running);

    const sent = await admin.send({ pipeline: "line", kind: "observation", data: { x: 2 } });
    await running.settled();
    const label = await admin.send({ pipeline: "line", kind: "label", subject: sent.subject, data: { y: 4 } });
    await running.settled();

    expect(sent).toEqual({ source: "/wadi/admin", id: sent.id, subject: sent.id });
    expect(label).toMatchObject({ subject: sent.subject });
    expect(label.id).not.toBe(sent.id);
    const { steps, y, x } = await admin.trace("line", sent.subject);
    expect(steps.map(({ what }) => what)).toEqual(["observed", "predicted", "labelled", "learned"]);
    expect({ x, y }).toEqual({ x: { x: 2 }, y: 4 });
  });

  test("the same id again is the same event, and is learned once", async () => {
    const running = await startRunning();
    const admin = reach(running);
    const request: SendRequest = { pipeline: "line", kind: "observation", id: "mine", data: { x: 1, y: 2 } };

    await Promise.all(Array.from({ length: 5 }, () => admin.send(request)));
    await running.settled();

    expect(await admin.model("line", {})).toMatchObject({ count: 1, learnedIds: 1 });
    expect((await admin.status()).deadLetters).toBe(0);
  });

  test("a dead letter that is corrected is a new event of the same subject, and goes once that was taken", async () => {
    const running = await startRunning();
    const admin = reach(running);
    await running.send("observation", "bad", { x: "seven" }, { time: "2024-05-01T10:00:00Z" });
    await running.settled();
    const [letter] = (await admin.deadLetters({})).items;
    const corrects = letter?.number ?? 0;
    const request: SendRequest = { pipeline: "line", kind: "observation", data: { x: 7, y: 14 }, corrects };

    const faults = await faultsOf(admin.send({ ...request, data: { x: "eight" } }));
    expect(faults.map(({ path }) => path)).toEqual(["body.data.x"]);
    expect((await admin.status()).deadLetters).toBe(1);

    const sent = await admin.send(request);
    await running.settled();

    expect(sent).toEqual({
      source: "/wadi/admin",
      id: expect.stringMatching(/^corrected-/),
      subject: "bad",
      dropped: true,
    });
    expect((await admin.status()).deadLetters).toBe(0);
    expect(await admin.trace("line", "bad")).toMatchObject({ x: { x: 7 }, y: 14 });
    await expect(admin.send(request)).rejects.toBeInstanceOf(NotFoundError);
    expect(await admin.model("line", {})).toMatchObject({ count: 1 });
  });

  test("an observation is named by the field that names it, whatever subject is given", async () => {
    const running = await startRunning({ pipelinesFolder: allTasks() });
    const admin = reach(running);
    const data = { key: "k-1", n: 1, size: "small", z: null };

    const sent = await admin.send({ pipeline: "per", kind: "observation", subject: "other", data });
    const label = await admin.send({ pipeline: "per", kind: "label", data: { key: "k-1", y: 1 } });
    await running.settled();

    expect([sent.subject, label.subject]).toEqual(["k-1", "k-1"]);
    expect(await admin.model("per/small", {})).toMatchObject({ count: 1 });
  });

  test.each<[string, Partial<SendRequest>, string[], RegExp]>([
    ["a text for a number", { data: { x: "text" } }, ["body.data.x"], /finite number/],
    ["a field that is not there", { data: { x: 1, "<script>": 2 } }, ['body.data["<script>"]'], /not a field/],
    ["nothing", { data: {} }, ["body.data.x"], /missing/],
    ["a label without a subject", { kind: "label", data: { y: 1 } }, ["body.subject"], /names its observation/],
    ["a label of another field", { kind: "label", subject: "s", data: { z: 1 } }, ["body.data.z", "body.data.y"], /./],
    ["an id with a line end", { id: "a\nb" }, ["body.id"], /control character/],
    ["half a character", { subject: "\ud800" }, ["body.subject"], /half a character/],
    ["a name from the language", { data: JSON.parse('{"x":1,"__proto__":1}') }, ["body.data.__proto__"], /not a field/],
  ])("%s is refused at once, naming the field, and nothing is sent", async (_title, wrong, paths, words) => {
    const request: SendRequest = { pipeline: "line", kind: "observation", data: { x: 1 }, ...wrong };

    const faults = await faultsOf(reach(shared).send(request));

    expect(faults.map(({ path }) => path).sort()).toEqual([...paths].sort());
    expect(faults.map(({ problem }) => problem).join()).toMatch(words);
    expect(shared.wadi.broker.status()).toMatchObject({ received: 0, deadLetters: 0 });
  });

  test("an event for a pipeline that is not deployed is refused with a similar name", async () => {
    const asked = reach(shared).send({ pipeline: "lines", kind: "observation", data: { x: 1 } });

    await expect(asked).rejects.toBeInstanceOf(NotFoundError);
    await expect(asked).rejects.toThrow(/did you mean "line"/);
  });
});

test.each<[string, string, string, number, RegExp]>([
  ["a number that is endless", "pipelines/line/predict", '{"record":{"x":1e999}}', 422, /body\.record\.x/],
  ["NaN", "pipelines/line/predict", '{"record":{"x":NaN}}', 400, /no JSON/],
  ["a list in a record", "pipelines/line/predict", '{"record":{"x":[1]}}', 422, /body\.record\.x/],
  ["an object in a record", "pipelines/line/predict", '{"record":{"x":{"__proto__":1}}}', 422, /body\.record\.x/],
  ["a level that is none", "pipelines/line/predict", '{"record":{"x":1},"interval":1}', 422, /body\.interval/],
  ["a __proto__ beside the record", "pipelines/line/predict", '{"record":{},"__proto__":{}}', 422, /__proto__/],
  [
    "a long name",
    "events",
    `{"pipeline":"line","kind":"observation","data":{"${"x".repeat(300)}":1}}`,
    422,
    /body\.data/,
  ],
  ["a type of its own", "events", '{"pipeline":"line","kind":"features.extracted","data":{}}', 422, /body\.kind/],
  ["an attribute of its own", "events", '{"pipeline":"line","kind":"label","data":{},"type":"x"}', 422, /body\.type/],
  ["a text of 300 kB", "events", `{"pipeline":"line","kind":"label","data":{"y":"${"a".repeat(3e5)}"}}`, 413, /bytes/],
  ["a record of 300 kB", "pipelines/line/predict", `{"record":{"x":"${"a".repeat(3e5)}"}}`, 413, /bytes/],
])("%s over HTTP is refused, and what is at fault is named", async (_title, path, body, status, words) => {
  const { ask, wadi } = shared;

  const response = await ask(`/api/v1/${path}`, { method: "POST", body });

  expect(response.status).toBe(status);
  expect(((await response.json()) as { detail: string }).detail).toMatch(words);
  expect(wadi.broker.status().received).toBe(0);
});

test("an event that is sent while Wadi stops is learned after the next start, if it was taken", async () => {
  const running = await startRunning();
  const admin = (REACHES[1] as (typeof REACHES)[number])[1](running);
  const answers = Array.from({ length: 20 }, (_, i) =>
    admin.send({ pipeline: "line", kind: "observation", id: `e${i}`, data: { x: i, y: i } }).then(
      () => 1,
      () => 0,
    ),
  );

  await running.stop();
  const taken = (await Promise.all(answers)).reduce<number>((sum, one) => sum + one, 0);
  const again = await startRunning({ dataFolder: running.folder });
  await again.settled();

  const learned = await again.wadi.store.models.learnedCount("line");
  expect(learned).toBeGreaterThanOrEqual(taken);
});

test("a correction that was taken before Wadi was killed is the same event when it is sent again: the letter is there till then", async () => {
  const running = await startRunning();
  const { pipelines, broker } = running.wadi;
  await running.send("observation", "bad", { x: "seven" });
  await running.settled();
  const request: SendRequest = { pipeline: "line", kind: "observation", data: { x: 7, y: 14 }, corrects: 1 };
  const send = (event: Event) => broker.publish(event);
  const predict = () => Promise.reject(new Error("nobody asks for a prediction"));
  const killed = {
    ...broker.deadLetters,
    get: broker.deadLetters.get,
    drop: () => Promise.reject(new Error("killed")),
  };
  const over = (letters: DeadLetterQueue) =>
    createTries({ pipelines, tries: { predict, send }, clock: systemClock, letters });

  await expect(over(killed).send(request)).rejects.toThrow("killed");
  await running.settled();
  expect(broker.status().deadLetters).toBe(1);
  const { dropped } = await over(broker.deadLetters).send(request);
  await running.settled();

  expect(dropped).toBe(true);
  expect(broker.status().deadLetters).toBe(0);
  expect(await running.wadi.store.models.learnedCount("line")).toBe(1);
});

test("what a step has made cannot be corrected: it is to be sent again as it is", async () => {
  const { pipelines, broker } = shared.wadi;
  const event = { specversion: "1.0", id: "1", source: "/s", type: "dev.wadi.features.extracted" } as const;
  const letters = {
    ...broker.deadLetters,
    get: async () => ({ number: 9, trigger: "learn", time: 0, reason: "x", event }),
  };
  const send = () => Promise.reject(new Error("nothing is sent"));
  const tries = createTries({ pipelines, tries: { predict: send, send }, clock: systemClock, letters });

  const faults = await faultsOf(tries.send({ pipeline: "line", kind: "observation", data: { x: 1 }, corrects: 9 }));

  expect(faults).toEqual([{ path: "body.corrects", problem: expect.stringContaining("send it again as it is") }]);
});
