// The JoinStore in SQLite: one row an observation, whichever half came first. Its rules and answers are in join-answers.ts.

import type { SQLInputValue } from "node:sqlite";
import type { Served } from "../../events/vocabulary.ts";
import {
  type JoinRow,
  labelAnswer,
  observationAnswer,
  type StoredLabel as PlainLabel,
  type StoredObservation,
  shownRow,
} from "../join-answers.ts";
import type { JoinStore, LabelAnswer, LabelHalf, ObservationAnswer, ObservationHalf } from "../store.ts";
import type { SqliteFile } from "./file.ts";
import { createJoinCounts, JOIN_COUNTS_SCHEMA, JOIN_DELAYS_SCHEMA } from "./join-counts.ts";
import { createSweep } from "./sweep.ts";

/**
 * Also what makes them of a file that has no such table. Apart from `joins`, since a row that grows moves those beside it. It goes with
 * its row there, which has its number. An earlier Wadi that still has the file open does not know this table: where it would write
 * what was served, it is refused.
 */
export const SERVED_SCHEMA = `
  CREATE TABLE served (number INTEGER PRIMARY KEY, served TEXT NOT NULL);
  CREATE TRIGGER served_goes AFTER DELETE ON joins BEGIN DELETE FROM served WHERE number = old.number; END;
  CREATE TRIGGER served_elsewhere BEFORE UPDATE OF served ON joins
    BEGIN SELECT RAISE(ABORT, 'a newer Wadi has taken this store over: stop this one'); END;
`;

/** `served`: of a row that is older than the table of that name; to move them all would take minutes of a large file. */
export const JOIN_SCHEMA = `
  CREATE TABLE joins (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, expires INTEGER NOT NULL,
    label_first INTEGER NOT NULL, observation TEXT, label TEXT, served TEXT
  );
  ${SERVED_SCHEMA}
  ${JOIN_COUNTS_SCHEMA}
  ${JOIN_DELAYS_SCHEMA}
`;

interface Row {
  readonly number: number;
  readonly expires: number;
  readonly label_first: number;
  /** JSON of a StoredObservation. */
  readonly observation: string | null;
  /** JSON of a StoredLabel. */
  readonly label: string | null;
  readonly served: string | null;
}

interface StoredLabel extends PlainLabel {
  /** As in JoinRow. */
  readonly unserved?: true;
}

