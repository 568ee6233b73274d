// The JoinStore in SQLite: one row an observation, whichever half came first.
//
//   J1  What an answer depended on is written by the put that gave it and never changes, so that the same put again gives
//       the same answer: which half was first (`label_first`), and whether a prediction was there when the halves met.
//   J2  A row past `expires` counts as removed, whether it was swept or not.
//   J3  Counters are kept by the hour in which an observation (or a waiting label) was recorded, in the put's transaction.

import type { Served, Target } from "../../events/vocabulary.ts";
import type { Joined, JoinStore, LabelAnswer, LabelHalf, ObservationAnswer, ObservationHalf } from "../store.ts";
import type { SqliteFile } from "./file.ts";
import { createJoinCounts, JOIN_COUNTS_SCHEMA } from "./join-counts.ts";
import { createSweep } from "./sweep.ts";

export const JOIN_SCHEMA = `
  CREATE TABLE joins (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, expires INTEGER NOT NULL,
    label_first INTEGER NOT NULL, observation TEXT, label TEXT, served TEXT
  );
  ${JOIN_COUNTS_SCHEMA}
`;

interface Row {
  readonly number: number;
  readonly expires: number;
  readonly label_first: number;
  /** JSON of an ObservationHalf without pipeline, key and y. */
  readonly observation: string | null;
  /** JSON of a StoredLabel. */
  readonly label: string | null;
  readonly served: string | null;
}

interface StoredLabel {
  readonly y: Target;
  /** The event that brought it; "" for the observation itself. */
  readonly eventId: string;
  readonly recordedTime: number;
  /** The label completed the join when nothing had been served yet; what was served later is not part of its answer. */
  readonly unserved?: true;
}

type StoredObservation = Omit<ObservationHalf, "pipeline" | "key" | "y">;

export function createSqliteJoins(
  file: SqliteFile,
  now: () => number,
  windowMs: (pipeline: string) => number,
): JoinStore {
  const { db, read, write } = file;
  const { count, removeOld, read: readCounts } = createJoinCounts(file, now, windowMs);
  const select = db.prepare("SELECT number, expires, label_first, observation, label, served FROM joins WHERE key = ?");
  const insert = db.prepare("INSERT INTO joins (key, expires, label_first, observation, label) VALUES (?, ?, ?, ?, ?)");
  const setObservation = db.prepare("UPDATE joins SET observation = ?, expires = max(expires, ?) WHERE number = ?");
  const setLabel = db.prepare("UPDATE joins SET label = ? WHERE number = ?");
  const setServed = db.prepare(
    "UPDATE joins SET served = ? WHERE key = ? AND expires > ? AND observation IS NOT NULL AND served IS NULL",
  );
  const removeRow = db.prepare("DELETE FROM joins WHERE number = ?");
  const sweep = createSweep(db, {
    page: "SELECT number, expires FROM joins WHERE number > ? ORDER BY number LIMIT ?",
    remove: "DELETE FROM joins WHERE number = ?",
    key: ["number"],
    isDead: (row, at) => Number(row["expires"]) <= at,
  });

  function alive(key: string): Row | undefined {
    const row = select.get(key) as Row | undefined;
    if (row === undefined || row.expires > now()) return row;
    removeRow.run(row.number);
    return undefined;
  }

  /** For each new row a few old ones are removed. */
  function removeOldRows(pipeline: string): void {
    sweep(now(), 1);
    removeOld(pipeline);
  }

  function putObservation(half: ObservationHalf): ObservationAnswer {
    const { pipeline, key, y, ...observation } = half;
    const row = alive(key);
    const expires = half.recordedTime + windowMs(pipeline);
    if (row === undefined) {
      const label: StoredLabel | undefined =
        y === undefined ? undefined : { y, eventId: "", recordedTime: half.recordedTime };
      insert.run(key, expires, 0, JSON.stringify(observation), label === undefined ? null : JSON.stringify(label));
      count(pipeline, half.recordedTime, { opened: 1, joined: y === undefined ? 0 : 1 });
      removeOldRows(pipeline);
      return stored(half, false, y);
    }
    if (row.observation !== null) return repeatedObservation(half, row, JSON.parse(row.observation));
    const label = JSON.parse(row.label as string) as StoredLabel;
    setObservation.run(JSON.stringify(observation), expires, row.number);
    count(pipeline, half.recordedTime, { opened: 1, joined: 1 });
    count(pipeline, label.recordedTime, { met: 1 });
    return stored(half, y !== undefined && y !== label.y, label.y);
  }

  function putLabel({ pipeline, key, ...label }: LabelHalf): LabelAnswer {
    const row = alive(key);
    if (row === undefined) {
      insert.run(key, label.recordedTime + windowMs(pipeline), 1, null, JSON.stringify(label satisfies StoredLabel));
      count(pipeline, label.recordedTime, { waiting: 1 });
      removeOldRows(pipeline);
      return { outcome: "waiting" };
    }
    if (row.label !== null) return repeatedLabel(label, row, JSON.parse(row.label));
    const observation = JSON.parse(row.observation as string) as StoredObservation;
    const told: StoredLabel = row.served === null ? { ...label, unserved: true } : label;
    setLabel.run(JSON.stringify(told), row.number);
    count(pipeline, observation.recordedTime, { joined: 1 });
    return { outcome: "joined", example: joined(observation, row, told) };
  }

  return {
    putObservation: (half) => write(() => putObservation(half)),
    putLabel: (half) => write(() => putLabel(half)),
    putServed: (_pipeline, key, served) =>
      write(() => {
        // Nearly always the first one, and then the record itself need not be read.
        if (setServed.run(JSON.stringify(served), key, now()).changes === 1) return served;
        const stored = alive(key)?.served ?? null;
        return stored === null ? served : (JSON.parse(stored) as Served);
      }),
    read: async (_pipeline, key) =>
      read(() => {
        const row = select.get(key) as Row | undefined;
        if (row === undefined || row.expires <= now()) return undefined;
        return {
          ...(row.observation === null ? {} : { observation: { key, ...JSON.parse(row.observation) } }),
          ...(row.label === null ? {} : labelOf(JSON.parse(row.label))),
          ...(row.served === null ? {} : { served: JSON.parse(row.served) as Served }),
          expiresAt: row.expires,
        };
      }),
    counts: async (pipeline) => read(() => readCounts(pipeline)),
  };
}

