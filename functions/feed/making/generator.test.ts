// The generator of events, in a Wadi that runs.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Admin } from "../../admin/admin.ts";
import { newFolder, type Running, startRunning } from "../../admin/fixtures/running.ts";
import type { Generator, GeneratorRequest } from "../../admin/shapes/generator.ts";
import type { Predicted } from "../../admin/shapes/tries.ts";
import { REACHES, until } from "../../admin/tries/tries-under-test.contract.ts";
import { openEmbeddedBroker } from "../../lib/broker/embedded/embedded.ts";
import { readTopology } from "../../lib/broker/topology.ts";
import { systemClock } from "../../lib/clock.ts";
import { BusyError, NotFoundError, RejectedError, UnavailableError } from "../../lib/errors.ts";
import { loadPipelines } from "../../lib/pipeline/load.ts";
import { cleanUp, later, root, temporaryFolder } from "../../local/wadi-under-test.contract.ts";
import { lineRows } from "../generators/line.ts";
import { generatorHere } from "./here.ts";

afterEach(cleanUp);

/** For the tests in which nothing is started. */
let shared: Running;
const undo: (() => unknown)[] = [];
beforeAll(async () => {
  shared = await startRunning({}, (one) => undo.unshift(one));
});
afterAll(async () => {
  for (const one of undo) await one();
});

const LINE: GeneratorRequest = { pipeline: "line", from: "line", rate: 5000, seed: 7 };
const IDLE = { state: "idle", rows: 0, observations: 0, labels: 0, refused: 0, waitingLabels: 0 };

const noPrediction = async (): Promise<Predicted> => {
  throw new UnavailableError("away", "the store is away");
};

const isOver = ({ state }: Generator) => state !== "runs";

async function outcome({ wadi, settled }: Running, set = "line") {
  await settled();
  const { version, count } = JSON.parse((await wadi.store.models.load(set)).state || '{"count":0}');
  const learned = await wadi.store.models.learnedCount(set);
  return { count, learned, deadLetters: wadi.broker.status().deadLetters, version };
}

