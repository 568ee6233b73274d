import { expect, onTestFinished, test } from "vitest";
import type { Broker } from "../lib/broker/broker.ts";
import { eventOf, quiet } from "../lib/broker/broker-under-test.contract.ts";
import { manualClock } from "../lib/clock.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { watchLearning } from "./learning.ts";

function watched() {
  const clock = manualClock(1_700_000_000_000);
  const counts = { served: 0, fresh: 0, alarms: 0 };
  const taps = new Set<(event: Event) => void>();
  const tap: Broker["tap"] = (listener) => {
    const told = (event: Event) => listener(event, { hops: 1, bytes: 1 });
    taps.add(told);
    return () => taps.delete(told);
  };
  const pipelines = new Map([
    ["line", { name: "line", task: "regression" }],
    ["shuttle", { name: "shuttle", task: "anomaly" }],
  ]) as unknown as Pipelines;
  const watch = watchLearning({ tap }, pipelines, clock, async () => [
    { labels: { set: "line", scored: "served" }, value: counts.served },
    { labels: { set: "line", scored: "fresh" }, value: counts.fresh },
    { labels: { set: "shuttle", scored: "fresh" }, value: counts.alarms },
  ]);
  onTestFinished(watch.stop);
  const pass = async (seconds: number) => {
    for (let gone = 0; gone < seconds; gone += 2) {
      clock.advance(2000);
      await quiet();
    }
  };
  const commit = (pipeline: string) => {
    for (const told of taps) told(eventOf("m", { type: "dev.wadi.model.updated", pipeline }));
  };
  return { clock, counts, watch, pass, commit, taps };
}

test("what was learned in the last minute is told by pipeline, with the share that was scored on what was served", async () => {
  const { clock, counts, watch, pass, commit } = watched();
  expect(await watch.read()).toEqual([
    { pipeline: "line", perMinute: 0 },
    { pipeline: "shuttle", perMinute: 0 },
  ]);

  Object.assign(counts, { served: 30, fresh: 10, alarms: 7 });
  commit("line");
  const last = clock.now();
  await pass(30);
  expect(await watch.read()).toEqual([
    { pipeline: "line", last, perMinute: 40, servedShare: 0.75 },
    { pipeline: "shuttle", perMinute: 7 },
  ]);
  Object.assign(counts, { served: 60, fresh: 10 });
  await pass(30);
  expect((await watch.read())[0]).toEqual({ pipeline: "line", last, perMinute: 70, servedShare: 60 / 70 });
  await pass(30);
  expect((await watch.read())[0]).toEqual({ pipeline: "line", last, perMinute: 30, servedShare: 1 });
  await pass(60);

  expect((await watch.read())[0]).toEqual({ pipeline: "line", last, perMinute: 0 });
});

test("in its first minute it is what was counted, not blown up; what came since the last look counts", async () => {
  const { clock, counts, watch } = watched();

  counts.fresh = 5;
  clock.advance(100);

  expect((await watch.read())[0]).toEqual({ pipeline: "line", perMinute: 5, servedShare: 0 });
});

test("once stopped it looks no more, and leaves the broker", async () => {
  const { clock, watch, taps } = watched();

  watch.stop();
  let fired = 0;
  clock.after = () => {
    fired++;
    return () => {};
  };
  clock.advance(60_000);

  expect([fired, taps.size]).toEqual([0, 0]);
});
