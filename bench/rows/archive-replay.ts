// What was accepted, read again from the archive and from the log: alone, and as a replay, which validates (from the archive), makes
// features, joins and learns.

import { join } from "node:path";
import { labelledFlights } from "../flights.ts";
import { processUnderLoad } from "../loaded-wadi.ts";
import { assert, type Result, type Row, ratios } from "../row.ts";

interface Read {
  readonly events: number;
  /** Microseconds an observation. */
  readonly cpu: number;
  /** A digest of what was learned. */
  readonly weights?: string;
}

const PLACES = ["log", "archive"] as const;

export const archiveReplay: Row = {
  name: "archive-replay",
  title: "a replay from the archive, and from the log",
  async run({ rounds, small, session, progress, note }) {
    const events = small ? 300 : 20_000;
    const [folder, archive] = [session.folder(), join(session.folder(), "archive")];
    progress(`${events} observations to be read again`);
    const wadi = await processUnderLoad(session, folder, ["--archive", archive]);
    await wadi.learn(labelledFlights(0, events));
    await wadi.check();
    await wadi.running.stop(); // archives the rest

    const program = join(import.meta.dirname, "../archive-replayer.ts");
    const read = async (from: (typeof PLACES)[number], learn: boolean): Promise<Read> => {
      const work = JSON.stringify({ folder, archive, from, learn });
      const told = JSON.parse((await session.node([program, work]).find(/^\{.*$/))[0]) as Read;
      assert(told.events === events, `${told.events} of ${events} observations were read from the ${from}`);
      return told;
    };
    const kinds = [false, true].map((learn) => ({ learn, log: [] as Read[], archive: [] as Read[] }));
    for (let i = 1; i <= rounds; i++) {
      progress(`round ${i} of ${rounds}`);
      for (const kind of kinds) for (const from of PLACES) kind[from].push(await read(from, kind.learn));
    }
    const weights = new Set(kinds.flatMap(({ log, archive }) => [...log, ...archive]).map((one) => one.weights));
    weights.delete(undefined);
    assert(weights.size === 1, "a replay from the archive and one from the log have learned different weights");
    note(
      "archive-replay: both replays learned the same weights, to the bit; the log is the journal of one process, no Kafka",
    );
    return kinds.map(({ learn, log, archive }): Result => {
      const [own, anchor] = [archive, log].map((some) => some.map(({ cpu }) => cpu)) as [number[], number[]];
      return {
        what: `${learn ? "a replay" : "reading alone"}, from the archive, CPU of an observation`,
        anchor: { name: "from the log", unit: "µs", values: anchor },
        ours: { name: "from the archive", unit: "µs", values: own },
        ratio: ratios(own, anchor),
      };
    });
  },
};