describe.each(REACHES)("%s", (_name, reach) => {
  test("sessions of an app: labels late and some never, events twice; each session with a label is learned once", async () => {
    const running = await startRunning();
    const admin = reach(running);

    await admin.startGenerator({
      pipeline: "app-sessions",
      from: "app-sessions",
      rate: 5000,
      n: 400,
      users: 20,
      seed: 3,
    });
    const done = await until(() => admin.generator(), isOver);
    const { count, learned, deadLetters } = await outcome(running, "app-sessions");

    expect(done).toMatchObject({ state: "done", rows: 400, refused: 0, waitingLabels: 0 });
    expect(done.observations).toBeGreaterThan(400);
    const { joined, opened } = await admin.labels("app-sessions");
    expect([opened, count, learned, deadLetters]).toEqual([400, joined, joined, 0]);
    expect(joined).toBeGreaterThan(350);
    expect(joined).toBeLessThan(400);
  });

  test("a line is sent and learned; its points and both fits are told", async () => {
    const running = await startRunning();
    const admin = reach(running);
    expect(await admin.generator()).toEqual(IDLE);

    const begun = await admin.startGenerator({ ...LINE, n: 700, line: { beta: 3, sigma: 0.05 } });
    const done = await until(() => admin.generator(), isOver);
    await running.settled();
    const { fits } = await admin.generator();

    expect(begun).toMatchObject({ state: "runs", pipeline: "line", from: "line", rate: 5000, n: 700 });
    expect(done).toMatchObject({
      state: "done",
      rows: 700,
      observations: 700,
      labels: 0,
      refused: 0,
      waitingLabels: 0,
    });
    expect(done.error).toBeUndefined();
    expect(await outcome(running)).toMatchObject({ count: 700, learned: 700, deadLetters: 0 });
    const rows = [...lineRows({ n: 700, beta: 3, sigma: 0.05, seed: 7 })].map(({ fields }) => fields);
    expect(done.points).toEqual(rows.slice(200));
    expect(fits?.batch?.slope).toBeCloseTo(3, 1);
    expect(fits?.batch?.intercept).toBeCloseTo(0, 1);
    const at = async (x: number) => (await admin.predict("line", { record: { x } })).value as number;
    const { slope = 0, intercept = 0 } = fits?.online ?? {};
    expect(intercept + 0.25 * slope).toBeCloseTo(await at(0.25), 9);
  });

  test("slope and rate are turned while it runs, and a stop ends it at once", async () => {
    const running = await startRunning();
    const admin = reach(running);
    await admin.startGenerator({ ...LINE, rate: 0.001 });

    // It would wait for a quarter of an hour for its second row.
    await until(
      () => admin.generator(),
      ({ observations }) => observations === 1,
    );
    await admin.turnGenerator({ rate: 2000, line: { beta: -4, sigma: 0 } });
    const told = await until(
      () => admin.generator(),
      ({ rows }) => rows > 600,
    );
    const turned = await admin.turnGenerator({ rate: 0.001 });
    const stopped = await admin.stopGenerator();

    expect(turned).toMatchObject({ state: "runs", rate: 0.001, line: { beta: -4, sigma: 0 } });
    expect(told.fits?.batch?.slope).toBeCloseTo(-4, 5);
    for (const { x, y } of told.points ?? []) expect(y).toBeCloseTo(-4 * x, 5);
    expect(stopped.state).toBe("stopped");
    expect(await admin.stopGenerator()).toMatchObject({ state: "stopped", observations: stopped.observations });
    expect((await outcome(running)).learned).toBe(stopped.observations);
    await expect(admin.turnGenerator({ rate: 1 })).rejects.toThrow(/no generator runs: start one/);
  });

  test("one runs at a time: a second start is told so, and of many at once one succeeds", async () => {
    const admin = reach(await startRunning());

    const starts = await Promise.allSettled(
      Array.from({ length: 5 }, () => admin.startGenerator({ ...LINE, rate: 1 })),
    );

    expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const one of starts) if (one.status === "rejected") expect(one.reason).toBeInstanceOf(BusyError);
    await expect(admin.startGenerator(LINE)).rejects.toThrow(/sends to line already: stop it first/);
    await admin.stopGenerator();
    expect(await admin.startGenerator(LINE)).toMatchObject({ state: "runs", rate: 5000 });
    await admin.stopGenerator();
  });

  test("a file is sent like wadi emit sends it: twice, and each row is learned once", async () => {
    const running = await startRunning();
    const admin = reach(running);
    const text = ["x,y", ...Array.from({ length: 250 }, (_, i) => `${i / 100},${i / 50}`)].join("\r\n");
    const request: GeneratorRequest = { pipeline: "line", from: "file", rate: 5000, file: { name: "a.csv", text } };

    for (let time = 0; time < 2; time++) {
      await admin.startGenerator(request);
      const done = await until(() => admin.generator(), isOver);
      expect(done).toMatchObject({ state: "done", from: "a.csv", rows: 250, observations: 250, refused: 0 });
      expect(done.points).toBeUndefined();
    }

    expect(await outcome(running)).toMatchObject({ count: 250, learned: 250, deadLetters: 0 });
  });
});

/** Without an admin API between: requests and what they answer. */
async function started() {
  const running = await startRunning();
  const [, reach] = REACHES[0] as (typeof REACHES)[number];
  const admin = reach(running);
  const finish = async (request: Partial<GeneratorRequest>) => {
    await admin.startGenerator({ pipeline: "line", from: "line", rate: 5000, ...request });
    return until(() => admin.generator(), isOver);
  };
  const file = (name: string, text: string, more: Partial<GeneratorRequest> = {}) =>
    finish({ from: "file", file: { name, text }, ...more });
  return { running, admin, finish, file };
}

