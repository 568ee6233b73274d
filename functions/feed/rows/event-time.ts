// When something happened, as files write it.

import { isTimestamp, parseTimestamp } from "../../lib/pipeline/record/timestamp.ts";

const WITHOUT_ZONE = /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?$/;

/** Epoch milliseconds of a number (epoch milliseconds), RFC 3339, or a date and time without zone, which is UTC. */
export function parseEventTime(value: unknown): number | undefined {
  if (typeof value === "number") return isTimestamp(value) ? value : undefined;
  if (typeof value !== "string") return undefined;
  if (/^\d{12,14}$/.test(value)) return Number(value);
  const bare = WITHOUT_ZONE.exec(value);
  if (bare === null) return parseTimestamp(value);
  const [, year, month, day, time = "00:00"] = bare;
  return parseTimestamp(`${year}-${month}-${day}T${time}Z`);
}
