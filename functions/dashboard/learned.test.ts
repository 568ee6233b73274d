// How fast is learned, by commits of others.

import { expect, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import { EventType, type ModelUpdatedData } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { watchLearned } from "./learned.ts";
import type { StoreTap } from "./store-tap.ts";

const pipelines = new Map([["line", { name: "line", task: "regression" }]]) as unknown as Pipelines;

function watched() {
  const clock = manualClock();
  const listeners = new Set<Parameters<StoreTap>[0]>();
  const tap: StoreTap = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const watch = watchLearned(tap, pipelines, clock);
  const commit = (set: string, count: number, generation = "1") => {
    const data: ModelUpdatedData = { set, generation, version: 1, count, metrics: {} };
    const event = { specversion: "1.0", id: "i", source: "/s", type: EventType.modelUpdated, pipeline: "line", data };
    for (const listener of listeners) listener(event as never, { hops: 4, bytes: 0 });
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

test("nothing is listened to after the end", () => {
  const { watch, listeners } = watched();

  watch.stop();

  expect(listeners.size).toBe(0);
});