describe("files", () => {
  test("NDJSON and JSON, with a byte order mark or without", async () => {
    const { running, file } = await started();

    expect(await file("a.ndjson", '\ufeff{"x": 1, "y": 2}\n\n{"x": 2, "y": 4}\n')).toMatchObject({ observations: 2 });
    expect(await file("b.json", '[{"x": 3, "y": 6}, {"x": 4}]')).toMatchObject({ observations: 2, labels: 0 });

    expect(await outcome(running)).toMatchObject({ learned: 3, deadLetters: 0 });
  });

  test("labels come later, by rows or by time, and every one is learned", async () => {
    const { running, file } = await started();
    const rows = Array.from(
      { length: 60 },
      (_, i) => `2001-01-01T00:${String(i).padStart(2, "0")}:00Z,${i},DTW,LAS,${i}`,
    );
    const text = `date,distance,origin,destination,delay\n${rows.join("\n")}\n`;

    const byTime = await file("flights.csv", text, { pipeline: "flights", lateLabels: "30m" });
    const byRows = await file("b.csv", "x,y\n1,2\n2,4\n3,6\n", { lateLabels: "2" });

    expect(byTime).toMatchObject({ state: "done", observations: 60, labels: 60, waitingLabels: 0 });
    expect(byRows).toMatchObject({ state: "done", observations: 3, labels: 3, waitingLabels: 0 });
    expect(await outcome(running, "flights")).toMatchObject({ learned: 60, deadLetters: 0 });
  });

  test("what waits to be sent later is told, and is not sent after a stop", async () => {
    const { running, admin } = await started();
    await admin.startGenerator({ ...LINE, lateLabels: "100000", rate: 1000 });

    await until(
      () => admin.generator(),
      ({ waitingLabels }) => waitingLabels >= 100,
    );
    const { waitingLabels, rows, labels } = await admin.stopGenerator();

    expect([waitingLabels, labels]).toEqual([rows, 0]);
    expect(await outcome(running)).toMatchObject({ learned: 0, deadLetters: 0 });
  });

  test("a row of another width is counted and named; the others are sent", async () => {
    const { running, file } = await started();

    const done = await file("a.csv", "x,y\n1,2\n1,2,3\n2,4\n");

    expect(done).toMatchObject({ state: "done", rows: 3, observations: 2, refused: 1 });
    expect(done.error).toMatch(/^row 2 \(line 3\): it has 3 cells where the header has 2/);
    expect(await outcome(running)).toMatchObject({ learned: 2, deadLetters: 0 });
  });

  test("n rows of a file are sent, and a file that breaks off says where", async () => {
    const { file } = await started();
    const rows = Array.from({ length: 50 }, (_, i) => `{"x":${i},"y":1}`);

    expect(await file("a.ndjson", rows.join("\n"), { n: 20 })).toMatchObject({ state: "done", observations: 20 });
    const broken = await file("b.json", `[${rows.join(",")}, {"x":`);

    expect(broken).toMatchObject({ state: "failed", observations: 50 });
    expect(broken.error).toMatch(/./);
  });

  test.each<[string, Partial<GeneratorRequest>, string, RegExp]>([
    [
      "a text in a column of numbers",
      { file: { name: "a.csv", text: "x,y\n1,2\n2,3\nfar,4\n5,6\n" } },
      "body.file.text",
      /^row 1 \(line 2\), column x: must be a finite number.*read as text because of line 4 \("far"\)/,
    ],
    [
      "a third row that the pipeline does not take",
      { file: { name: "a.ndjson", text: '{"x":1}\n{"x":2}\n{"x":"3"}\n' } },
      "body.file.text",
      /^row 3 \(line 3\), column x: must be a finite number/,
    ],
    [
      "a column that is no field",
      { file: { name: "a.csv", text: "x,<b>y\n1,2\n" } },
      "body.file.text",
      /column "<b>y": is not a field/,
    ],
    [
      "a column called __proto__",
      { file: { name: "a.csv", text: "x,__proto__\n1,2\n" } },
      "body.file.text",
      /column __proto__: is not a field/,
    ],
    ["no rows", { file: { name: "a.csv", text: "x,y\n" } }, "body.file.text", /has no row/],
    ["no text", { file: { name: "a.csv", text: "" } }, "body.file.text", /there is no header/],
    [
      "rows of another width alone",
      { file: { name: "a.csv", text: "x,y\n1\n" } },
      "body.file.text",
      /row 1 \(line 2\): it has 1 cell/,
    ],
    ["no JSON", { file: { name: "a.json", text: "x,y" } }, "body.file.text", /cannot be read/],
    [
      "lines that are no JSON",
      { file: { name: "a.ndjson", text: "x,y\n1,2" } },
      "body.file.text",
      /row 1 \(line 1\): this is not valid JSON/,
    ],
    [
      "a name that does not tell",
      { file: { name: "<script>.exe", text: "x" } },
      "body.file.name",
      /let it end in \.csv/,
    ],
    ["a name that is of the language", { file: { name: "a.constructor", text: "x" } }, "body.file.name", /let it end/],
    [
      "a column of the time that is not there",
      { file: { name: "a.csv", text: "x,y\n1,2\n", time: "when" } },
      "body.file.time",
      /names no column; use one of "x", "y"/,
    ],
    [
      "a date that may be two",
      { file: { name: "a.csv", text: "x,time\n1,03/04/2026 10:00\n" } },
      "body.file.text",
      /column time: is 03\/04\/2026 10:00 the day or the month first\?/,
    ],
    [
      "a column of the labels' times that is not there",
      { file: { name: "a.csv", text: "x,y,time\n1,2,1\n" }, lateLabels: "column:arrived" },
      "body.lateLabels",
      /names no column/,
    ],
    [
      "a delay that is none",
      { file: { name: "a.csv", text: "x,y\n1,2\n" }, lateLabels: "soon" },
      "body.lateLabels",
      /is no delay; write 10/,
    ],
    [
      "a line for a file",
      { file: { name: "a.csv", text: "x\n1" }, line: { beta: 1, sigma: 0 } },
      "body.line",
      /is not for file/,
    ],
    ["no file", {}, "body.file", /is missing/],
  ])("%s is refused at the start, naming the place, and nothing is sent", async (_title, request, path, words) => {
    const admin = REACHES[1]?.[1](shared) as Admin;

    const asked = admin.startGenerator({ pipeline: "line", from: "file", rate: 10, ...request });

    await expect(asked).rejects.toBeInstanceOf(RejectedError);
    const { fields } = (await asked.catch((error: unknown) => error)) as RejectedError;
    expect(fields[0]?.path).toBe(path);
    expect(fields[0]?.problem).toMatch(words);
    expect(await admin.generator()).toEqual(IDLE);
    expect(shared.wadi.broker.status().received).toBe(0);
  });

  test.each<[string, Partial<GeneratorRequest>, RegExp]>([
    ["a line for a pipeline of other fields", { pipeline: "flights" }, /row 1, column distance: is missing/],
    ["late labels by time for a line", { lateLabels: "2h" }, /counts from the time of a row/],
    ["more late labels than can wait", { lateLabels: "999999999" }, /is more than 100000 rows/],
    ["a file for a line", { file: { name: "a.csv", text: "x" } }, /is not for line/],
    [
      "a generator that is not there",
      { from: "toString" as "line" },
      /is not there yet: use one of line, app-sessions, file/,
    ],
  ])("%s is refused", async (_title, request, words) => {
    const generator = generatorHere({ ...shared.wadi, clock: systemClock, predict: noPrediction });
    const asked = generator.start({ ...LINE, ...request });

    await expect(asked).rejects.toThrow(words);
    await expect(asked).rejects.toBeInstanceOf(RejectedError);
  });

  test("a pipeline that is not deployed is not found", async () => {
    const admin = REACHES[1]?.[1](shared) as Admin;

    await expect(admin.startGenerator({ ...LINE, pipeline: "<b>" })).rejects.toBeInstanceOf(NotFoundError);
  });
});

