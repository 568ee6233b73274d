// How many observations and labels of a pipeline were joined, in SQLite: rule J3 of join-answers.ts.

import { HOUR_MS } from "../../duration.ts";
import { KEPT_HOURS } from "../join-answers.ts";
import type { JoinCounts } from "../store.ts";
import type { SqliteFile } from "./file.ts";

export const JOIN_COUNTS_SCHEMA = `
  CREATE TABLE join_counts (
    pipeline TEXT NOT NULL, hour INTEGER NOT NULL, opened INTEGER NOT NULL DEFAULT 0, joined INTEGER NOT NULL DEFAULT 0,
    waiting INTEGER NOT NULL DEFAULT 0, met INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (pipeline, hour)
  ) WITHOUT ROWID;
`;

/** `waiting`: labels that came before their observation; `met`: those whose observation came. */
export interface Counted {
  readonly opened?: number;
  readonly joined?: number;
  readonly waiting?: number;
  readonly met?: number;
}

export interface SqliteJoinCounts {
  /** In a transaction. */
  count(pipeline: string, recordedTime: number, what: Counted): void;
  /** In a transaction: hours that expired long ago are removed. */
  removeOld(pipeline: string): void;
  read(pipeline: string): JoinCounts;
}

export function createJoinCounts(
  { db }: SqliteFile,
  now: () => number,
  windowMs: (pipeline: string) => number,
): SqliteJoinCounts {
  const add = db.prepare(
    `INSERT INTO join_counts (pipeline, hour, opened, joined, waiting, met) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT DO UPDATE SET opened = opened + ?3, joined = joined + ?4, waiting = waiting + ?5, met = met + ?6`,
  );
  const remove = db.prepare("DELETE FROM join_counts WHERE pipeline = ? AND hour < ?");
  const sums = db.prepare(
    `SELECT total(opened) AS opened, total(joined) AS joined,
       total(CASE WHEN hour < ?2 THEN opened - joined END) AS unlabelled,
       total(CASE WHEN hour < ?2 THEN waiting - met END) AS orphaned
     FROM join_counts WHERE pipeline = ?1 AND hour >= ?3`,
  );

  /** The hours before it have expired: an hour expires with its last record. */
  function expiredHour(pipeline: string): number {
    return Math.floor((now() - windowMs(pipeline)) / HOUR_MS);
  }

  return {
    count(pipeline, recordedTime, { opened = 0, joined = 0, waiting = 0, met = 0 }) {
      add.run(pipeline, Math.floor(recordedTime / HOUR_MS), opened, joined, waiting, met);
    },
    removeOld: (pipeline) => void remove.run(pipeline, expiredHour(pipeline) - KEPT_HOURS),
    read(pipeline) {
      const expired = expiredHour(pipeline);
      const row = sums.get(pipeline, expired, expired - KEPT_HOURS) as Record<string, number>;
      const { opened = 0, joined = 0, unlabelled = 0, orphaned = 0 } = row;
      return { opened, joined, expiredUnlabelled: unlabelled, orphanedLabels: orphaned };
    },
  };
}