function labelOf({ y, recordedTime }: StoredLabel): { y: Target; labelledTime: number } {
  return { y, labelledTime: recordedTime };
}

/** J1: an observation that came first never gains a label it did not bear. */
function repeatedObservation(half: ObservationHalf, row: Row, first: StoredObservation): ObservationAnswer {
  if (first.source !== half.source || first.id !== half.id) {
    return { outcome: "subject-taken", source: first.source, id: first.id };
  }
  const label = row.label === null ? undefined : (JSON.parse(row.label) as StoredLabel);
  const known = label !== undefined && (row.label_first === 1 || label.eventId === "");
  const conflict = row.label_first === 1 && half.y !== undefined && half.y !== label?.y;
  return stored(first, conflict, known ? label.y : undefined);
}

function stored({ set, x, time, recordedTime }: StoredObservation, conflict: boolean, y?: Target): ObservationAnswer {
  const answer = { outcome: "stored", set, x, time, recordedTime, conflict } as const;
  return y === undefined ? answer : { ...answer, y };
}

/** J1: a label that came first goes on waiting; one that completed the join completes it again. */
function repeatedLabel(label: StoredLabel, row: Row, first: StoredLabel): LabelAnswer {
  if (first.eventId === label.eventId) {
    if (row.label_first === 1 || row.observation === null) return { outcome: "waiting" };
    return { outcome: "joined", example: joined(JSON.parse(row.observation), row, first) };
  }
  return first.y === label.y ? { outcome: "duplicate" } : { outcome: "conflict", first: first.y };
}

function joined({ set, time, recordedTime, learnedId, x }: StoredObservation, row: Row, label: StoredLabel): Joined {
  const example = { set, time, recordedTime, learnedId, x, y: label.y };
  if (row.served === null || label.unserved === true) return example;
  return { ...example, served: JSON.parse(row.served) as Served };
}
