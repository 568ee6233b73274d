// What an archive costs a `wadi start`: CPU of an observation over all four steps, with and without one.

import { join } from "node:path";
import { labelledFlights } from "../flights.ts";
import { type LoadedWadi, processUnderLoad } from "../loaded-wadi.ts";
import { cpuOf } from "../process-cpu.ts";
import { assert, type Row, ratios } from "../row.ts";
import { sleep } from "../session.ts";

const LOOK_MS = 100;

export const archiveCost: Row = {
  name: "archive-cost",
  title: "wadi start with an archive and without",
  async run({ rounds, small, session, progress, note }) {
    if (cpuOf(process.pid) === undefined) {
      note("archive-cost: its row is left out: CPU of a process is read from /proc, which only Linux has");
      return [];
    }
    const events = small ? 300 : 15_000;
    const plain = await processUnderLoad(session, session.folder());
    const archive = ["--archive", join(session.folder(), "archive"), "--archive-every", small ? "1s" : "5s"];
    const archived = await processUnderLoad(session, session.folder(), archive);
    const [without, withOne]: [number[], number[]] = [[], []];
    // Round 0 warms up.
    for (let i = 0; i <= rounds; i++) {
      progress(i === 0 ? "warming up" : `round ${i} of ${rounds}`);
      const batch = labelledFlights(i * events, events);
      const alone = await cpuFor(plain, async () => void (await plain.learn(batch)));
      const both = await cpuFor(archived, async () => {
        await archived.learn(batch);
        while ((await rowsOf(archived)) < archived.sent) await sleep(LOOK_MS);
      });
      if (i === 0) continue;
      without.push((alone / events) * 1e6);
      withOne.push((both / events) * 1e6);
    }
    const rows = await rowsOf(archived);
    assert(rows === archived.sent, `${archived.sent} observations were sent, and ${rows} archived`);
    for (const one of [plain, archived]) {
      await one.check();
      await one.running.stop();
    }
    return [
      {
        what: "wadi start with an archive, CPU of an observation",
        anchor: { name: "without one", unit: "µs", values: without },
        ours: { name: "with one", unit: "µs", values: withOne },
        ratio: ratios(withOne, without),
        bar: { of: "ratio", atMost: 1.1 },
      },
    ];
  },
};

function rowsOf(wadi: LoadedWadi): Promise<number> {
  return wadi.metric("wadi_archive", 'what="rows"');
}

/** Seconds. */
async function cpuFor({ running }: LoadedWadi, work: () => Promise<void>): Promise<number> {
  const before = cpuOf(running.pid) ?? 0;
  await work();
  return (cpuOf(running.pid) ?? 0) - before;
}
