import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFeaturize } from "../featurize/handler.ts";
import { type RejectedError, UnavailableError, UnsupportedError } from "../lib/errors.ts";
import { observationKey } from "../lib/events/identity.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { createValidate } from "../validate/handler.ts";
import { line, openLine, pipelines } from "./fixtures/line.ts";
import { createInfer } from "./infer.ts";
import { createRecorder, type Publish } from "./recorder.ts";

let opened: ReturnType<typeof openLine>;
beforeEach(() => {
  opened = openLine();
});
afterEach(() => opened.store.close());

const ask = (id: string, inputs: unknown) => opened.infer("line", Buffer.from(JSON.stringify({ id, inputs })));
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: RejectedError) => error,
  );
const recordOf = (subject: string, { joins } = opened.store) => joins.read("line", observationKey("line", subject));
const output = ({ outputs }: Awaited<ReturnType<typeof ask>>, name: string) =>
  outputs.find((each) => each.name === name)?.data;

/** A door of its own, on the same store. */
function doorWith(publish: Publish | undefined) {
  const { store, clock, predict } = opened;
  const record = createRecorder({ joins: store.joins, clock, serve: predict.serve, publish });
  return createInfer({ pipelines, predict, record });
}

test("observation and prediction are stored by the time the event is published, and it is published before the answer", async () => {
  await opened.learn(2);
  const seen: unknown[] = [];
  const infer = doorWith(async (event) => void seen.push(event.subject, (await recordOf("a"))?.served?.version));

  const answer = await infer("line", Buffer.from('{"id":"a","inputs":{"x":3}}'));

  expect(seen).toEqual(["a", 2]);
  expect(answer).toMatchObject({ id: "a", model_version: "2" });
  expect(output(answer, "subject")).toEqual(["a"]);
  expect((await recordOf("a"))?.served?.values).toEqual({
    line: output(answer, "model:line")?.[0],
    mean: output(answer, "model:mean")?.[0],
  });
});

test.each<[string, object]>([
  ["", { x: 3, colour: "red" }],
  [" with its target", { x: 3, y: 7 }],
])("the published event%s alone makes the record that was stored", async (_title, record) => {
  await ask("a", record);
  const fresh = openLine();
  const { clock, store } = fresh;
  clock.advance(60_000);

  const validated = await createValidate({ pipelines, clock })(opened.published[0] as Event);
  await createFeaturize({ pipelines, joins: store.joins, telemetry: createTelemetry() })(validated as Event);

  const made = await recordOf("a", store);
  const stored = await recordOf("a");
  expect({ ...made?.observation, recordedTime: opened.clock.now() }).toEqual(stored?.observation);
  expect(made?.y).toBe(stored?.y);
  await store.close();
});

describe("the same id again", () => {
  test("with the same record has the same answer, whatever was learned in between, and publishes the same event", async () => {
    await opened.learn(1);
    const first = await ask("a", { x: 3 });
    await opened.learn(5, { y: 1000 });
    opened.clock.advance(5000);

    const again = await ask("a", { x: 3 });

    expect(again).toEqual(first);
    expect(opened.published[1]).toEqual(opened.published[0]);
    expect(output(await ask("b", { x: 3 }), "version")).toEqual([6]);
  });

  test("at once has one answer", async () => {
    const answers = await Promise.all([ask("a", { x: 3 }), opened.learn(1), ask("a", { x: 3 })]);

    expect(answers[2]).toEqual(answers[0]);
  });

  test.each<[string, object, object, RegExp]>([
    ["another number", { x: 3 }, { x: 4 }, /features differ in x/],
    ["another text", { x: 3, colour: "red" }, { x: 3, colour: "blue" }, /colour_red, colour_blue/],
    ["another target", { x: 3, y: 1 }, { x: 3, y: 2 }, /target is 1/],
    ["a target that comes late", { x: 3 }, { x: 3, y: 2 }, /send that as a label event/],
  ])("with %s is refused, and what was stored stands", async (_title, first, second, message) => {
    const answer = await ask("a", first);

    const error = await refusal(ask("a", second));

    expect(error?.code).toBe("id-taken");
    expect(error?.message).toMatch(message);
    expect(opened.published).toHaveLength(1);
    expect(await ask("a", first)).toEqual(answer);
  });

  test("with a time that differs is refused", async () => {
    const row = (time: number) => ({ id: "a", data: {}, decoded: { record: { x: 1 }, time } });
    const { store, clock, predict } = opened;
    const record = createRecorder({ joins: store.joins, clock, serve: predict.serve, publish: async () => {} });
    await record(line, [row(1000)]);

    const error = await refusal(record(line, [row(2000)]));

    expect(error?.message).toContain("its time is 1970-01-01T00:00:01.000Z");
  });
});

