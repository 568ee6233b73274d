// Flights into a Delta table on a disk, beside delta-rs with the same rows; and what they take there.

import { join } from "node:path";
import { TEST_PEERS } from "../../functions/lib/python.contract.ts";
import { type Written, writeDeltaRs, writeOurs } from "../archive-writers.ts";
import { pythonPeer } from "../python-peer.ts";
import { type Result, type Row, ratios } from "../row.ts";

export const archiveWrite: Row = {
  name: "archive-write",
  title: "the archive on a disk, 1,000 rows a commit",
  async run({ rounds, small, session, progress, note }) {
    const work = small ? { warm: 1, commits: 2, weigh: true } : { warm: 20, commits: 50, weigh: true };
    const { python, missing } = await pythonPeer(TEST_PEERS, "deltalake");
    if (missing !== undefined) note(`archive-write: without delta-rs, which cannot be had: ${missing}`);
    const [ours, theirs]: [Written[], Written[]] = [[], []];
    for (let i = 1; i <= rounds; i++) {
      progress(`round ${i} of ${rounds}`);
      const folder = session.folder();
      const source = join(folder, "ours");
      ours.push(await writeOurs(session, source, work));
      if (missing === undefined) theirs.push(await writeDeltaRs(session, python, source, join(folder, "theirs"), work));
    }
    note(
      "archive-write: ours begins with events and brings each commit to disk; delta-rs begins with rows in Arrow, ready-made, and " +
        "leaves that to the system",
    );
    const compared = (what: string, unit: string, of: (one: Written) => number): Result => {
      const [own, anchor] = [ours.map(of), theirs.map(of)];
      return {
        what,
        ours: { name: "Wadi", unit, values: own },
        ...(missing === undefined && {
          anchor: { name: "delta-rs", unit, values: anchor },
          ratio: ratios(own, anchor),
        }),
      };
    };
    const [bytes, gzip] = [ours.map((one) => one.bytes ?? Number.NaN), ours.map((one) => one.gzip ?? Number.NaN)];
    return [
      {
        ...compared("archive, CPU of a row", "µs", ({ cpu }) => cpu),
        ...(missing === undefined && { bar: { of: "ratio", atMost: 1 } }),
      },
      compared("archive, to a disk", "rows/s", ({ rate }) => rate),
      {
        what: "archive, a row of flights, compacted",
        anchor: { name: "gzipped JSON", unit: "B", values: gzip },
        ours: { name: "Wadi", unit: "B", values: bytes },
        ratio: ratios(bytes, gzip),
      },
    ];
  },
};
