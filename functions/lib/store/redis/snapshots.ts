// History, snapshots and rollback in Redis: K1 and K2 of snapshots.ts.

import type { Snapshot, Snapshots } from "../snapshots.ts";
import type { Fold } from "../stored-model.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";
import { entryOf } from "./stored.ts";
import type { TestTime } from "./time.ts";

type RollbackReply =
  | readonly ["committed", version: string, before: string, point: string]
  | readonly ["held", until: string]
  | readonly ["absent"];
type SnapshotState = readonly [base: string, tail: readonly string[]];
type SnapshotRow = readonly [version: string, revision: string, time: string, kept: Snapshot["kept"], point: string];

/** `keep`: how many snapshots of each kind. */
export function createSnapshots(
  { run }: RedisConnection,
  keys: RedisKeys,
  testTime: TestTime,
  fold: Fold,
  keep: number,
): Snapshots {
  return {
    async history(set, limit) {
      if (limit < 1) return [];
      const points = (await run(SCRIPTS.history, [keys.set(set)], [limit])) as readonly string[];
      return points.map((text) => {
        const end = text.indexOf(" ");
        return { version: Number(text.slice(0, end)), point: text.slice(end + 1) };
      });
    },
    async snapshots(set) {
      const rows = (await run(SCRIPTS.snapshots, [keys.set(set)], [""])) as readonly SnapshotRow[];
      return rows.map(([version, revision, time, kept, point]) => {
        return { version: Number(version), revision, time: Number(time), kept, point };
      });
    },
    async loadSnapshot(set, revision) {
      if (revision === "") return undefined;
      const kept = (await run(SCRIPTS.snapshots, [keys.set(set)], [revision])) as SnapshotState | null;
      if (kept === null) return undefined;
      const [base, tail] = kept;
      return tail.length === 0 ? base : fold(base, tail.map(entryOf));
    },
    async rollback(set, { snapshot, revision, history = "" }) {
      const args = [testTime(), snapshot, revision, history, keep];
      const reply = (await run(SCRIPTS.rollback, [keys.set(set)], args)) as RollbackReply;
      if (reply[0] === "absent") return { outcome: "absent" };
      if (reply[0] === "held") return { outcome: "held", until: Number(reply[1]) };
      const [outcome, version, before, point] = reply;
      return { outcome, version: Number(version), before: { version: Number(before), point } };
    },
  };
}