test.each<[string, string, number, RegExp]>([
  ["no rate", '{"pipeline":"line","from":"line"}', 422, /'rate'/],
  ["a rate of nothing", '{"pipeline":"line","from":"line","rate":0}', 422, /body\.rate/],
  ["an endless rate", '{"pipeline":"line","from":"line","rate":1e999}', 422, /body\.rate/],
  ["NaN", '{"pipeline":"line","from":"line","rate":NaN}', 400, /no JSON/],
  [
    "a slope that is endless",
    '{"pipeline":"line","from":"line","rate":1,"line":{"beta":-1e999,"sigma":0}}',
    422,
    /body\.line\.beta/,
  ],
  [
    "noise below nothing",
    '{"pipeline":"line","from":"line","rate":1,"line":{"beta":1,"sigma":-1}}',
    422,
    /body\.line\.sigma/,
  ],
  ["a __proto__", '{"pipeline":"line","from":"line","rate":1,"__proto__":{"n":1}}', 422, /__proto__/],
  ["a generator by a name of the language", '{"pipeline":"line","from":"constructor","rate":1}', 422, /body\.from/],
  [
    "a text that is a number",
    '{"pipeline":"line","from":"file","rate":1,"file":{"name":"a.csv","text":1}}',
    422,
    /body\.file\.text/,
  ],
  [
    "more than 32 MiB",
    `{"pipeline":"line","from":"file","rate":1,"file":{"name":"a.csv","text":"${"x".repeat(2 ** 25)}"}}`,
    413,
    /33554432 bytes/,
  ],
])("%s over HTTP is refused, and nothing runs", async (_title, body, status, words) => {
  const { ask } = shared;

  const response = await ask("/api/v1/generator/start", { method: "POST", body });

  expect(response.status).toBe(status);
  expect(((await response.json()) as { detail: string }).detail).toMatch(words);
  expect(await (await ask("/api/v1/generator")).json()).toEqual(IDLE);
});

