// Counts what became of the rows and their events, and keeps the first few failures with their reasons.

import type { Example } from "../../feed/examples.ts";
import { isRepeat, type Outgoing } from "../../feed/late-labels.ts";
import type { Row } from "../../feed/rows/row.ts";
import { EventType } from "../../lib/events/vocabulary.ts";

/** A row of which no event could be made. */
export interface SkippedRow {
  /** From 1, the header not counted. */
  readonly row: number;
  /** The line of the file, where its format has lines. */
  readonly line?: number;
  readonly reason: string;
}

/** An event that was not taken. */
export interface RefusedEvent {
  readonly type: string;
  readonly id: string;
  readonly reason: string;
}

export interface Counts {
  readonly rows: number;
  /** Events that were sent. */
  readonly sent: number;
  /** Accepted ones, of each kind. */
  readonly observations: number;
  readonly labels: number;
  /** Those of them that had been sent before, in the same run. */
  readonly repeatedObservations: number;
  readonly repeatedLabels: number;
  readonly refused: number;
  /** Rows. */
  readonly skipped: number;
  /** Rows whose label is in no event of theirs. */
  readonly unlabelled: number;
  /** That the rows so far become. */
  readonly events: number;
}

export interface Tally {
  readonly counts: Counts;
  readonly firstRefused: readonly RefusedEvent[];
  readonly firstSkipped: readonly SkippedRow[];
  /** The data of the first observation, as JSON. */
  readonly firstRecord: unknown;
  row(): void;
  example(example: Example): void;
  /** The entry if it is among the first few, which are kept and shown; else undefined. */
  skip(row: Row, reason: string): SkippedRow | undefined;
  setOut(): void;
  accept(outgoing: Outgoing): void;
  refuse(outgoing: Outgoing, reason: string): RefusedEvent | undefined;
}

/** How many failures of each kind are kept and shown. */
const SHOWN = 5;

export function createTally(): Tally {
  const counts = {
    ...{ rows: 0, sent: 0, observations: 0, labels: 0, repeatedObservations: 0, repeatedLabels: 0 },
    ...{ refused: 0, skipped: 0, unlabelled: 0, events: 0 },
  };
  const firstRefused: RefusedEvent[] = [];
  const firstSkipped: SkippedRow[] = [];
  let firstRecord: unknown;
  const keep = <T>(list: T[], item: T): T | undefined => {
    if (list.length >= SHOWN) return undefined;
    list.push(item);
    return item;
  };

  return {
    counts,
    firstRefused,
    firstSkipped,
    get firstRecord() {
      return firstRecord;
    },
    row: () => void counts.rows++,
    example({ observation, label, again = {} }) {
      firstRecord ??= observation.data;
      if (label === undefined) counts.unlabelled++;
      counts.events += (label === undefined ? 1 : 2) + Object.keys(again).length;
    },
    skip({ number, line }, reason) {
      counts.skipped++;
      return keep(firstSkipped, line === undefined ? { row: number, reason } : { row: number, line, reason });
    },
    setOut: () => void counts.sent++,
    accept(outgoing) {
      const isLabel = outgoing.event.type === EventType.label;
      counts[isLabel ? "labels" : "observations"]++;
      if (isRepeat(outgoing)) counts[isLabel ? "repeatedLabels" : "repeatedObservations"]++;
    },
    refuse({ event: { type, id } }, reason) {
      counts.refused++;
      return keep(firstRefused, { type, id, reason });
    },
  };
}
