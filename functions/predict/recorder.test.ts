import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFeaturize } from "../featurize/handler.ts";
import { type RejectedError, UnavailableError, UnsupportedError } from "../lib/errors.ts";
import { observationKey } from "../lib/events/identity.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { createValidate } from "../validate/handler.ts";
import { inferring, lineYaml, openLine, pipelines } from "./fixtures/line.ts";
import { createPredict } from "./handler.ts";
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

/** Another `infer` on the same store. */
function inferWith(publish: Publish | undefined, deployed: Pipelines = pipelines) {
  const { store, clock } = opened;
  const predict = createPredict({
    pipelines: deployed,
    models: store.models,
    joins: store.joins,
    clock,
    telemetry: opened.telemetry,
  });
  const record = createRecorder({ joins: store.joins, models: store.models, clock, serve: predict.serve, publish });
  return inferring(createInfer({ pipelines: deployed, predict, record }));
}

const changed = (changes: readonly (readonly [string, string])[]) =>
  changes.reduce((text, [from, to]) => text.replace(from, to), lineYaml());

/** `infer` as after a restart with another pipeline file. */
function inferOf(...changes: readonly (readonly [string, string])[]) {
  const yaml = changed(changes);
  const infer = inferWith(
    async (event) => void opened.published.push(event),
    new Map([["line", parsePipeline(yaml, "line.yaml")]]),
  );
  return (id: string, inputs: unknown) => infer("line", Buffer.from(JSON.stringify({ id, inputs })));
}

const NOTE = "        - { name: note, type: string, default: none }\n";
const FIELDS_END = "        - { name: y,";
const withNote = [FIELDS_END, NOTE + FIELDS_END] as const;
const withLog = ["{ from: x, as: number }", "{ from: x, as: number }, { from: x, as: log, name: lx }"] as const;
const withoutColour = [", { from: colour, as: one-hot }", ""] as const;

test("observation and prediction are stored before the event is published, and it is published before the answer", async () => {
  await opened.learn(2);
  const seen: unknown[] = [];
  const infer = inferWith(async (event) => void seen.push(event.subject, (await recordOf("a"))?.served?.version));

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
])("the published event%s makes the same record that was stored", async (_title, record) => {
  await ask("a", record);
  const fresh = openLine();
  const { clock, store } = fresh;
  clock.advance(60_000);

  const validated = await createValidate({ pipelines, clock })(opened.published[0] as Event);
  await createFeaturize({ pipelines, joins: store.joins, models: store.models, telemetry: createTelemetry(), clock })(
    validated as Event,
  );

  const made = await recordOf("a", store);
  const stored = await recordOf("a");
  const { recordDigest: _, ...observation } = stored?.observation ?? {};
  expect({ ...made?.observation, recordedTime: opened.clock.now() }).toEqual(observation);
  expect(made?.y).toBe(stored?.y);
  await store.close();
});

describe("where the file names the field that is the subject", () => {
  const changes = [
    ["      fields:\n", "      fields:\n        - { name: no, type: string }\n"],
    ["target:", "  subject: no\ntarget:"],
  ] as const;
  const deployed = new Map([["line", parsePipeline(changed(changes), "line.yaml")]]);

  test("its value is the id of the record and of its label, and the published event makes the same record", async () => {
    const answer = await inferOf(...changes)("a", { x: 3, no: "東京?" });
    const stored = await recordOf("東京?");
    const event = opened.published[0] as Event;
    const fresh = openLine();

    const validated = await createValidate({ pipelines: deployed, clock: opened.clock })(event);
    const featurize = createFeaturize({
      ...{ pipelines: deployed, joins: fresh.store.joins, models: fresh.store.models },
      telemetry: createTelemetry(),
      clock: opened.clock,
    });
    await featurize(validated as Event);

    expect(output(answer, "subject")).toEqual(["東京?"]);
    const { recordDigest: _, ...observation } = stored?.observation ?? {};
    expect((await recordOf("東京?", fresh.store))?.observation).toEqual(observation);
    await fresh.store.close();
  });
});

