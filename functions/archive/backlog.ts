// How much waits while nothing can be archived: counted, and not kept.

import type { FollowedLog, LogPosition } from "../lib/broker/event-log.ts";
import { ACCEPTED } from "./cursor.ts";

export class Backlog {
  rows = 0;
  /** When the first of them was accepted, epoch milliseconds. */
  oldest: number | undefined;
  /** Everything before this was counted. */
  read: LogPosition;

  constructor(from: LogPosition) {
    this.read = from;
  }

  /** @throws UnavailableError while the log cannot be read. */
  async countOn(log: FollowedLog, end: LogPosition): Promise<void> {
    const from = end.map((_, partition) => this.read[partition] ?? 0);
    for await (const { places, through } of log.read(from, end, ACCEPTED)) {
      this.rows += places.length;
      this.oldest ??= places[0]?.time;
      this.read = through;
    }
    this.read = end;
  }

  /** The first so many are archived, the last of them accepted at `time`. */
  archived(rows: number, time: number): void {
    this.rows = Math.max(0, this.rows - rows);
    this.oldest = this.rows === 0 ? undefined : time;
  }
}
