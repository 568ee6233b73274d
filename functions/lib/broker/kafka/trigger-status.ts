// The status of a trigger, of its partitions that are ours and of those that other processes have.

import type { TriggerStatus } from "../broker.ts";
import type { LaneRecord } from "../lane-record.ts";
import type { Ends } from "./ends.ts";

/** A partition of another process, and the offset that its group is at, as far as is known. */
export type Elsewhere = readonly [partition: number, offset: number];

export function triggerStatus(
  record: LaneRecord,
  ours: readonly TriggerStatus[],
  elsewhere: readonly Elsewhere[],
  ends: Ends,
  now: number,
): TriggerStatus {
  const behind = elsewhere.map(([partition, offset]) => Math.max(0, ends.of(partition) - offset));
  const lag = sum(ours.map((one) => one.lag)) + sum(behind);
  const ages = [
    ...ours.filter((one) => one.lag > 0 && one.lagSeconds !== undefined).map((one) => 1000 * (one.lagSeconds ?? 0)),
    ...elsewhere
      .map(([partition, offset]) => now - (ends.since(partition, offset) ?? Number.NaN))
      .filter(Number.isFinite),
  ];
  const [waiting] = ours
    .map((one) => one.waiting)
    .filter((one) => one !== undefined)
    .sort((a, b) => a.until - b.until);
  return {
    ...record.status(
      lag,
      ages.length > 0 ? Math.max(...ages) : undefined,
      sum(ours.map((one) => one.inFlight)),
      undefined,
    ),
    ...(waiting && { waiting }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
