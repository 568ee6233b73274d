// Drift on its way: detectors learn with the commit, so what they tell is told once and the same for all writers.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { DriftFound, Event, ModelRestart, ModelUpdatedData } from "../lib/events/vocabulary.ts";
import { createModelSet } from "../lib/learners/model-set.ts";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import type { Store } from "../lib/store/store.ts";
import { closeAll, committing, example, LINE, learner, open, range, rejection, WINDOW, yaml } from "./fixtures/line.ts";

afterEach(closeAll);

const FIXTURES = join(import.meta.dirname, "../lib/learners/fixtures");

interface Golden {
  readonly name: string;
  readonly kind: string;
  readonly dataset: { readonly file: string; readonly column: string };
  readonly detector: unknown;
  readonly detections: readonly number[];
}

/** River's: see the README of the fixtures. */
const goldens = readdirSync(FIXTURES)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(join(FIXTURES, file), "utf8")) as Golden)
  .filter(({ kind }) => kind === "detect");

function columnOf({ file, column }: Golden["dataset"]): number[] {
  const [head = "", ...lines] = readFileSync(join(FIXTURES, file), "utf8").trim().split("\n");
  const at = head.split(",").indexOf(column);
  return lines.map((line) => Number(line.split(",")[at]));
}

const drifting = (drift: unknown, more = "") => `${LINE}drift: ${JSON.stringify(drift)}\n${more}`;
const BINARY = LINE.replace('[ "null", double ]', '[ "null", boolean ]')
  .replace("regression }", "binary }")
  .replace(/models: .*/, "models: { line: [ prior-classifier ] }")
  .replace("[ mae ]", "[ accuracy ]");

async function stateIn({ models }: Store) {
  return JSON.parse((await models.load("line")).state) as ModelSetState;
}

const updates = (answers: readonly (Event | undefined)[]) =>
  answers.flatMap((answer) => (answer === undefined ? [] : [answer.data as ModelUpdatedData]));

interface Point {
  readonly time: number;
  readonly count: number;
  readonly drift?: readonly DriftFound[];
  readonly restarted?: readonly ModelRestart[];
  readonly risen?: DriftFound;
}

/** Oldest first. */
async function historyIn({ models }: Store): Promise<Point[]> {
  return (await models.history("line", 10_000)).map(({ point }) => JSON.parse(point) as Point).reverse();
}

describe("where River tells a drift of these errors, so does learn, through the commits", () => {
  test.each(goldens.map((golden) => [golden.name, golden] as const))("%s", async (_name, golden) => {
    const values = columnOf(golden.dataset);
    // An error is a distance, which is never negative; these detectors see differences alone.
    const raise = Math.min(...values) < 0 ? 16 : 0;
    const isFailure = golden.dataset.column === "error";
    const store = open();
    const { generation } = await store.models.head("line");
    const text = isFailure ? `${BINARY}drift: ${JSON.stringify(golden.detector)}\n` : drifting(golden.detector);
    const { handle, telemetry } = learner(store, text, { groupLimit: 100 });
    const served = (line: number) => ({ served: { generation, version: 1, model: "line", values: { line } } });

    const answers = await Promise.all(
      values.map((value, i) =>
        handle(example(i, isFailure ? { y: true, ...served(value ? 0.1 : 0.9) } : { y: value + raise, ...served(0) })),
      ),
    );

    const told = updates(answers).flatMap(({ drift }) => drift ?? []);
    expect(told.map(({ at }) => at - 1)).toEqual(golden.detections);
    const history = await historyIn(store);
    expect(history.flatMap(({ drift }) => drift ?? [])).toEqual(told);
    const { values: counts } = await telemetry.drift.get();
    expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(golden.detections.length);
  });
});

const FAST = "{ linear-regression: { optimizer: { adagrad: { learningRate: 0.5 } } } }";
const RESTART = `${yaml(`{ line: [ ${FAST} ], mean: [ mean-regressor ] }`)}drift: adwin\nonDrift: restart\n`;
const at = (i: number) =>
  example(i, { x: { x: (i % 9) / 4 }, y: i < 500 ? 2 * (i % 9) + 5 : 60 - 9 * (i % 9), time: i });

