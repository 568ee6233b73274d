// When an event may come: not so late that its id was forgotten, and not out of the future.

import { RejectedError } from "../errors.ts";

/** Two clocks need not agree to the second. */
export const CLOCK_MARGIN_MS = 3_600_000;
const HOUR_MS = 3_600_000;

/**
 * What is kept by the time at which it was recorded would be kept as much longer as that lies ahead.
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

/** Any number of milliseconds: a date has an end. */
function timeText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}