test("a file of 30 MB is taken, and Wadi answers while it is sent", async () => {
  const { ask } = await startRunning();
  const text = `x,y\n${"1.5,2.5\n".repeat(3_700_000)}`;
  const body = JSON.stringify({ pipeline: "line", from: "file", rate: 5000, file: { name: "large.csv", text } });
  expect(text.length).toBeGreaterThan(29e6);

  const begun = await ask("/api/v1/generator/start", { method: "POST", body });
  expect(begun.status).toBe(200);
  const read = async () => (await (await ask("/api/v1/generator")).json()) as Generator;
  await until(read, ({ observations }) => observations > 500);
  const predicted = await ask("/api/v1/pipelines/line/predict", { method: "POST", body: '{"record":{"x":1}}' });

  expect(predicted.status).toBe(200);
  expect(await (await ask("/api/v1/generator/stop", { method: "POST" })).json()).toMatchObject({ state: "stopped" });
});

test("a stop of Wadi ends it, what was taken is kept, and the next start is idle", async () => {
  const running = await startRunning();
  const [, reach] = REACHES[1] as (typeof REACHES)[number];
  const admin = reach(running);
  await admin.startGenerator({ ...LINE, rate: 2000 });
  const { observations } = await until(
    () => admin.generator(),
    (told) => told.observations > 200,
  );

  await running.stop();
  const again = await startRunning({ dataFolder: running.folder });

  expect(await reach(again).generator()).toEqual(IDLE);
  const { learned, count } = await outcome(again);
  expect(learned).toBeGreaterThanOrEqual(observations);
  expect(count).toBe(learned);
});

