import { afterEach, describe, expect, test } from "vitest";
import { type Event, EventType, type ModelUpdatedData } from "../lib/events/vocabulary.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import {
  closeAll,
  example,
  LINE,
  learner,
  modelsOf,
  open,
  range,
  rejection,
  stateOf,
  WINDOW,
  yaml,
} from "./fixtures/line.ts";
import { atRevision, checkStoredModel } from "./handler.ts";

afterEach(closeAll);

test("what arrives together is committed together, and one of the answers tells of the commit", async () => {
  const store = open();
  const { handle, pipeline } = learner(store);

  const answers = await Promise.all(range(50).map((i) => handle(example(i))));

  const updates = answers.filter((answer) => answer !== undefined) as Event<ModelUpdatedData>[];
  expect(updates.length).toBeLessThan(5);
  expect(updates.at(-1)?.data).toMatchObject({ set: "line", count: 50 });
  expect(updates[0]?.id).toMatch(/^line:[0-9a-f]{32}$/);
  expect(await stateOf(store, pipeline)).toMatchObject({ count: 50, learned: 50, version: updates.length });
});

test("groups do not change what is learned: one by one gives the same weights to the bit", async () => {
  const [together, oneByOne] = [open(), open()];
  const fast = learner(together);
  const slow = learner(oneByOne);

  await Promise.all(range(100).map((i) => fast.handle(example(i))));
  for (const i of range(100)) await slow.handle(example(i));

  expect(await modelsOf(together)).toEqual(await modelsOf(oneByOne));
});

test("two learners on one model lose nothing and learn nothing twice, though each example comes to both", async () => {
  const store = open();
  const [a, b] = [learner(store), learner(store)];

  await Promise.all(range(300).flatMap((i) => [a.handle(example(i)), b.handle(example(299 - i))]));

  expect(await stateOf(store, a.pipeline)).toMatchObject({ count: 300, learned: 300 });
});

test("eight learners race, and every example is learned once", async () => {
  const store = open();
  const eight = range(8).map(() => learner(store));

  await Promise.all(range(800).map((i) => eight[i % 8]?.handle(example(i))));

  expect(await stateOf(store, (eight[0] as { pipeline: Pipeline }).pipeline)).toMatchObject({
    count: 800,
    learned: 800,
  });
});

describe("duplicates", () => {
  test("in one group share one learning", async () => {
    const store = open();
    const { handle, pipeline } = learner(store);

    const answers = await Promise.all([1, 1, 1].map((i) => handle(example(i))));

    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
    expect(await stateOf(store, pipeline)).toMatchObject({ count: 1, version: 1 });
  });

  test("in one group that say different things are the first one's", async () => {
    const store = open();
    const { handle, pipeline } = learner(store);

    await Promise.all([handle(example(1, { y: 7 })), handle(example(1, { y: 1000 }))]);

    expect((await stateOf(store, pipeline)).models["mean"]?.metrics["mae"]).toBe(7);
  });

  test("of what was learned before are answered and change nothing", async () => {
    const store = open();
    const { handle, pipeline } = learner(store);
    await handle(example(1));

    expect(await handle(example(1))).toBeUndefined();

    expect(await stateOf(store, pipeline)).toMatchObject({ count: 1, version: 1 });
  });

  test("in a group with new ones leave the new ones learned", async () => {
    const store = open();
    const { handle, pipeline } = learner(store);
    await Promise.all(range(10).map((i) => handle(example(i))));

    await Promise.all(range(20).map((i) => handle(example(i))));

    expect(await stateOf(store, pipeline)).toMatchObject({ count: 20, learned: 20 });
  });
});

