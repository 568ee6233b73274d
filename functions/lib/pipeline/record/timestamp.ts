// Timestamps and dates in JSON: RFC 3339, times with a zone. `Date.parse` reads a time without a zone as local and 30 February as March.

import { DAY_MS } from "../../duration.ts";

const MAX_LENGTH = 40;

const pattern =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))$/;

const YEAR_0_MS = -62_167_219_200_000;
const YEAR_10000_MS = 253_402_300_800_000;

/** Whether epoch milliseconds are in the years 0 to 9999. Microseconds of today are not, which is how they are noticed. */
export function isTimestamp(ms: number): boolean {
  return Number.isInteger(ms) && ms >= YEAR_0_MS && ms < YEAR_10000_MS;
}

/** The epoch milliseconds at which the day begins in UTC, or undefined where `text` is no day of the years 0 to 9999. */
export function parseDate(text: string): number | undefined {
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? parseTimestamp(`${text}T00:00Z`) : undefined;
}

/** Epoch milliseconds (finer fractions are cut off), or undefined where `text` is no time of the years 0 to 9999. */
export function parseTimestamp(text: string): number | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const match = pattern.exec(text);
  if (!match) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const hour = Number(match[4]);
  const minute = Number(match[5]);
  const second = match[6] === undefined ? 0 : Number(match[6]);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) {
    return undefined;
  }
  const fraction = match[7] === undefined ? 0 : Number(match[7].padEnd(3, "0").slice(0, 3));
  let offset = 0;
  if (match[8] !== undefined) {
    const hours = Number(match[9]);
    const minutes = Number(match[10]);
    if (hours > 23 || minutes > 59) return undefined;
    offset = (hours * 60 + minutes) * (match[8] === "-" ? -60_000 : 60_000);
  }
  const ms = epochDay(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + fraction - offset;
  return isTimestamp(ms) ? ms : undefined;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar; the year begins in March (Hinnant, days_from_civil). */
function epochDay(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
