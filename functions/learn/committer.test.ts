// The group commit: its groups, and others who write too.

import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { learnedId } from "../lib/events/identity.ts";
import type { Event, ModelUpdatedData } from "../lib/events/vocabulary.ts";
import { readScores } from "../lib/learners/model-set.ts";
import {
  closeAll,
  committing,
  example,
  HOUR,
  jumpingClock,
  LINE,
  learner,
  modelsOf,
  open,
  range,
  rejection,
  stateOf,
  WINDOW,
} from "./fixtures/line.ts";

afterEach(closeAll);

describe("groups", () => {
  test("are no larger than their limit", async () => {
    const store = open();
    const { asked, port } = committing(store, (_n, commit) => store.models.commit("line", commit));
    const { handle, pipeline } = learner(port, LINE, { groupLimit: 100 });

    await Promise.all(range(250).map((i) => handle(example(i))));

    expect(asked.commits.map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
    expect(asked.loads).toBe(1);
    expect(await stateOf(store, pipeline)).toMatchObject({ count: 250, learned: 250, version: 3 });
  });

  test("gather while a commit is under way: the next one takes all that came", async () => {
    const store = open();
    const arrivals: Promise<unknown>[] = [];
    const { asked, port } = committing(store, async (n, commit) => {
      if (n === 1) for (const i of range(20)) arrivals.push(handle(example(i + 1)));
      return store.models.commit("line", commit);
    });
    const { handle } = learner(port);

    await handle(example(0));
    await Promise.all(arrivals);

    expect(asked.commits.map(({ ids }) => ids.length)).toEqual([1, 20]);
  });

  test("commit their ids with the weights, to be kept for the window from when the observation was recorded", async () => {
    const store = open();
    const { asked, port } = committing(store, (_n, commit) => store.models.commit("line", commit));
    const recorded = Date.now() - 5 * HOUR;

    await learner(port).handle(example(7, {}, { recordedtime: new Date(recorded).toISOString() }));

    expect(asked.commits[0]?.ids).toEqual([
      { id: learnedId({ source: "/test", id: "7" }), expiresAt: recorded + WINDOW },
    ]);
  });

  test("are refused nothing an hour before their ids are forgotten, and everything from then on", async () => {
    const clock = jumpingClock();
    const { handle } = learner(open(clock), LINE, { clock });
    const aged = (i: number, ms: number) => example(i, {}, { recordedtime: new Date(clock.now() - ms).toISOString() });

    expect(await rejection(handle(aged(1, WINDOW - HOUR - 1)))).toBeUndefined();
    expect(await rejection(handle(aged(2, WINDOW - HOUR)))).toBe("outside-window");
  });
});

describe("a conflict", () => {
  test("is computed again on the state that came with the refusal: without a read, and without a pause", async () => {
    const store = open();
    const clock = jumpingClock();
    const rival = learner(store);
    const { asked, port } = committing(store, async (n, commit) => {
      if (n === 2) await rival.handle(example(50));
      return store.models.commit("line", commit);
    });
    const { handle, pipeline, telemetry } = learner(port, LINE, { clock });
    await handle(example(0));

    const update = (await handle(example(1))) as Event<ModelUpdatedData>;

    expect(update.data).toMatchObject({ count: 3, version: 3 });
    expect([asked.loads, asked.commits.length, clock.pauses]).toEqual([1, 3, []]);
    expect(await telemetry.registry.metrics()).toContain('wadi_commits_total{set="line",outcome="conflict"} 1');
    const inOrder = open();
    for (const i of [0, 50, 1]) await learner(inOrder).handle(example(i));
    expect(await modelsOf(store)).toEqual(await modelsOf(inOrder));
    expect((await stateOf(store, pipeline)).learned).toBe(3);
  });

  test("after which a pause is taken needs no further try: what the rival commits meanwhile is read and learned first", async () => {
    const store = open();
    const clock = jumpingClock();
    const rival = learner(store);
    const { asked, port } = committing(store, async (n, commit) => {
      if (n !== 2) return store.models.commit("line", commit);
      await rival.handle(example(50));
      const refused = await store.models.commit("line", commit);
      for (const i of [51, 52]) await rival.handle(example(i));
      return { ...refused, turnMs: 10 };
    });
    const { handle } = learner(port, LINE, { clock });
    await handle(example(0));

    await handle(example(1));

    expect([asked.loads, asked.commits.length, clock.pauses.length]).toEqual([2, 3, 1]);
    const inOrder = open();
    for (const i of [0, 50, 51, 52, 1]) await learner(inOrder).handle(example(i));
    expect(await modelsOf(store)).toEqual(await modelsOf(inOrder));
  });

  test("in which the rival learned part of the group leaves the rest to learn, once", async () => {
    const store = open();
    const rival = learner(store);
    const { asked, port } = committing(store, async (n, commit) => {
      if (n === 1) await Promise.all([1, 3].map((i) => rival.handle(example(i))));
      return store.models.commit("line", commit);
    });
    const { handle, pipeline, telemetry } = learner(port);

    const answers = await Promise.all(range(5).map((i) => handle(example(i))));

    expect(asked.commits.map(({ ids }) => ids.length)).toEqual([5, 3]);
    expect(await stateOf(store, pipeline)).toMatchObject({ count: 5, learned: 5 });
    expect(answers.map((answer) => answer !== undefined)).toEqual([true, false, false, false, false]);
    expect(await telemetry.registry.metrics()).toContain('wadi_duplicates_total{set="line"} 2');
  });

  test("in which the rival learned all of it needs no further commit, and reports none", async () => {
    const store = open();
    const rival = learner(store);
    const { asked, port } = committing(store, async (n, commit) => {
      if (n === 1) await Promise.all(range(3).map((i) => rival.handle(example(i))));
      return store.models.commit("line", commit);
    });
    const { handle, pipeline } = learner(port);

    const answers = await Promise.all(range(3).map((i) => handle(example(i))));

    expect(answers).toEqual([undefined, undefined, undefined]);
    expect(asked.commits).toHaveLength(1);
    expect((await stateOf(store, pipeline)).count).toBe(3);
  });

  test("that outlives the budget is a conflict for the caller; the pauses grow, are jittered, and have a bound", async () => {
    const store = open();
    const clock = jumpingClock();
    const rival = learner(store);
    let rivals = true;
    const { port } = committing(store, async (n, commit) => {
      if (rivals) await rival.handle(example(1000 + n));
      return store.models.commit("line", commit);
    });
    const { handle, pipeline } = learner(port, LINE, {
      clock,
      random: () => 0.5,
      conflictBudgetMs: 500,
      groupLimit: 2,
    });
    const start = clock.now();

    const codes = await Promise.all(range(5).map((i) => rejection(handle(example(i)))));
    rivals = false;
    const before = (await stateOf(store, pipeline)).count;
    await Promise.all(range(5).map((i) => handle(example(i))));

    expect(codes).toEqual(Array(5).fill("version-conflict"));
    expect(clock.pauses.slice(0, 8)).toEqual([2, 4, 8, 16, 32, 50, 50, 50]);
    expect(clock.now() - start).toBeGreaterThan(500);
    expect(clock.now() - start).toBeLessThanOrEqual(600);
    expect((await stateOf(store, pipeline)).count).toBe(before + 5);
  });
});

test("whatever features come, an example is learned or refused: none fails the others of its group", async () => {
  const name = fc.oneof(fc.string(), fc.constantFrom("x", "__proto__", "constructor", "toString", "hasOwnProperty"));
  const value = fc.oneof(fc.double(), fc.constantFrom<unknown>(1e308, -1e308, 5e-324, "text", null, true, [], {}));
  const odd = fc.record({ x: fc.dictionary(name, value, { noNullPrototype: true }), y: fc.oneof(fc.double(), value) });
  await fc.assert(
    fc.asyncProperty(fc.array(odd, { minLength: 1, maxLength: 5 }), async (examples) => {
      const store = open();
      const { handle, pipeline } = learner(store);

      const codes = await Promise.all([
        rejection(handle(example(1000))),
        ...examples.map((fields, i) => rejection(handle(example(i, fields)))),
        rejection(handle(example(1001))),
      ]);

      const learned = codes.filter((code) => code === undefined).length;
      expect([codes.at(0), codes.at(-1)]).toEqual([undefined, undefined]);
      for (const code of codes) expect([undefined, "payload"]).toContain(code);
      const { state } = await store.models.load("line");
      expect(readScores(pipeline, state).count).toBe(learned);
      await closeAll();
    }),
  );
});