describe("the same id again", () => {
  test("with the same record gets the same answer, whatever was learned in between, and publishes the same event", async () => {
    await opened.learn(1);
    const first = await ask("a", { x: 3 });
    await opened.learn(5, { y: 1000 });
    opened.clock.advance(5000);

    const again = await ask("a", { x: 3 });

    expect(again).toEqual(first);
    expect(opened.published[1]).toEqual(opened.published[0]);
    expect(output(await ask("b", { x: 3 }), "version")).toEqual([6]);
  });

  test("at the same time gets the same answer", async () => {
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
    const dated = inferOf(
      [FIELDS_END, `        - { name: at, type: { type: long, logicalType: timestamp-millis } }\n${FIELDS_END}`],
      ["target:", "  time: at\ntarget:"],
    );
    await dated("a", { x: 1, at: 1000 });

    const error = await refusal(dated("a", { x: 1, at: 2000 }));

    expect(error?.message).toContain("its time is 1970-01-01T00:00:01.000Z");
  });

  test("with another record is refused, even where no feature uses what differs", async () => {
    const noted = inferOf(withNote);
    await noted("a", { x: 3, note: "one" });

    const error = await refusal(noted("a", { x: 3, note: "two" }));

    expect(error?.code).toBe("id-taken");
    expect(error?.message).toContain("its fields that no feature uses differ");
  });

  test("with the same record written differently gets the same answer", async () => {
    const first = await ask("a", { x: 3 });

    expect(await ask("a", { colour: "none", x: 3.0, y: null })).toEqual(first);
  });

  test.each<[string, readonly (readonly [string, string])[]]>([
    ["gained a feature", [withLog]],
    ["lost a feature", [withoutColour]],
    ["gained a field that may be absent", [withNote]],
  ])(
    "after the pipeline file %s gets the same answer, and publishes the event that was not published",
    async (_title, changes) => {
      await opened.learn(1);
      const away = inferWith(async () => {
        throw new UnavailableError("broker-unavailable", "away");
      });
      await refusal(away("line", Buffer.from('{"id":"a","inputs":{"x":3,"colour":"red"}}')));
      const stored = (await recordOf("a"))?.served?.values["line"];

      const answer = await inferOf(...changes)("a", { x: 3, colour: "red" });

      expect(output(answer, "prediction")).toEqual([stored]);
      expect(opened.published).toHaveLength(1);
    },
  );

  test("after the pipeline file changed is still refused with another record", async () => {
    await ask("a", { x: 3, colour: "red" });

    const error = await refusal(inferOf(withLog, withoutColour)("a", { x: 3, colour: "blue" }));

    expect(error?.code).toBe("id-taken");
  });

  test("gets the same answer where the event was recorded first, as after a restore, and is refused with other features", async () => {
    await ask("a", { x: 3 });
    const fresh = openLine();
    const validated = await createValidate({ pipelines, clock: fresh.clock })(opened.published[0] as Event);
    const featurize = createFeaturize({
      pipelines,
      joins: fresh.store.joins,
      models: fresh.store.models,
      telemetry: createTelemetry(),
      clock: fresh.clock,
    });
    await featurize(validated as Event);

    const answer = await fresh.infer("line", Buffer.from('{"id":"a","inputs":{"x":3}}'));
    const error = await refusal(fresh.infer("line", Buffer.from('{"id":"a","inputs":{"x":4}}')));

    expect(output(answer, "subject")).toEqual(["a"]);
    expect(error?.message).toContain("its features differ in x");
    await fresh.store.close();
  });
});

test("an earlier label counts, not the target in the record, as for events", async () => {
  const key = observationKey("line", "a");
  const recordedTime = opened.clock.now();
  await opened.store.joins.putLabel({ pipeline: "line", key, eventId: "label", recordedTime, y: 5 });

  await ask("a", { x: 3, y: 6 });

  expect((await recordOf("a"))?.y).toBe(5);
});

test("a subject that belongs to another source is refused", async () => {
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

  test("of one row is still a batch", async () => {
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
  const away = inferWith(async () => {
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
  const error = await refusal(inferWith(undefined)("line", Buffer.from('{"id":"a","inputs":{"x":3}}')));

  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error?.message).toContain("WADI_BROKER");
  expect(await recordOf("a")).toBeUndefined();
});

test("an id and a version at once are refused: what is stored counts", async () => {
  const error = await refusal(opened.infer("line", Buffer.from('{"id":"a","inputs":{"x":3}}'), "0"));

  expect(error?.fields[0]?.path).toBe("id");
  expect(await recordOf("a")).toBeUndefined();
});
