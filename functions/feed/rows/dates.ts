// Dates as countries write them, `03/11/2026 15:50` and `3.11.2026`, become ISO 8601 without a zone.

import { parseEventTime } from "./event-time.ts";

export type DateOrder = "day-first" | "month-first";

const CLOCK = String.raw`(?:,?[ T]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s?([AaPp])\.?[Mm]\.?)?)?`;
// A year of two digits only behind a day and a month of two: 1.2.10 is a version.
const YEAR_LAST = new RegExp(
  String.raw`^(?:(\d{1,2})([./-])(\d{1,2})\2(\d{4})|(\d{2})([./-])(\d{2})\6(\d{2}))${CLOCK}$`,
);
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([./-]) ?(\d{1,2})\2 ?(\d{1,2})\.?${CLOCK}$`);
/** As POSIX has it: 69 is 1969, 68 is 2068. */
const CENTURY = 69;

interface Parts {
  readonly first: number;
  readonly second: number;
  readonly year: number;
  readonly sign: string;
  readonly clock: readonly (string | undefined)[];
}

function partsOf(cell: string): Parts | undefined {
  const found = YEAR_LAST.exec(cell);
  if (found === null) return undefined;
  const [, first, sign, second, year, shortFirst, shortSign, shortSecond, shortYear, ...clock] = found;
  const short = Number(shortYear);
  return {
    first: Number(first ?? shortFirst),
    second: Number(second ?? shortSecond),
    year: year === undefined ? short + (short < CENTURY ? 2000 : 1900) : Number(year),
    sign: (sign ?? shortSign) as string,
    clock,
  };
}

/** Which of the two numbers before the year is the day; undefined where it is no such date. */
export function dateOrderOf(cell: string): DateOrder | "either" | "unclear" | undefined {
  const parts = partsOf(cell);
  if (parts === undefined) return undefined;
  const { first, second, sign } = parts;
  if (readDate(cell, "day-first") === undefined) {
    return readDate(cell, "month-first") === undefined ? undefined : "month-first";
  }
  // No country writes the month first with points.
  if (second > 12 || first > 12 || sign === ".") return "day-first";
  return first === second ? "either" : "unclear";
}

/** In ISO 8601, without a zone; undefined for what is no date of this order. A year that comes first needs no order. */
export function readDate(cell: string, order: DateOrder | undefined): string | undefined {
  const yearFirst = YEAR_FIRST.exec(cell);
  if (yearFirst !== null) {
    const [, year, , month, day, ...clock] = yearFirst;
    return iso(Number(year), Number(month), Number(day), clock);
  }
  const parts = order === undefined ? undefined : partsOf(cell);
  if (parts === undefined) return undefined;
  const { first, second, year, clock } = parts;
  return order === "day-first" ? iso(year, second, first, clock) : iso(year, first, second, clock);
}

function iso(
  year: number,
  month: number,
  day: number,
  [hours, minutes, seconds = "00", fraction, half]: readonly (string | undefined)[],
): string | undefined {
  const two = (value: number) => String(value).padStart(2, "0");
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
  if (hours === undefined) return parseEventTime(date) === undefined ? undefined : date;
  const hour = Number(hours);
  if (half !== undefined && (hour < 1 || hour > 12)) return undefined;
  const ofDay = half === undefined ? hour : (hour % 12) + (/p/i.test(half) ? 12 : 0);
  const text = `${date}T${two(ofDay)}:${minutes}:${seconds}${fraction === undefined ? "" : `.${fraction}`}`;
  return parseEventTime(text) === undefined ? undefined : text;
}
