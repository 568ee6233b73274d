// How many observations and labels of a pipeline were joined, and how late labels came, in SQLite: rule J3 of join-answers.ts, and
// join-delays.ts.

import { HOUR_MS } from "../../duration.ts";
import { KEPT_HOURS } from "../join-answers.ts";
import { dayOf, delayBin, NO_DELAYS, oldestDay } from "../join-delays.ts";
import type { JoinCounts, JoinWaits } from "../store.ts";
import type { SqliteFile } from "./file.ts";

export const JOIN_COUNTS_SCHEMA = `
  CREATE TABLE join_counts (
    pipeline TEXT NOT NULL, hour INTEGER NOT NULL, opened INTEGER NOT NULL DEFAULT 0, joined INTEGER NOT NULL DEFAULT 0,
    waiting INTEGER NOT NULL DEFAULT 0, met INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (pipeline, hour)
  ) WITHOUT ROWID;
`;

/** Also what makes it of a file that has no such table. */
export const JOIN_DELAYS_SCHEMA = `
  CREATE TABLE join_delays (
    pipeline TEXT NOT NULL, day INTEGER NOT NULL, bin INTEGER NOT NULL, labels INTEGER NOT NULL,
    PRIMARY KEY (pipeline, day, bin)
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
  /** In a transaction: a label that came by itself was joined. */
  delayed(pipeline: string, observedTime: number, labelledTime: number): void;
  /** In a transaction: hours that expired long ago are removed. */
  removeOld(pipeline: string): void;
  read(pipeline: string): JoinCounts;
  waits(pipeline: string): JoinWaits;
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
  const addDelay = db.prepare(
    "INSERT INTO join_delays (pipeline, day, bin, labels) VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET labels = labels + 1",
  );
  const removeDelays = db.prepare("DELETE FROM join_delays WHERE pipeline = ? AND day < ?");
  const delays = db.prepare(
    "SELECT bin, sum(labels) AS labels FROM join_delays WHERE pipeline = ? AND day >= ? GROUP BY bin",
  );
  const waiting = db.prepare(
    `SELECT hour, max(0, opened - joined) AS observations, max(0, waiting - met) AS labels
     FROM join_counts WHERE pipeline = ? AND hour >= ? ORDER BY hour`,
  );
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

  function read(pipeline: string): JoinCounts {
    const expired = expiredHour(pipeline);
    const row = sums.get(pipeline, expired, expired - KEPT_HOURS) as Record<string, number>;
    const { opened = 0, joined = 0, unlabelled = 0, orphaned = 0 } = row;
    return { opened, joined, expiredUnlabelled: unlabelled, orphanedLabels: orphaned };
  }

  return {
    count(pipeline, recordedTime, { opened = 0, joined = 0, waiting = 0, met = 0 }) {
      add.run(pipeline, Math.floor(recordedTime / HOUR_MS), opened, joined, waiting, met);
    },
    delayed(pipeline, observedTime, labelledTime) {
      addDelay.run(pipeline, dayOf(observedTime), delayBin(labelledTime - observedTime));
    },
    removeOld(pipeline) {
      const oldest = expiredHour(pipeline) - KEPT_HOURS;
      remove.run(pipeline, oldest);
      removeDelays.run(pipeline, oldestDay(oldest));
    },
    read,
    waits(pipeline) {
      const expired = expiredHour(pipeline);
      const hours = waiting.all(pipeline, expired) as unknown as {
        hour: number;
        observations: number;
        labels: number;
      }[];
      const bins = [...NO_DELAYS];
      const counted = delays.all(pipeline, oldestDay(expired - KEPT_HOURS)) as unknown as {
        bin: number;
        labels: number;
      }[];
      for (const { bin, labels } of counted) bins[bin] = labels;
      return {
        ...read(pipeline),
        waiting: hours
          .filter(({ observations }) => observations > 0)
          .map(({ hour, observations }) => ({ hour: hour * HOUR_MS, observations })),
        waitingLabels: hours.reduce((sum, { labels }) => sum + labels, 0),
        delays: bins,
      };
    },
  };
}
