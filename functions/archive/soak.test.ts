// Many at once on one table: archivers of one log in processes of their own that are killed between any two steps, delta-rs that
// writes, and a compaction. What comes of it is counted by delta-rs and by Delta Kernel, which are not of our making.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { atEndOfFile } from "../lib/end-of-file.contract.ts";
import { VersionConflictError } from "../lib/errors.ts";
import { javaLibrary, noJava, runJava } from "../lib/java.contract.ts";
import { pythonWith, TEST_PEERS } from "../lib/python.contract.ts";
import { eventOf, idsOf, newPlace, openJournal, type Place } from "./archive-under-test.contract.ts";
import { ARCHIVE } from "./columns.ts";
import { compact } from "./compact.ts";
import { openFolder } from "./delta/folder.ts";
import { DeltaTable } from "./delta/table.ts";

const LONG = process.env["SOAK"] === "long";
/** Ten to a commit. */
const EVENTS = LONG ? 6000 : 600;
const LIVES = LONG ? 40 : 4;
/** Of a point within a life: ARCHIVERS × LIVES × MOST commits are fewer than there are. */
const MOST = 3;
const ARCHIVERS = 4;
/** Each archiver dies at each of them, every one at another at first; at which of its occurrences in a life, the seed says. */
const POINTS = ["before file", "after file", "before entry", "after entry"];
const CHECKPOINTS = ["before checkpoint", "after checkpoint", "before hint", "after hint"];

const seed = Number(process.env["SOAK_SEED"] ?? Date.now() % 2 ** 31);
const { python, missing: noPython } = await pythonWith(TEST_PEERS, "deltalake");
const missing = noPython ?? noJava;
const APP = "wadi-the-log-0";
const KERNEL_READER = join(import.meta.dirname, "fixtures/KernelReader.java");
const DELTA_RS = join(import.meta.dirname, "fixtures/delta_rs.py");
const ARCHIVER = join(import.meta.dirname, "fixtures/archive-killed.ts");

const children = new Set<ChildProcess>();
atEndOfFile(() => children.forEach((child) => void child.kill("SIGKILL")));

/** What it said, or the signal that ended it. */
async function live({ dataFolder, folder }: Place, die: string, time: number): Promise<string> {
  const child = spawn(process.execPath, [ARCHIVER, JSON.stringify({ dataFolder, folder, die, time })]);
  children.add(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += part));
  const [, signal] = await once(child, "close");
  children.delete(child);
  return signal ?? said;
}

/** Which events are in the table, by their ids and logs, as delta-rs reads it. */
async function askDeltaRs(folder: string, ...work: readonly string[]) {
  const { stdout } = await promisify(execFile)(python, [DELTA_RS, folder, APP, ...work], {
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout) as { readonly ids: readonly string[]; readonly txn: number };
}

/** As a person runs it: again, where a writer was first. */
async function compactOnce(folder: string): Promise<void> {
  const table = await DeltaTable.open(openFolder(folder), ARCHIVE, "test");
  if (table === undefined) return;
  await compact(table, Date.now).catch((error: unknown) => {
    if (!(error instanceof VersionConflictError)) throw error;
  });
}

/** Every archiver dies LIVES times, of which all together leave some of the log; then each goes on until a checkpoint, or the end. */
async function inTurn(
  places: readonly Place[],
  random: () => number,
  die: (at: Place, point: string, time?: number) => Promise<void>,
): Promise<void> {
  const lives = Array.from({ length: LIVES }, (_, n) => n);
  await Promise.all(
    places.map(async (at, i) => {
      for (const n of lives) await die(at, POINTS[(i + n) % POINTS.length] as string, 1 + (random() % MOST));
    }),
  );
  await Promise.all(places.map((at, i) => die(at, CHECKPOINTS[i] as string)));
}

describe.skipIf(missing !== undefined)(
  `archivers that are killed${missing === undefined ? "" : ` (${missing})`}`,
  { tags: ["python", "java"] },
  () => {
    test(
      `four on one table, with delta-rs and compactions in between: each event lands once (SOAK_SEED=${seed})`,
      async () => {
        const place = newPlace();
        const events = Array.from({ length: EVENTS }, (_, n) => eventOf(n));
        const broker = await openJournal(place.dataFolder);
        await broker.publishAll(events);
        await broker.stop();
        // Each has the log to itself, as processes have a topic: copies of one journal are the same log.
        const places = Array.from({ length: ARCHIVERS }, (_, i) => {
          const dataFolder = join(place.root, `data-${i}`);
          cpSync(place.dataFolder, dataFolder, { recursive: true });
          return { folder: place.folder, dataFolder };
        });
        const random = lcg(seed);
        const ends: string[] = [];
        const die = async (at: Place, point: string, time = 1) => {
          ends.push(`${point}: ${await live(at, point, time)}`);
        };

        await die(places[0] as Place, "after entry");
        let isOver = false;
        const archiving = inTurn(places, random, die).finally(() => {
          isOver = true;
        });
        const compacting = (async () => {
          while (!isOver) {
            await compactOnce(place.folder);
            await new Promise(setImmediate);
          }
        })();
        await askDeltaRs(place.folder, "append");
        await Promise.all([archiving, compacting]);
        const last = await live(places[0] as Place, "never", 1);
        const { ids, txn } = await askDeltaRs(place.folder);
        const kernel = await askKernel(place.folder);

        expect(last).toBe("archived");
        for (const point of POINTS)
          expect(ends.filter((end) => end === `${point}: SIGKILL`).length).toBeGreaterThanOrEqual(LIVES);
        expect(ends.filter((end) => !/: (SIGKILL|archived)$/.test(end))).toEqual([]);
        expect(new Set(ids)).toEqual(new Set(idsOf(events)));
        // Two are of delta-rs: copies of a row, under another log.
        expect(ids).toHaveLength(EVENTS + 2);
        expect(txn).toBe(EVENTS);
        expect(kernel.ids.sort()).toEqual([...ids].sort());
        expect(kernel.txn).toBe(EVENTS);
      },
      LONG ? 600_000 : 60_000,
    );
  },
);

/** By Delta Kernel, the protocol's reference implementation, which shares nothing with delta-rs. */
async function askKernel(folder: string): Promise<{ ids: string[]; txn: number }> {
  const jars = await javaLibrary("delta-kernel-4.0.0");
  const [head = "", ...rows] = await runJava(["-cp", join(jars, "*"), KERNEL_READER, folder, APP], "");
  return { ids: rows.map((row) => row.split(" ")[3] as string), txn: Number(head.split(" ")[1]) };
}

/** Numerical Recipes' generator: the same kills for the same seed. */
function lcg(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}
