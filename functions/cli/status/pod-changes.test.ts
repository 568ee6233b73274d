// What is told of pods that come and go, and how it looks: from one look at a cluster to the next.

import { expect, test } from "vitest";
import type { ClusterStatus, ClusterStep } from "../../admin/shapes/cluster.ts";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { clusterStatusLines } from "./cluster-status-view.ts";
import { changesSince } from "./pod-changes.ts";
import { changeLine, podsLines } from "./pods-view.ts";

const NOW = Date.UTC(2026, 0, 31, 12);

function step(more: Partial<ClusterStep> = {}): ClusterStep {
  return {
    name: "learn",
    state: "ready",
    pods: { ready: 0, starting: 0, ending: 0 },
    eachPod: [],
    min: 0,
    max: 4,
    revision: "learn-00001",
    revisions: [],
    trigger: { name: "learn", state: "ready" },
    lag: 0,
    ...more,
  };
}

function status(one: Partial<ClusterStep> = {}, more: Partial<ClusterStatus> = {}): ClusterStatus {
  return {
    context: "kind-wadi",
    namespace: "wadi",
    steps: [step(one)],
    broker: { name: "default", class: "Kafka", state: "ready" },
    store: { kind: "redis", at: "redis://redis:6379" },
    log: { kind: "kafka", at: "kafka:9092" },
    deadLetters: 0,
    pipelines: ["line"],
    models: [],
    ...more,
  };
}

const line = (version: number, count: number, generation = "1") => [
  { set: "line", pipeline: "line", generation, version, count, champion: "linear", metrics: {} },
];

const whats = (before: ClusterStatus | undefined, now: ClusterStatus) =>
  changesSince(before, now).map(({ name, what }) => `${name}: ${what}`);

test("of a first look all there is, and where nothing changed nothing", () => {
  expect(whats(undefined, status())).toEqual(["learn: pods: 0"]);
  expect(whats(status(), status())).toEqual([]);
});

test("pods that come up from zero, serve, and go again", () => {
  const seen = [
    status(),
    status({ pods: { ready: 0, starting: 1, ending: 0 } }),
    status({ pods: { ready: 1, starting: 1, ending: 0 } }),
    status({ pods: { ready: 0, starting: 0, ending: 2 } }),
    status(),
  ];

  const told = seen.flatMap((now, i) => (i === 0 ? [] : whats(seen[i - 1], now)));

  expect(told).toEqual([
    "learn: pods: 0 -> 1 starting",
    "learn: pods: 1 starting -> 1, 1 starting",
    "learn: pods: 1, 1 starting -> 2 ending",
    "learn: pods: 2 ending -> 0",
  ]);
});

test("lag is told when it begins and when it is over, not in between", () => {
  expect(whats(status(), status({ lag: 1200 }))).toEqual(["learn: lag: 1,200"]);
  expect(whats(status({ lag: 1200 }), status({ lag: 900 }))).toEqual([]);
  expect(whats(status({ lag: 900 }), status())).toEqual(["learn: lag: none any more"]);
});

test("versions of models, generations and dead letters", () => {
  const before = status({}, { models: line(3, 10) });

  expect(whats(before, status({}, { models: line(4, 12) }))).toEqual(["line: version 4, 12 examples"]);
  expect(whats(before, status({}, { models: line(1, 30, "2") }))).toEqual([
    "line: version 1, 30 examples, generation 2",
  ]);
  expect(whats(status(), status({}, { deadLetters: 1 }))).toEqual(["dead letters: 1"]);
  expect(whats(status({}, { deadLetters: 1 }), status())).toEqual(["dead letters: 0"]);
});

test("a revision that takes over, one that fails, and a store that is away and back", () => {
  const problem = { reason: "ImagePullBackOff", message: "its image cannot be pulled", cure: "push it" };
  const away = status({}, { store: { kind: "redis", missing: "nobody listens there" } });

  expect(whats(status(), status({ revision: "learn-00002" }))).toEqual(["learn: revision: learn-00001 -> learn-00002"]);
  expect(whats(status(), status({ state: "fails", problem }))).toEqual(["learn: its image cannot be pulled: push it"]);
  expect(whats(status({ state: "fails", problem }), status())).toEqual(["learn: is ready"]);
  expect(whats(status(), away)).toEqual(["store: nobody listens there"]);
  expect(whats(away, status())).toEqual(["store: is well again"]);
});

test("a change is one line, whatever stands in it", () => {
  const text = changeLine({ time: NOW, name: "learn", what: "it said\n\u001b[2Jwhat" }, recordedOutput());

  expect(text).toBe("2026-01-31 12:00:00Z  learn       it said [2Jwhat");
});

test("the live view has a sign for each pod, and never more lines than fit", () => {
  const output = recordedOutput({ columns: 80, rows: 12, env: { NO_COLOR: "1" } });
  const changes = Array.from({ length: 50 }, (_, i) => ({ time: NOW, name: "learn", what: `change ${i}` }));
  const now = status({ pods: { ready: 2, starting: 1, ending: 1 }, lag: 7 }, { models: line(4, 12) });

  const lines = podsLines(now, changes, NOW, output);

  expect(lines.join("\n")).toMatch(/learn +██░· +2, 1 starting, 1 ending +7 +learn-00001/);
  expect(lines.at(-1)).toContain("change 49");
  expect(lines.length).toBeLessThan(12 + 3);
});

test("the status shows both revisions of a step while one takes over, and each problem with its cure", () => {
  const pods = { ready: 1, starting: 0, ending: 0 };
  const revisions = [
    { name: "learn-00001", state: "ready" as const, image: "", percent: 100, pods },
    { name: "learn-00002", state: "fails" as const, image: "", percent: 0, pods: { ...pods, ready: 0, starting: 1 } },
  ];
  const problem = { reason: "ImagePullBackOff", message: "its image cannot be pulled", cure: "push it" };
  const broker = {
    name: "default",
    class: "Kafka",
    state: "fails" as const,
    problem: { reason: "NoController", message: "nobody looks after it", cure: "install it" },
  };

  const text = clusterStatusLines(
    status({ revisions, problem, state: "fails" }, { broker, models: line(4, 12) }),
    recordedOutput(),
  ).join("\n");

  expect(text).toMatch(/learn-00001 \(100 %, pods 1\) → learn-00002 \(not ready, pods 1 starting\)/);
  expect(text).toMatch(/✗ {2}broker: nobody looks after it \(NoController\)\n {3}→ install it/);
  expect(text).toMatch(/✗ {2}learn: its image cannot be pulled \(ImagePullBackOff\)\n {3}→ push it/);
  expect(text).toMatch(/line +▸ linear +12 +4/);
});

test("what could not be read is said, and its figures are left out", () => {
  const { deadLetters: _, models: __, ...rest } = status({}, { log: { kind: "kafka", missing: "may not be reached" } });
  const { lag: ___, ...blind } = step();

  const text = clusterStatusLines({ ...rest, steps: [blind] }, recordedOutput()).join("\n");

  expect(text).toMatch(/log +may not be reached/);
  expect(text).toMatch(/dead letters +not counted/);
  expect(text).toMatch(/learn +0 +0 +4 +- +ready/);
});