describe("a model that begins anew", () => {
  test("is told with its drift, and again where it replaces the old one; both are in the history and on /metrics", async () => {
    const store = open();
    const { handle, telemetry } = learner(store, RESTART, { groupLimit: 20 });

    const told = updates(await Promise.all(range(2000).map((i) => handle(at(i)))));

    const rises = told.flatMap(({ drift }) => drift ?? []).filter(({ change }) => change === "rise");
    const restarted = told.flatMap((update) => update.restarted ?? []);
    expect(rises[0]).toMatchObject({ model: "line", detector: "adwin", challenger: `line@${rises[0]?.at}` });
    expect(restarted).toMatchObject([{ model: "line", challenger: rises[0]?.challenger, at: rises[0]?.at }]);
    const history = await historyIn(store);
    expect(history.flatMap((point) => point.restarted ?? [])).toEqual(restarted);
    const during = history.filter(({ risen }) => risen !== undefined);
    expect(during[0]?.risen).toMatchObject({ model: "line", at: rises[0]?.at });
    expect(history.at(-1)?.risen).toBeUndefined();
    const text = await telemetry.registry.metrics();
    expect(text).toContain('wadi_drift_total{set="line",model="line",detector="adwin",change="rise"} 1');
    expect(text).toContain('wadi_restarts_total{set="line",model="line"} 1');
  });

  test("comes at the same example whatever the groups are, to the bit, and however commits are refused", async () => {
    const states: ModelSetState[] = [];
    for (const groupLimit of [1, 7, 256]) {
      const store = open();
      const { handle } = learner(store, RESTART, { groupLimit });
      await Promise.all(range(900).map((i) => handle(at(i))));
      states.push(await stateIn(store));
    }
    const raced = open();
    const rival = learner(raced, RESTART);
    const { port } = committing(raced, async (n, commit) => {
      // A group of ten, of which another writer has learned the first three meanwhile.
      if (n % 3 === 1) await Promise.all([0, 1, 2].map((i) => rival.handle(at(10 * (n - 1 - Math.floor(n / 3)) + i))));
      return raced.models.commit("line", commit);
    });
    const { handle } = learner(port, RESTART, { groupLimit: 10 });
    for (let from = 0; from < 900; from += 10) {
      await Promise.all(range(10).map((i) => handle(at(from + i))));
    }

    expect(states[0]?.watch?.detectors["adwin"]).toBeDefined();
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
    expect(await stateIn(raced)).toEqual(states[0]);
  });
});

test("after a rollback detectors and challenger go on from where they were then, and tell the same again", async () => {
  const store = openSqliteStore(":memory:", {
    now: Date.now,
    joinWindowMs: () => WINDOW,
    snapshots: { every: 10, keep: 1000 },
  });
  const { handle, pipeline } = learner(store, RESTART, { groupLimit: 1 });
  const told: ModelUpdatedData[] = [];
  for (const i of range(800)) told.push(...updates([await handle(at(i))]));
  const rise = told.flatMap(({ drift }) => drift ?? []).find(({ change }) => change === "rise") as DriftFound;
  const { models } = store;
  const snapshot = (await models.snapshots("line")).filter(({ version }) => version > rise.at).at(-1);
  expect(told.flatMap(({ restarted }) => restarted ?? [])).toHaveLength(1);

  await models.rollback("line", { snapshot: snapshot?.revision ?? "", revision: "b".repeat(32) });

  const back = await stateIn(store);
  expect(back.challenger).toMatchObject({ model: "line", at: rise.at });
  const set = createModelSet(pipeline);
  const later = range(400).map((i) => at(1000 + i));
  const alone = set.open(set.carryOver(back)).learn(
    later.map(({ data }) => data as { x: { x: number }; y: number }),
    "1",
  );
  const again: ModelUpdatedData[] = [];
  for (const one of later) again.push(...updates([await handle(one)]));
  expect(again.flatMap(({ restarted }) => restarted ?? [])).toEqual(alone.restarted);
  expect(alone.restarted).toMatchObject([{ challenger: `line@${rise.at}` }]);
  await store.close();
});

test("a detector with other options begins anew under the new file, and the state of a file without any opens", async () => {
  const store = open();
  const revision = (n: number) => ({ models: { ...store.models, pipelineRevision: async () => n } });
  const send = (n: number, text: string, i: number) => rejection(learner(revision(n), text).handle(at(i)));
  const widths = async () => {
    const { watch } = await stateIn(store);
    const states = Object.entries(watch?.detectors ?? {}).map(([name, { state }]) => [
      name,
      "width" in state && state.width,
    ]);
    return Object.fromEntries(states) as Record<string, unknown>;
  };

  expect(await send(1, LINE, 0)).toBeUndefined();
  expect(await widths()).toEqual({});
  expect(await send(2, drifting("adwin"), 1)).toBeUndefined();
  expect(await send(3, drifting(["adwin", "kswin"]), 2)).toBeUndefined();
  expect(await widths()).toEqual({ adwin: 2, kswin: false });
  expect(await send(4, drifting([{ adwin: { delta: 0.1 } }]), 3)).toBeUndefined();
  expect(await widths()).toEqual({ adwin: 1 });
});