describe("scores", () => {
  const served = (value: number, generation: string) => ({
    served: { generation, version: 3, model: "line", values: { line: value, mean: value } },
  });

  test("are of what was served, for the champion and its shadows alike", async () => {
    const store = open();
    const { handle, pipeline, telemetry } = learner(store);
    const { generation } = await store.models.head("line");

    await handle(example(1, { y: 10, ...served(7, generation) }));

    const { models, scoredOnServed } = await stateOf(store, pipeline);
    expect([models["line"]?.metrics["mae"], models["mean"]?.metrics["mae"], scoredOnServed]).toEqual([3, 3, 1]);
    expect(await telemetry.registry.metrics()).toContain('wadi_learned_total{set="line",scored="served"} 1');
  });

  test("are of what an example says served it, which is no proof of a loss: a forged version raises no alarm", async () => {
    const { handle, telemetry } = learner(open());
    const said = served(7, "1").served;

    await handle(example(1, { served: { ...said, version: 999_999_999 } }));
    await handle(example(2));

    expect((await telemetry.storeRegressed.get()).values).toEqual([]);
  });

  test("are of a prediction made before learning, where another generation served", async () => {
    const store = open();
    const { handle, pipeline } = learner(store);

    await handle(example(1, { y: 10, ...served(7, "another") }));

    const { models, scoredOnServed } = await stateOf(store, pipeline);
    expect([models["line"]?.metrics["mae"], scoredOnServed]).toEqual([10, 0]);
  });
});

test("an example that would make a model infinite is skipped by that model alone, and the others learn it", async () => {
  const store = open();
  const { handle, pipeline, telemetry } = learner(store);

  await Promise.all([1, 2, 3, 4, 5].map((i) => handle(example(i, i === 3 ? { x: { x: 1e300 }, y: -1e300 } : {}))));

  const { count, models } = await stateOf(store, pipeline);
  expect([count, models["line"]?.skipped, models["mean"]?.skipped]).toEqual([5, 1, 0]);
  expect(await telemetry.registry.metrics()).toContain('wadi_skipped_total{set="line",model="line"} 1');
  const without = open();
  const other = learner(without);
  await Promise.all([1, 2, 4, 5].map((i) => other.handle(example(i))));
  expect((await modelsOf(store))["line"]?.chain).toEqual((await modelsOf(without))["line"]?.chain);
});

describe("what cannot be learned is refused alone", () => {
  test.each<[string, Event, string]>([
    [
      "too old for its id to be known",
      example(1, {}, { recordedtime: new Date(Date.now() - WINDOW).toISOString() }),
      "outside-window",
    ],
    [
      "from the future",
      example(1, {}, { recordedtime: new Date(Date.now() + 2 * 3_600_000).toISOString() }),
      "outside-window",
    ],
    ["from the end of time", example(1, {}, { recordedtime: "9999-12-31T23:59:59Z" }), "outside-window"],
    ["no learned id", example(1, {}, { learnedid: undefined }), "payload"],
    ["an id that is no number", example(1, {}, { learnedid: "x" }), "payload"],
    ["another pipeline", example(1, {}, { pipeline: "other" }), "unknown-pipeline"],
    ["another pipeline's set", example(1, { set: "other" }), "payload"],
    ["a target of another task", example(1, { y: "high" }), "payload"],
    ["no target", example(1, { y: undefined }), "payload"],
    ["text where numbers belong", example(1, { x: { x: "1" } }), "payload"],
    ["features beyond doubles", example(1, { x: { x: Number.POSITIVE_INFINITY } }), "payload"],
    ["another type", example(1, {}, { type: EventType.label }), "unknown-type"],
  ])("%s", async (_title, bad, code) => {
    const store = open();
    const { handle, pipeline } = learner(store);

    const [good, refused] = await Promise.all([handle(example(2)), rejection(handle(bad))]);

    expect(refused).toBe(code);
    expect(good?.type).toBe(EventType.modelUpdated);
    expect((await stateOf(store, pipeline)).count).toBe(1);
  });
});

