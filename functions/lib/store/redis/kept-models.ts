// Snapshots, rollback, the generation before, and what is brought from elsewhere, in Redis: K1 to K4 of kept-models.ts. What
// each does is in the script of its name.

import type { AdoptionAnswer, KeptModels, Snapshot } from "../kept-models.ts";
import type { RedisConnection } from "./connection.ts";
import { canonicalIds, HOUR_MS } from "./ids.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";

/** Ids of a page, and of a command that adds some: each stays well below ten milliseconds. */
const PAGE = 1000;
const ADDED = 200;
/** Keys that one command removes. */
const PIECE = 500;

type RollbackReply =
  | readonly ["committed", version: string, before: string, point: string]
  | readonly ["held", until: string]
  | readonly ["absent"];
type SnapshotRow = readonly [version: string, revision: string, time: string, kept: Snapshot["kept"], point: string];
type PageReply = readonly [hour: number, end: string, bucket: string, ids: readonly string[]];

export interface RedisKeptModels extends KeptModels {
  /** Removes what is to be, a bounded piece in each command. */
  removeRetired(set: string): Promise<void>;
}

export function createRedisKeptModels(
  { run, call }: RedisConnection,
  keys: RedisKeys,
  keep: number,
  now: () => number,
  index: (set: string) => Promise<void>,
): RedisKeptModels {
  async function removeRetired(set: string): Promise<void> {
    while ((await run(SCRIPTS.remove, [keys.set(set)], [PIECE])) === 1);
  }

  return {
    removeRetired,
    async snapshots(set) {
      const rows = (await run(SCRIPTS.snapshots, [keys.set(set)], [""])) as readonly SnapshotRow[];
      return rows.map(([version, revision, time, kept, point]) => {
        return { version: Number(version), revision, time: Number(time), kept, point };
      });
    },
    async loadSnapshot(set, revision) {
      if (revision === "") return undefined;
      return ((await run(SCRIPTS.snapshots, [keys.set(set)], [revision])) as string | null) ?? undefined;
    },
    async rollback(set, { snapshot, revision, history = "" }) {
      const args = [now(), snapshot, revision, history, keep];
      const reply = (await run(SCRIPTS.rollback, [keys.set(set)], args)) as RollbackReply;
      if (reply[0] === "absent") return { outcome: "absent" };
      if (reply[0] === "held") return { outcome: "held", until: Number(reply[1]) };
      const [outcome, version, before, point] = reply;
      return { outcome, version: Number(version), before: { version: Number(before), point } };
    },
    previous: async (set) => ((await call("HGET", keys.set(set), "previous")) as string | null) ?? undefined,
    async learnedPage(set, after = ":") {
      const [fromEnd = "", fromBucket = ""] = after.split(":");
      const args = [now(), fromEnd, fromBucket, PAGE];
      const reply = (await run(SCRIPTS.learnedPage, [keys.set(set)], args)) as PageReply;
      const [hour, end, bucket, ids] = reply;
      return {
        ids: ids.map((id) => ({ id, expiresAt: hour * HOUR_MS })),
        ...(end !== "" && { next: `${end}:${bucket}` }),
      };
    },
    async addLearned(set, generation, ids) {
      const canonical = canonicalIds(ids);
      const commands = Array.from({ length: Math.ceil(canonical.length / ADDED) }, (_, n) => {
        const some = canonical.slice(n * ADDED, (n + 1) * ADDED).flatMap(({ id, expiresHour }) => [id, expiresHour]);
        return run(SCRIPTS.learnedAdd, [keys.set(set)], [now(), generation, ...some]);
      });
      // They go out together, and Redis writes them to disk together.
      return (await Promise.all(commands)).every((added) => added === 1);
    },
    async adopt(set, { generation, version, revision, state, ids, history, replace }) {
      const points = history.map((one) => `${one.version} ${one.point}`);
      const args = [now(), generation, version, revision, state, ids, replace ? "replace" : "", ...points];
      await index(set);
      const answer = (await run(SCRIPTS.adopt, [keys.set(set)], args)) as AdoptionAnswer;
      if (answer === "adopted") await removeRetired(set);
      return answer;
    },
  };
}
