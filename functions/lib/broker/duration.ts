// ISO 8601 durations as a Trigger writes them: `PT0.2S`, `PT5S`, `PT1M30S`, `P1DT12H`. The dispatcher reads them with
// Java's Duration.parse, so weeks, months and years are none, and neither are signs here: nothing waits a negative time.

import { ConfigurationError } from "../errors.ts";

const DURATION = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?$/;

/** Milliseconds; undefined where `text` is no such duration. */
export function parseIsoDuration(text: string): number | undefined {
  const parts = DURATION.exec(text);
  if (parts === null) return undefined;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = parts;
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Math.round(Number(seconds) * 1000);
}

/** Milliseconds. @throws ConfigurationError that names `where`. */
export function isoDurationMs(text: unknown, where: string): number {
  const ms = typeof text === "string" ? parseIsoDuration(text) : undefined;
  if (ms !== undefined) return ms;
  throw new ConfigurationError(
    `${where} is ${JSON.stringify(text)}: write an ISO 8601 duration such as PT0.2S or PT1M30S`,
  );
}