describe("the broker", () => {
  const pipelines = loadPipelines(`${root}/helm/pipelines`);
  test("that cannot write is waited for, which is told; then every row is taken, once", async () => {
    const { wadi, ...running } = await startRunning();
    const { broker } = wadi;
    let away = false;
    const failing = {
      publish: (event: Parameters<typeof broker.publish>[0]) => broker.publish(event),
      status: () => broker.status(),
      async publishAll(events: Parameters<typeof broker.publishAll>[0]) {
        // What is written before the failure comes again.
        if (away) await broker.publishAll(events.slice(0, 1));
        if (away) throw new UnavailableError("journal", "the disk is full");
        return broker.publishAll(events);
      },
    };
    const generator = generatorHere({ pipelines, broker: failing, clock: systemClock, predict: noPrediction });
    later(() => generator.close());

    await generator.start({ ...LINE, rate: 1000, n: 1500 });
    await until(generator.read, ({ observations }) => observations > 100);
    away = true;
    const waiting = await until(generator.read, ({ error }) => error !== undefined);
    expect(waiting).toMatchObject({ state: "runs", error: "waits: the disk is full", refused: 0 });
    away = false;
    const done = await until(generator.read, isOver);

    expect(done).toMatchObject({ state: "done", observations: 1500, refused: 0 });
    expect(done.error).toBeUndefined();
    expect(done.fits?.online).toBeUndefined();
    expect(done.fits?.batch).toBeDefined();
    expect(await outcome({ wadi, ...running })).toMatchObject({ count: 1500, learned: 1500, deadLetters: 0 });
  });

  test("that cannot write does not hold up a stop", async () => {
    const broker = {
      publish: async () => {},
      status: () => ({ received: 0, triggers: [], deadLetters: 0 }),
      publishAll: async () => {
        throw new UnavailableError("journal", "the disk is full");
      },
    };
    const generator = generatorHere({ pipelines, broker, clock: systemClock, predict: noPrediction });
    await generator.start(LINE);
    await until(generator.read, ({ error }) => error !== undefined);

    expect(await generator.stop()).toMatchObject({ state: "stopped", observations: 0 });
  });

  test("whose steps do not keep up gets no more than a bound, and the hold-up is told", async () => {
    const broker = await openEmbeddedBroker({
      path: `${temporaryFolder()}/journal.db`,
      triggers: readTopology(`${root}/helm/values.yaml`).map((trigger) => ({
        trigger,
        subscriber: { destination: trigger.name, deliver: () => new Promise(() => {}) },
      })),
      clock: systemClock,
      delivers: false,
    });
    later(() => broker.stop());
    const generator = generatorHere({ pipelines, broker, clock: systemClock, predict: noPrediction });
    later(() => generator.close());

    await generator.start(LINE);
    const told = await until(generator.read, ({ error }) => error !== undefined);

    expect(told.error).toMatch(/^waits: .* events are under way, and a step does not catch up/);
    expect(told.observations).toBeGreaterThan(1900);
    expect(told.observations).toBeLessThan(3100);
    expect(broker.status().received).toBe(told.observations);
  });

  test("that has closed for good ends it as failed, with the reason", async () => {
    const broker = {
      publish: async () => {},
      status: () => ({ received: 0, triggers: [], deadLetters: 0 }),
      publishAll: async () => {
        throw new Error("the journal is no database");
      },
    };
    const generator = generatorHere({ pipelines, broker, clock: systemClock, predict: noPrediction });
    await generator.start({ ...LINE, rate: 100 });

    expect(await until(generator.read, isOver)).toMatchObject({ state: "failed", error: "the journal is no database" });
    expect(await generator.start(LINE)).toMatchObject({ state: "runs" });
    await generator.close();
  });
});

test("each Wadi has a generator of its own", async () => {
  const folder = newFolder();
  const [one, other] = [await startRunning({ dataFolder: folder }), await startRunning()];
  const [, reach] = REACHES[1] as (typeof REACHES)[number];

  await reach(one).startGenerator({ ...LINE, rate: 1 });

  expect(await reach(other).generator()).toEqual(IDLE);
  await reach(one).stopGenerator();
});
