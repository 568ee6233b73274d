// What an archive costs `wadi start`: CPU an observation, from the ingress to the commit of the model, with one and without. The one
// with an archive has it written every two seconds, where thirty are usual.

import { join } from "node:path";
import { labelledFlights } from "../flights.ts";
import { processUnderLoad } from "../loaded-wadi.ts";
import { type Row, ratios } from "../row.ts";

export const archiveCost: Row = {
  name: "archive-cost",
  title: "embedded wadi start with an archive and without",
  async run({ rounds, small, session, progress }) {
    const events = small ? 300 : 15_000;
    const folder = session.folder();
    const places = ["--archive", join(folder, "archive"), "--archive-every", "2s"];
    const without = { wadi: await processUnderLoad(session, session.folder()), cpu: [] as number[] };
    const withOne = { wadi: await processUnderLoad(session, join(folder, "data"), places), cpu: [] as number[] };
    // Round 0 warms up.
    for (let i = 0; i <= rounds; i++) {
      progress(i === 0 ? "warming up" : `round ${i} of ${rounds}`);
      const batch = labelledFlights(i * events, events);
      for (const { wadi, cpu } of [without, withOne]) {
        const before = await wadi.cpuSeconds();
        await wadi.learn(batch);
        await wadi.archived();
        if (i > 0) cpu.push((((await wadi.cpuSeconds()) - before) / events) * 1e6);
      }
    }
    for (const { wadi } of [without, withOne]) {
      await wadi.check();
      await wadi.running.stop();
    }
    return [
      {
        what: "wadi start with an archive, CPU an observation",
        anchor: { name: "wadi start without", unit: "µs", values: without.cpu },
        ours: { name: "wadi start with an archive", unit: "µs", values: withOne.cpu },
        ratio: ratios(withOne.cpu, without.cpu),
        bar: { of: "ratio", atMost: 1.1 },
      },
    ];
  },
};
