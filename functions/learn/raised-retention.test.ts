// Events that are older than ids were kept before the retention was raised.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { learnedWindowMs } from "../lib/retention.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { example, LINE, rejection } from "./fixtures/line.ts";
import { build } from "./step.ts";

const HOUR = 3_600_000;
const SHORT = { logMs: 24 * HOUR, deadLetterMs: 24 * HOUR };
const LONG = { logMs: 720 * HOUR, deadLetterMs: 720 * HOUR };

test("an id that was learned before a raise is not learned again after its shorter life; one learned since lives longer", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wadi-raised-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const clock = manualClock();
  const open = (retention: typeof SHORT) => {
    const store = openSqliteStore(join(folder, "store.db"), { now: clock.now, joinWindowMs: () => HOUR, retention });
    onTestFinished(() => store.close());
    return store;
  };
  const store = open(SHORT);
  const pipeline = parsePipeline(LINE, "line.yaml");
  let revisions = 0;
  const { handle } = build({
    ...{ pipelines: new Map([[pipeline.name, pipeline]]), store, clock, telemetry: createTelemetry(), log: silentLog },
    ...{ settings: {}, random: () => 0.5, revision: () => (++revisions).toString(16).padStart(32, "0") },
  });
  const recordedNow = (i: number) => example(i, {}, { recordedtime: new Date(clock.now()).toISOString() });
  const count = async () => (JSON.parse((await store.models.load("line")).state) as { count: number }).count;
  const [before, after] = [
    learnedWindowMs(pipeline.labelHorizonMs, SHORT),
    learnedWindowMs(pipeline.labelHorizonMs, LONG),
  ];

  const early = recordedNow(1);
  await handle(early);
  await open(LONG).retention.agreed();
  clock.advance(2 * HOUR);
  const late = recordedNow(2);
  await handle(late);
  clock.advance(before - 4 * HOUR);
  expect(await rejection(handle(early))).toBeUndefined(); // a duplicate
  clock.advance(4 * HOUR);

  expect(await rejection(handle(early))).toBe("outside-window");
  expect(await rejection(handle(late))).toBeUndefined();
  clock.advance(after - before - 4 * HOUR);
  expect(await rejection(handle(late))).toBeUndefined();
  expect(await count()).toBe(2);
});