test("a label that came before stands against the target that the record bears, as it does for events", async () => {
  const key = observationKey("line", "a");
  const recordedTime = opened.clock.now();
  await opened.store.joins.putLabel({ pipeline: "line", key, eventId: "label", recordedTime, y: 5 });

  await ask("a", { x: 3, y: 6 });

  expect((await recordOf("a"))?.y).toBe(5);
});

test("a subject that another source has is refused", async () => {
  await opened.observed(observationKey("line", "a"));

  const error = await refusal(ask("a", { x: 1 }));

  expect(error?.code).toBe("subject-taken");
  expect(error?.message).toContain("/test");
  expect(opened.published).toEqual([]);
});

describe("a batch", () => {
  test("has an observation for each row, named by the id and the row", async () => {
    const answer = await ask("a", [{ x: 1 }, { x: 2 }]);

    expect(output(answer, "subject")).toEqual(["a/0", "a/1"]);
    expect(opened.published.map(({ id, subject, data }) => [id, subject, data])).toEqual([
      ["a/0", "a/0", { x: 1 }],
      ["a/1", "a/1", { x: 2 }],
    ]);
  });

  test("of one row is a batch all the same", async () => {
    expect(output(await ask("a", [{ x: 1 }]), "subject")).toEqual(["a/0"]);
  });

  test("with a row that does not fit records nothing", async () => {
    await refusal(ask("a", [{ x: 1 }, { x: "far" }]));

    expect((await opened.store.joins.counts("line")).opened).toBe(0);
    expect(opened.published).toEqual([]);
  });

  test("that was recorded in part is completed by the same request: each row has the answer it had or the newest", async () => {
    await opened.learn(1);
    const event = (await ask("a", [{ x: 1 }])).outputs;
    await opened.learn(1, { y: 99 });

    const answer = await ask("a", [{ x: 1 }, { x: 1 }]);

    expect(output(answer, "version")).toEqual([1, 2]);
    expect(answer.model_version).toBe("2");
    expect(output(answer, "prediction")?.[0]).toBe(event[0]?.data[0]);
    expect(output(answer, "prediction")?.[1]).not.toBe(event[0]?.data[0]);
  });
});

test("an event that could not be published is an error, and the next try has the answer that was stored", async () => {
  await opened.learn(1);
  const away = doorWith(async () => {
    throw new UnavailableError("broker-unavailable", "away");
  });
  const error = await refusal(away("line", Buffer.from('{"id":"a","inputs":{"x":3}}')));
  await opened.learn(3, { y: 500 });

  const answer = await ask("a", { x: 3 });

  expect(error).toBeInstanceOf(UnavailableError);
  expect(answer.model_version).toBe("1");
  expect(opened.published).toHaveLength(1);
});

test("without a broker an id is refused with the cure, and nothing is stored", async () => {
  const error = await refusal(doorWith(undefined)("line", Buffer.from('{"id":"a","inputs":{"x":3}}')));

  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error?.message).toContain("WADI_BROKER");
  expect(await recordOf("a")).toBeUndefined();
});

test("an id and a version at once are refused: what is stored counts", async () => {
  const error = await refusal(opened.infer("line", Buffer.from('{"id":"a","inputs":{"x":3}}'), "0"));

  expect(error?.fields[0]?.path).toBe("id");
  expect(await recordOf("a")).toBeUndefined();
});
