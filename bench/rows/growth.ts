// What a long life costs: the same figures after a thousand, ten thousand and more learned events, in one data folder.

import { cpSync, rmSync } from "node:fs";
import type { ModelSetState } from "../../functions/lib/learners/model-set-state.ts";
import { embedded, fileBytes, readStore } from "../embedded-wadi.ts";
import { labelledFlights } from "../flights.ts";
import { startWadi } from "../programs.ts";
import { type Context, median, type Result, type Row, type Samples } from "../row.ts";

interface Point {
  readonly events: number;
  readonly microseconds: readonly number[];
  readonly startMs: readonly number[];
  readonly journal: number;
  readonly store: number;
  readonly state: number;
  readonly ownState: number;
}

const BATCH = 50_000;
const STARTS = 3;
/** The first ones compile and do not count. */
const WARM = 3;
const PROBES = 3;

export const growth: Row = {
  name: "growth",
  title: "growth with the events learned",
  async run(context) {
    const { small, full, session, progress } = context;
    const marks = small ? [500, 1000] : full ? [1e3, 1e4, 1e5, 1e6] : [1e3, 1e4, 1e5];
    const probe = small ? 200 : 3000;
    const folder = session.folder();
    const points: Point[] = [];
    let learned = 0;
    for (const mark of marks) {
      const wadi = await embedded(session, folder, learned);
      while (learned < mark) {
        const count = Math.min(BATCH, mark - learned);
        progress(`${learned.toLocaleString("en-US")} of ${mark.toLocaleString("en-US")} events`);
        await wadi.learn(labelledFlights(learned, count));
        learned += count;
      }
      await wadi.stop();
      const { state, stateBytes } = await readStore(folder);
      const sizes = {
        journal: fileBytes(folder, "journal.db"),
        store: fileBytes(folder, "store.db"),
        state: stateBytes,
        ownState: state === undefined ? 0 : withoutModels(state),
      };
      const startMs: number[] = [];
      for (let i = 0; i < STARTS; i++) startMs.push(await startUp(context, folder));
      progress(`cost of an event after ${mark.toLocaleString("en-US")}`);
      // On a copy, or the probes of one mark would be events of the next.
      const copy = session.folder();
      cpSync(folder, copy, { recursive: true });
      const again = await embedded(session, copy, learned);
      const microseconds: number[] = [];
      for (let i = 0; i < WARM + PROBES; i++) {
        const { seconds } = await again.learn(labelledFlights(learned + i * probe, probe));
        if (i >= WARM) microseconds.push((seconds / probe) * 1e6);
      }
      await again.stop();
      rmSync(copy, { recursive: true });
      points.push({ events: mark, microseconds, startMs, ...sizes });
    }
    return results(points);
  },
};

/** Milliseconds until it says where it takes events. */
async function startUp({ session }: Context, folder: string): Promise<number> {
  const start = performance.now();
  const { running } = await startWadi(session, folder);
  const ms = performance.now() - start;
  await running.stop();
  return ms;
}

/** Bytes of the state without what the models have learned and without rolling windows. */
function withoutModels(state: ModelSetState): number {
  const text = JSON.stringify(state, (key, value) => (key === "chain" || key === "window" ? undefined : value));
  return Buffer.byteLength(text);
}

function results(points: readonly Point[]): Result[] {
  const [first, last] = [points[0] as Point, points.at(-1) as Point];
  const name = (events: number) => `${events.toLocaleString("en-US")} events`;
  const at = ({ events }: Point, unit: string, values: readonly number[]): Samples => ({
    name: name(events),
    unit,
    values,
  });
  const compare = (what: string, unit: string, read: (point: Point) => readonly number[]): Result[] =>
    points.slice(1).map((point) => ({
      what: `${what} at ${name(point.events)}`,
      anchor: at(first, unit, read(first)),
      ours: at(point, unit, read(point)),
      // No pairs here: the points are minutes apart.
      ratio: [median(read(point)) / median(read(first))],
    }));
  return [
    {
      what: "state without models and windows",
      ours: at(last, "kB", [last.ownState / 1000]),
      bar: { of: "ours", atMost: 16 },
    },
    ...compare("cost of an event", "µs", ({ microseconds }) => microseconds),
    ...compare("start-up", "ms", ({ startMs }) => startMs),
    ...compare("state", "kB", ({ state }) => [state / 1000]),
    ...compare("journal, an event", "B", ({ journal, events }) => [journal / events]),
    ...compare("store, an event", "B", ({ store, events }) => [store / events]),
  ];
}
