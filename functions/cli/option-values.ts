// The values of options, read from what was typed; a wrong one is refused with the option, what is wrong, and the cure.

import { InvalidArgumentError } from "commander";
import { DELAYS, parseLabelDelay } from "../feed/label-delay.ts";
import type { LabelDelay } from "../feed/reader.ts";
import { parseEventTime } from "../feed/rows/event-time.ts";
import { parseDuration } from "../lib/duration.ts";
import { UsageError } from "../lib/failure.ts";
import { DEFAULT_URL } from "./context.ts";
import { ingressHere } from "./run/running.ts";

/** @throws UsageError. */
export function wholeNumber(flag: string, text: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new UsageError(`${flag}: ${JSON.stringify(text)} is not a whole number ${range}`);
}

/** @throws UsageError. */
export function realNumber(flag: string, text: string, min: number, max: number): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag}: ${JSON.stringify(text)} is not a number from ${min} to ${max}`);
}

/** `10`: rows; `2h`: a duration; `column:arrived`: the time in that column. @throws UsageError. */
export function labelDelay(flag: string, text: string): LabelDelay {
  const delay = parseLabelDelay(text);
  if (delay !== undefined) return delay;
  throw new UsageError(`${flag}: ${JSON.stringify(text)} is not a delay; write ${DELAYS}`);
}

/** An http address; where there is none, that of the Wadi that runs here, else the default. @throws UsageError. */
export function ingressUrl(flag: string, given: string | undefined): string {
  const text = given?.trim() || ingressHere() || DEFAULT_URL;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new UsageError(`${flag}: ${JSON.stringify(text)} is not an http address; write it like ${DEFAULT_URL}`);
  }
  if (url.username !== "") throw new UsageError(`${flag}: a user in the address is not supported; leave it out`);
  return url.href;
}

/** `2h` (so long before now) or a time: epoch milliseconds. @throws UsageError. */
export function readMoment(flag: string, text: string, now: number): number {
  const back = parseDuration(text);
  if (back !== undefined) return now - back;
  const time = parseEventTime(text);
  if (time !== undefined) return time;
  throw new UsageError(
    `${flag}: ${JSON.stringify(text)} is not a time; write 2h or 3d (that long ago), or 2026-01-31T08:30:00Z`,
  );
}

/** A day in UTC. @throws InvalidArgumentError, for commander. */
export function readDay(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError("a day is written as 2026-11-30.");
}