export function createSqliteJoins(
  file: SqliteFile,
  now: () => number,
  windowMs: (pipeline: string) => number,
): JoinStore {
  const { db, read, writeInBackground } = file;
  const { count, delayed, removeOld, read: readCounts, waits } = createJoinCounts(file, now, windowMs);
  const select = db.prepare(
    `SELECT number, expires, label_first, observation, label, coalesce(served.served, joins.served) AS served
     FROM joins LEFT JOIN served USING (number) WHERE key = ?`,
  );
  const insert = db.prepare(
    "INSERT INTO joins (key, expires, label_first, observation, label) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const setObservation = db.prepare("UPDATE joins SET observation = ?, expires = max(expires, ?) WHERE number = ?");
  const setLabel = db.prepare("UPDATE joins SET label = ? WHERE number = ?");
  const insertServed = db.prepare(
    `INSERT INTO served (number, served)
     SELECT number, ? FROM joins WHERE key = ? AND expires > ? AND observation IS NOT NULL AND joins.served IS NULL
     ON CONFLICT DO NOTHING`,
  );
  const removeRow = db.prepare("DELETE FROM joins WHERE number = ?");
  const sweep = createSweep(db, { table: "joins", key: ["number"], dead: "expires <= ?" });

  function alive(key: string): Row | undefined {
    const row = select.get(key) as Row | undefined;
    if (row === undefined || row.expires > now()) return row;
    removeRow.run(row.number);
    return undefined;
  }

  /** Undefined: there was none, and it is made. That is nearly always so, and then none is looked for. */
  function aliveOrMade(key: string, ...values: readonly SQLInputValue[]): Row | undefined {
    if (insert.run(key, ...values).changes === 1) return undefined;
    const row = alive(key);
    if (row === undefined) insert.run(key, ...values);
    return row;
  }

  /** For each new row a few old ones are removed. */
  function removeOldRows(pipeline: string): void {
    sweep(now(), 1);
    removeOld(pipeline);
  }

  function putObservation(half: ObservationHalf): ObservationAnswer {
    const { pipeline, key, y, ...observation } = half;
    const expires = half.recordedTime + windowMs(pipeline);
    const label: StoredLabel | undefined =
      y === undefined ? undefined : { y, eventId: "", recordedTime: half.recordedTime };
    const text = label === undefined ? null : JSON.stringify(label);
    const row = aliveOrMade(key, expires, 0, JSON.stringify(observation), text);
    if (row === undefined) {
      count(pipeline, half.recordedTime, { opened: 1, joined: y === undefined ? 0 : 1 });
      removeOldRows(pipeline);
      return observationAnswer(half, { labelFirst: false, observation, ...(label && { label }), unserved: false });
    }
    const found = rowOf(row);
    if (found.observation !== undefined) return observationAnswer(half, found);
    setObservation.run(JSON.stringify(observation), expires, row.number);
    const labelled = (found.label as StoredLabel).recordedTime;
    count(pipeline, half.recordedTime, { opened: 1, joined: 1 });
    count(pipeline, labelled, { met: 1 });
    delayed(pipeline, half.recordedTime, labelled);
    return observationAnswer(half, { ...found, observation });
  }

  function putLabel({ pipeline, key, ...label }: LabelHalf): LabelAnswer {
    const row = alive(key);
    if (row === undefined) {
      insert.run(key, label.recordedTime + windowMs(pipeline), 1, null, JSON.stringify(label satisfies StoredLabel));
      count(pipeline, label.recordedTime, { waiting: 1 });
      removeOldRows(pipeline);
      return { outcome: "waiting" };
    }
    const found = rowOf(row);
    if (found.label !== undefined) return labelAnswer(label, found);
    const unserved = found.served === undefined;
    setLabel.run(JSON.stringify((unserved ? { ...label, unserved } : label) satisfies StoredLabel), row.number);
    const observed = (found.observation as StoredObservation).recordedTime;
    count(pipeline, observed, { joined: 1 });
    delayed(pipeline, observed, label.recordedTime);
    return labelAnswer(label, { ...found, label, unserved });
  }

  return {
    putObservation: (half) => writeInBackground(() => putObservation(half)),
    putLabel: (half) => writeInBackground(() => putLabel(half)),
    putServed: (_pipeline, key, served) =>
      writeInBackground(() => {
        // Nearly always the first one, and then the record itself need not be read.
        if (insertServed.run(JSON.stringify(served), key, now()).changes === 1) return served;
        const stored = alive(key)?.served ?? null;
        return stored === null ? served : (JSON.parse(stored) as Served);
      }),
    read: async (_pipeline, key) =>
      read(() => {
        const row = select.get(key) as Row | undefined;
        if (row === undefined || row.expires <= now()) return undefined;
        return { ...shownRow(key, rowOf(row)), expiresAt: row.expires };
      }),
    counts: async (pipeline) => read(() => readCounts(pipeline)),
    waits: async (pipeline) => read(() => waits(pipeline)),
  };
}

function rowOf({ label_first, observation, label, served }: Row): JoinRow {
  const stored = label === null ? undefined : (JSON.parse(label) as StoredLabel);
  return {
    labelFirst: label_first === 1,
    ...(observation === null ? {} : { observation: JSON.parse(observation) as StoredObservation }),
    ...(stored === undefined ? {} : { label: stored }),
    unserved: stored?.unserved === true,
    ...(served === null ? {} : { served: JSON.parse(served) as Served }),
  };
}
