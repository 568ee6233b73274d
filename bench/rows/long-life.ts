// What an event costs after a life of millions, beside one after ten thousand: CPU over all four steps, two folders in turn. So many events
// would take hours: the examples are committed to the store by themselves, with ids and history, and skip broker and join.

import { cpSync } from "node:fs";
import { embedded } from "../embedded-wadi.ts";
import { age } from "../flight-commits.ts";
import { labelledFlights } from "../flights.ts";
import { microsecondsEach, type Row, ratios } from "../row.ts";

const YOUNG = 10_000;
const SAY_EVERY = 250_000;

const text = (events: number) => events.toLocaleString("en-US");

export const longLife: Row = {
  name: "long-life",
  title: "an event after a life of millions",
  async run({ rounds, small, full, session, progress, note }) {
    const young = small ? 500 : YOUNG;
    const old = small ? 20_000 : full ? 10_000_000 : 1_000_000;
    const probe = small ? 200 : 5000;
    const folders = [session.folder(), session.folder()] as const;
    const first = await embedded(session, folders[0]);
    await first.learn(labelledFlights(0, young));
    await first.stop();
    cpSync(folders[0], folders[1], { recursive: true });
    await age(folders[1], old, (learned) => {
      if (learned % SAY_EVERY === 0) progress(`${text(learned)} of ${text(old)} examples`);
    });
    const lives = [await embedded(session, folders[0], young), await embedded(session, folders[1], old)] as const;
    const cpu: [number[], number[]] = [[], []];
    // Round 0 warms up.
    for (let i = 0; i <= rounds; i++) {
      progress(i === 0 ? "warming up" : `round ${i} of ${rounds}`);
      for (const [at, wadi] of lives.entries()) {
        const { cpuSeconds } = await wadi.learn(labelledFlights(young + i * probe, probe));
        if (i > 0) cpu[at as 0 | 1].push(microsecondsEach(cpuSeconds, probe));
      }
    }
    for (const wadi of lives) await wadi.stop();
    if (!cpu.flat().every(Number.isFinite)) {
      note("long-life: its row is left out: CPU of a process is read from /proc, which only Linux has");
      return [];
    }
    if (!full) note(`long-life: ${text(old)} examples; --full (make bench FULL=1) learns 10,000,000`);
    return [
      {
        what: `an event after ${text(old)}`,
        anchor: { name: `one after ${text(young)}`, unit: "µs CPU", values: cpu[0] },
        ours: { name: `after ${text(old)}`, unit: "µs CPU", values: cpu[1] },
        ratio: ratios(cpu[1], cpu[0]),
        bar: { of: "ratio", atMost: 1.1 },
      },
    ];
  },
};
