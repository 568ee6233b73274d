// How fast is learned, by commits of others.

import { expect, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import { EventType } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { type Committed, watchLearned } from "./learned.ts";

const pipelines = new Map([["line", { name: "line", task: "regression" }]]) as unknown as Pipelines;

function watched() {
  const clock = manualClock();
  type Tap = Parameters<typeof watchLearned>[0];
  const listeners = new Set<Parameters<Tap>[0]>();
  const tap: Tap = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const watch = watchLearned(tap, pipelines, clock);
  const commit = (set: string, count: number, generation = "1", scoredOnServed?: number) => {
    const served = scoredOnServed !== undefined && { scoredOnServed };
    const data: Committed = { set, generation, version: 1, count, metrics: {}, ...served };
    const event = { specversion: "1.0", id: "i", source: "/s", type: EventType.modelUpdated, pipeline: "line", data };
    for (const listener of listeners) listener(event);
  };
  /** Counters are looked at each two seconds, and what was read is awaited. */
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i += 2) {
      clock.advance(2000);
      await new Promise(setImmediate);
    }
  };
  return { clock, watch, commit, pass, listeners };
}

test("examples a minute are those that commits have added, of all model sets of a pipeline", async () => {
  const { watch, commit, pass, clock } = watched();
  commit("line/a", 1000);
  commit("line/b", 10);

  commit("line/a", 1040);
  commit("line/b", 30);
  await pass(4);

  expect(await watch.read()).toEqual([{ pipeline: "line", last: clock.now() - 4000, perMinute: 60 }]);
  await pass(70);
  expect(await watch.read()).toMatchObject([{ perMinute: 0 }]);
});

test("a rollback and another generation add nothing, and what comes after them counts again", async () => {
  const { watch, commit, pass } = watched();
  commit("line", 100);
  commit("line", 40);
  commit("line", 45);
  commit("line", 500, "2");
  commit("line", 507, "2");
  await pass(2);

  expect(await watch.read()).toMatchObject([{ perMinute: 12 }]);
});

test("the share scored on what was served is that of what commits have added, unknown while one of them does not tell", async () => {
  const { watch, commit, pass } = watched();
  commit("line/a", 1000, "1", 10);
  commit("line/b", 10, "1", 10);
  commit("line/a", 1040, "1", 40);
  commit("line/b", 20, "1", 20);
  await pass(2);
  expect(await watch.read()).toMatchObject([{ perMinute: 50, servedShare: 0.8 }]);

  // A learner of an earlier Wadi, in an upgrade.
  commit("line/b", 30);
  await pass(2);
  expect((await watch.read())[0]).toMatchObject({ perMinute: 60 });
  expect((await watch.read())[0]).not.toHaveProperty("servedShare");
  await pass(70);
  commit("line/b", 40, "1", 30);
  commit("line/b", 50, "1", 40);
  await pass(2);
  expect((await watch.read())[0]).not.toHaveProperty("servedShare");
  await pass(70);
  commit("line/b", 54, "1", 41);
  expect(await watch.read()).toMatchObject([{ perMinute: 4, servedShare: 0.25 }]);
});

test("nothing is listened to after the end", () => {
  const { watch, listeners } = watched();

  watch.stop();

  expect(listeners.size).toBe(0);
});
