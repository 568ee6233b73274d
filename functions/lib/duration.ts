// How long something takes, as people write it: `7d`, `12h`, `30m`, `45s`, or ISO 8601 `P7DT12H`.

import { ConfigurationError } from "./errors.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

const UNIT_MS = { w: 7 * DAY_MS, d: DAY_MS, h: HOUR_MS, m: 60_000, s: 1_000 } as const;

const SHORT = "([0-9]+(?:\\.[0-9]+)?)([wdhms])";
const NUMBER = "[0-9]+(?:\\.[0-9]+)?";
const ISO = `P(?=[0-9T])(?:(${NUMBER})W)?(?:(${NUMBER})D)?(?:T(?=[0-9])(?:(${NUMBER})H)?(?:(${NUMBER})M)?(?:(${NUMBER})S)?)?`;

/** What a duration looks like, for a JSON Schema. */
export const DURATION_PATTERN = `^(${SHORT}|${ISO})$`;

const short = new RegExp(`^${SHORT}$`);
const iso = new RegExp(`^${ISO}$`);

/** Milliseconds; undefined where `text` is no duration. Months and years are none: they differ in length. */
export function parseDuration(text: string): number | undefined {
  const plain = short.exec(text);
  if (plain) return Math.round(Number(plain[1]) * UNIT_MS[plain[2] as keyof typeof UNIT_MS]);
  const parts = iso.exec(text);
  if (!parts) return undefined;
  const units = [UNIT_MS.w, UNIT_MS.d, UNIT_MS.h, UNIT_MS.m, UNIT_MS.s];
  return Math.round(units.reduce((sum, unit, i) => sum + Number(parts[i + 1] ?? 0) * unit, 0));
}

// ISO 8601 as a Trigger writes it (`PT0.2S`, `PT1M30S`, `P1DT12H`). The dispatcher reads it with Java's Duration.parse, so weeks
// are refused; signs are refused because nothing waits a negative time.
const TRIGGER = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?$/;

/** Milliseconds; undefined where `text` is no such duration. */
export function parseIsoDuration(text: string): number | undefined {
  const parts = TRIGGER.exec(text);
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
