// Moments and how long ago they were, as people write and read them.

import { parseDuration } from "../lib/pipeline/duration.ts";
import { parseEventTime } from "./event-time.ts";
import { UsageError } from "./exit.ts";

/** `2026-01-31 08:30:05Z`: in UTC, the same on every machine. */
export function moment(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "-";
  return `${date.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** `5 s`, `3 min`, `2 h`, `4 d`: roughly, and always short. */
export function roughly(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function ago(ms: number, now: number): string {
  return ms > now ? `in ${roughly(ms - now)}` : `${roughly(now - ms)} ago`;
}

/** `2h` (so long before now) or a time: epoch milliseconds. @throws UsageError. */
export function readMoment(flag: string, text: string, now: number): number {
  const back = parseDuration(text);
  if (back !== undefined) return now - back;
  const time = parseEventTime(text);
  if (time !== undefined) return time;
  throw new UsageError(
    `${flag}: ${JSON.stringify(text)} is no time; write 2h or 3d (so long ago), or 2026-01-31T08:30:00Z`,
  );
}
