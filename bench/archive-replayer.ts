// Reads what a Wadi has accepted, from its log or from its archive, alone or as a replay, in a process of its own.
//
//   node archive-replayer.ts {"folder": "<data folder>", "archive": "<folder>", "from": "log" | "archive", "learn": true}

import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acceptedOf, validatedOf } from "../functions/admin/replay/intake.ts";
import { openReplay } from "../functions/admin/replay/replay.ts";
import { openFolder } from "../functions/archive/delta/folder.ts";
import { openHistory } from "../functions/archive/history.ts";
import { openArchive } from "../functions/archive/read.ts";
import { openEmbeddedBroker } from "../functions/lib/broker/embedded/embedded.ts";
import type { EventLog } from "../functions/lib/broker/event-log.ts";
import { systemClock } from "../functions/lib/clock.ts";
import { loadPipelines } from "../functions/lib/pipeline/load.ts";
import type { Pipeline } from "../functions/lib/pipeline/pipeline.ts";
import { systemRandom } from "../functions/lib/random.ts";
import { openStore } from "../functions/lib/store/open.ts";
import { assert } from "./row.ts";
import { ROOT } from "./session.ts";

interface Work {
  readonly folder: string;
  readonly archive: string;
  readonly from: "log" | "archive";
  readonly learn: boolean;
}

const GENERATION = "replayed";
const work = JSON.parse(process.argv[2] ?? "") as Work;
const pipelines = loadPipelines(join(ROOT, "helm/pipelines"));
const pipeline = pipelines.get("flights") as Pipeline;
const broker = await openEmbeddedBroker({
  path: join(work.folder, "journal.db"),
  triggers: [],
  clock: systemClock,
  isFollowed: true,
});
const log = work.from === "log" ? broker.log : await history();
const intake = work.from === "log" ? validatedOf(pipeline) : acceptedOf(pipeline, systemClock);
const [from, to] = [await log.start(), await log.end()];
const started = performance.now();
const before = process.cpuUsage();
const done = work.learn ? await learnAll() : await readAll();
const { user, system } = process.cpuUsage(before);
const seconds = (performance.now() - started) / 1000;
await broker.stop();
process.stdout.write(
  `${JSON.stringify({ ...done, cpu: (user + system) / done.events, rate: done.events / seconds })}\n`,
);

async function history(): Promise<EventLog> {
  const table = await openArchive(openFolder(work.archive), "wadi bench");
  assert(table !== undefined, `there is no archive in ${work.archive}`);
  const [appId = ""] = table.snapshot.txns.keys();
  const logName = appId.replace(/^wadi-(.*)-0$/, "$1");
  return openHistory({ table, log: broker.log, logName, pipeline: pipeline.name, alone: pipelines.size === 1 });
}

async function readAll() {
  let events = 0;
  for await (const page of log.read(from, to, intake.types)) events += page.events.length;
  return { events };
}

async function learnAll() {
  const folder = mkdtempSync(join(tmpdir(), "wadi-bench-replay-"));
  const store = await openStore({ kind: "sqlite", path: join(folder, "store.db") }, pipelines, {}, Date.now);
  const replay = openReplay(
    {
      ...{ log, store, clock: systemClock, retention: await store.retention.agreed() },
      ...{ revision: () => randomBytes(16).toString("hex"), random: systemRandom },
    },
    { pipeline, from, intake, into: GENERATION },
  );
  await replay.advance(to, new AbortController().signal);
  const { examples } = replay.figures;
  await replay.close();
  const { state } = await store.models.loadGeneration("flights", GENERATION);
  await store.close();
  rmSync(folder, { recursive: true });
  const { models } = JSON.parse(state) as { models: unknown };
  return { events: examples, weights: createHash("sha256").update(JSON.stringify(models)).digest("hex") };
}