describe("a rolling upgrade", () => {
  const MORE = yaml("{ line: [ linear-regression ], median: [ median-regressor ] }");
  const CHANGED = yaml("{ line: [ standard-scaler, linear-regression ] }");

  test("a newer pipeline file carries the state over: what is new starts, what is gone goes, the rest goes on", async () => {
    const store = open();
    await learner(store).handle(example(1));

    const newer = learner(store, MORE);
    await newer.handle(example(2));

    const { count, models } = await stateOf(store, newer.pipeline);
    expect(count).toBe(2);
    expect(Object.fromEntries(Object.entries(models).map(([name, { n }]) => [name, n]))).toEqual({
      line: 2,
      median: 1,
    });
  });

  test("an older learner leaves the work to its successor with 503", async () => {
    const store = open();
    const older = learner(store);
    await older.handle(example(1));
    await learner(store, MORE).handle(example(2));

    expect(await rejection(older.handle(example(3)))).toBe("superseded");
  });

  describe("under revisions that were given", () => {
    test("an older process that starts after a newer one leaves the work to it all the same", async () => {
      const store = open();
      const at = (revision: number) => ({ models: atRevision(store.models, revision) });
      await learner(at(8), MORE).handle(example(1));

      const restarted = learner(at(7));

      expect(await rejection(restarted.handle(example(2)))).toBe("superseded");
      expect((await stateOf(store, learner(store, MORE).pipeline)).count).toBe(1);
    });

    test("two files under one number are refused, for they would remove each other's models", async () => {
      const store = open();
      const models = atRevision(store.models, 7);
      await learner({ models }).handle(example(1));

      await expect(checkStoredModel(models, parsePipeline(MORE, "line.yaml"))).rejects.toThrow(/greater/);
      await checkStoredModel(models, parsePipeline(LINE, "line.yaml"));
    });
  });

  test("a model that changed under its name is refused before anything is learned, with the cure", async () => {
    const store = open();
    await learner(store).handle(example(1));

    await expect(checkStoredModel(store.models, parsePipeline(CHANGED, "line.yaml"))).rejects.toThrow(/new name/);
  });
});

test("commits that are held for a promotion are sent again later", async () => {
  const store = open();
  const { handle, pipeline } = learner(store);
  await store.models.hold("line", "token", 60_000);

  const refused = await Promise.all(range(3).map((i) => rejection(handle(example(i)))));
  await store.models.release("line", "token");
  await Promise.all(range(3).map((i) => handle(example(i))));

  expect(refused).toEqual(["held", "held", "held"]);
  expect((await stateOf(store, pipeline)).count).toBe(3);
});

test("when the store fails, all that is queued fails with it, so that nothing overtakes what will be sent again", async () => {
  const store = open();
  const { handle } = learner(store);
  await handle(example(0));
  await store.close();

  const codes = await Promise.all(range(5).map((i) => rejection(handle(example(i)))));

  expect(codes).toEqual(Array(5).fill("store-unavailable"));
});

test("a label past the bound is refused alone, and what comes with it is learned", async () => {
  const store = open();
  const text = yaml("{ line: [ prior-classifier ] }")
    .replace("task: regression", "task: multiclass")
    .replace('"null", double', '"null", string')
    .replace("[ mae ]", "[ accuracy ]");
  const { handle, pipeline } = learner(store, text);
  await Promise.all(range(999).map((i) => handle(example(i, { y: `label ${i}` }))));

  const [last, past, known] = await Promise.allSettled(
    ["label 999", "label 1000", "label 0"].map((y, i) => handle(example(1000 + i, { y }))),
  );

  expect([last?.status, known?.status]).toEqual(["fulfilled", "fulfilled"]);
  expect((past as PromiseRejectedResult).reason).toMatchObject({ code: "too-many-labels" });
  await expect(handle(example(2000, { y: "label 1001" }))).rejects.toThrow(
    /"label 1001" is a new label, and line has 1000/,
  );
  expect(await stateOf(store, pipeline)).toMatchObject({ count: 1001, learned: 1001 });
});
