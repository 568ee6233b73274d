// How late labels come, in bins: the same in every driver.
//
//   D1  A label is counted once, in the put that completes the join, if it came by itself and was the first: never with its
//       observation, never when it is put again.
//   D2  Its delay is its recorded time less the observation's. A label that came before its observation is in the first bin.
//   D3  A bin has its upper end in it; what is past the last end is in the last bin, which has none.

import { DAY_MS, HOUR_MS } from "../duration.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** Upper ends of all bins but the last, milliseconds; scripts/join.lua of Redis has the same. */
export const DELAY_ENDS: readonly number[] = [
  ...[1, 2, 5, 10, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 30].map((days) => days * DAY_MS),
];

export const NO_DELAYS: readonly number[] = new Array(DELAY_ENDS.length + 1).fill(0);

export function delayBin(delayMs: number): number {
  const bin = DELAY_ENDS.findIndex((end) => delayMs <= end);
  return bin < 0 ? DELAY_ENDS.length : bin;
}

export function dayOf(recordedTime: number): number {
  return Math.floor(recordedTime / DAY_MS);
}

/** The oldest day whose delays are told, where hours before `hour` are not counted any more. */
export function oldestDay(hour: number): number {
  return Math.floor((hour * HOUR_MS) / DAY_MS);
}
