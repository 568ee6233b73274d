// The window in which an event is taken: not so late that its id may be forgotten, and not from the future.

import { HOUR_MS } from "../duration.ts";
import { RejectedError } from "../errors.ts";

/** Tolerance between two clocks. */
export const CLOCK_MARGIN_MS = HOUR_MS;

/**
 * Expiry counts from the recorded time, so an event from the future would keep its id and join record too long.
 * @throws RejectedError `outside-window`.
 */
export function checkNotAhead(recordedTime: number, now: number): void {
  if (recordedTime - now <= CLOCK_MARGIN_MS) return;
  throw new RejectedError(
    "outside-window",
    `its recordedtime ${timeText(recordedTime)} is ${hours(recordedTime - now)} ahead of ${timeText(now)}: set right the clock ` +
      "of whoever recorded it (a validate, unless it was forged), then send the observation or label itself again",
  );
}

/** @throws RejectedError `outside-window`: its id may have been forgotten, so learning it could be learning it twice. */
export function checkWindow(recordedTime: number, windowMs: number, now: number): void {
  checkNotAhead(recordedTime, now);
  if (recordedTime + windowMs - CLOCK_MARGIN_MS > now) return;
  throw new RejectedError(
    "outside-window",
    `the observation is ${hours(now - recordedTime)} old, past the ${hours(windowMs)} in which learned ids are kept`,
  );
}

function hours(ms: number): string {
  return `${Math.round(ms / HOUR_MS)} hours`;
}

/** As ISO 8601, or as the number where it is past the range of dates. */
function timeText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}
