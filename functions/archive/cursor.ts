// How far the archive is in the log: what the table says, and nothing else.
//
//   P1  It goes on behind the last event that the table has of this log, wherever any reader was.
//   P2  That event must be the one that this log has there: a log that was restored from a copy, or a topic that was made anew
//       under its old name, counts again from numbers that are taken, and its events would be left out.

import type { EventLog, LogPosition } from "../lib/broker/event-log.ts";
import { ConfigurationError } from "../lib/errors.ts";
import { DERIVED_TYPES } from "../lib/events/vocabulary.ts";
import type { Row } from "./columns.ts";
import type { DeltaTable, TxnMove } from "./delta/table.ts";

/** All that came from outside. */
export const ACCEPTED = { not: DERIVED_TYPES };

export interface Cursor {
  /** Behind the last event that the table has. */
  readonly from: LogPosition;
  /** By partition: that event. */
  readonly archived: readonly (number | undefined)[];
  /** Offsets, of events of any type, that the log had let go before they could be read. */
  readonly missed: number;
}

export function appIdOf(log: string, partition: number): string {
  return `wadi-${log}-${partition}`;
}

/** @throws ConfigurationError for a table that has another log under this name. */
export async function findCursor(table: DeltaTable, log: EventLog, name: string): Promise<Cursor> {
  const [start, end] = [await log.start(), await log.end()];
  const txns = end.map((_, partition) => table.txn(appIdOf(name, partition)));
  const from = txns.map((txn, partition) => (txn === undefined ? (start[partition] ?? 0) : txn.version + 1));
  txns.forEach((txn, partition) => {
    if (txn !== undefined && txn.version >= (end[partition] ?? 0)) throw another(table, name, partition, txn.version);
  });
  await checkLast(table, log, name, start);
  const missed = from.reduce((sum, next, partition) => sum + Math.max(0, (start[partition] ?? 0) - next), 0);
  return {
    from: from.map((next, partition) => Math.max(next, start[partition] ?? 0)),
    archived: txns.map((txn) => txn?.version),
    missed,
  };
}

/** P2, where the log still has that event. */
async function checkLast(table: DeltaTable, log: EventLog, name: string, start: LogPosition): Promise<void> {
  const last = start.map((begin, partition) => {
    const { version = -1, lastUpdated } = table.txn(appIdOf(name, partition)) ?? {};
    return version >= begin && lastUpdated !== undefined ? { offset: version, time: lastUpdated } : undefined;
  });
  if (last.every((one) => one === undefined)) return;
  const from = start.map((begin, partition) => last[partition]?.offset ?? begin);
  const to = from.map((offset, partition) => offset + (last[partition] === undefined ? 0 : 1));
  const found = new Map<number, number>();
  for await (const { places } of log.read(from, to, ACCEPTED)) {
    for (const { partition, time } of places) found.set(partition, time);
  }
  last.forEach((one, partition) => {
    if (one !== undefined && found.get(partition) !== one.time) throw another(table, name, partition, one.offset);
  });
}

function another(table: DeltaTable, log: string, partition: number, offset: number): ConfigurationError {
  return new ConfigurationError(
    `the archive ${table.objects.where} has another event as number ${offset} of partition ${partition} of ${log} than this log: ` +
      "the log was restored from a copy or made anew; name another folder for what it has from now on",
  );
}

/** What a commit says of a partition: how far it goes with its last row, and where it was before. */
export function moveTo({ partition, offset, recordedtime }: Row, log: string, from: number | undefined): TxnMove {
  const lastUpdated = Number(recordedtime / 1000n);
  return { appId: appIdOf(log, partition), version: Number(offset), lastUpdated, from };
}
