// A commit of 1,000 rows to a store that speaks S3, beside delta-rs on the same store.

import { join } from "node:path";
import { startStore } from "../../functions/archive/s3-under-test.contract.ts";
import { TEST_PEERS } from "../../functions/lib/python.contract.ts";
import { type Written, writeDeltaRs, writeOurs } from "../archive-writers.ts";
import { pythonPeer } from "../python-peer.ts";
import { type Row, ratios } from "../row.ts";

export const archiveS3: Row = {
  name: "archive-s3",
  title: "the archive in a store that speaks S3, 1,000 rows a commit",
  async run({ rounds, small, session, progress, note }) {
    const [moto, deltaRs] = [
      await pythonPeer(TEST_PEERS, "moto, flask, flask_cors"),
      await pythonPeer(TEST_PEERS, "deltalake"),
    ];
    const missing = moto.missing ?? deltaRs.missing;
    if (missing !== undefined) {
      note(`archive-s3: its row is left out: ${missing}`);
      return [];
    }
    const work = small ? { warm: 1, commits: 2 } : { warm: 3, commits: 15 };
    const store = await startStore(moto.python);
    const env = store.env(store.direct);
    await store.makeBucket("bench");
    const source = join(session.folder(), "source");
    await writeOurs(session, source, work);
    const [ours, theirs]: [Written[], Written[]] = [[], []];
    for (let i = 1; i <= rounds; i++) {
      progress(`round ${i} of ${rounds}`);
      ours.push(await writeOurs(session, `s3://bench/ours-${i}`, { ...work, env }));
      theirs.push(await writeDeltaRs(session, deltaRs.python, source, `s3://bench/theirs-${i}`, { ...work, env }));
    }
    await store.stop();
    note("archive-s3: the store is moto on loopback, whose own time is in both");
    const [own, anchor] = [ours.map((one) => one.commitMs), theirs.map((one) => one.commitMs)];
    return [
      {
        what: "archive, a commit to S3",
        anchor: { name: "delta-rs", unit: "ms", values: anchor },
        ours: { name: "Wadi", unit: "ms", values: own },
        ratio: ratios(own, anchor),
      },
    ];
  },
};
