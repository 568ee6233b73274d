// When a label is known, as people write it.

import { DAY_MS, parseDuration } from "../lib/duration.ts";
import type { LabelDelay } from "./reader.ts";

const LONGEST_MS = 36_500 * DAY_MS;

/** `10`: rows; `2h`: a duration; `column:arrived`: the time in that column. Undefined for what is none of these. */
export function parseLabelDelay(text: string): LabelDelay | undefined {
  if (/^\d{1,9}$/.test(text)) return { kind: "rows", rows: Number(text) };
  const name = /^column:(.+)$/s.exec(text)?.[1];
  if (name !== undefined) return { kind: "column", name };
  const ms = parseDuration(text);
  return ms !== undefined && ms <= LONGEST_MS ? { kind: "duration", ms } : undefined;
}

export const DELAYS =
  "10 (rows later), 30m, 2h or 1d (after the event time), or column:arrived (at the time in that column)";
