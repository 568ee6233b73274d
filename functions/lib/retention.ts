// How long an event can still arrive, and so how long learned ids and join records must be kept.

import { DAY_MS, HOUR_MS } from "./duration.ts";

/** An event can arrive for as long as the log or the dead letters keep it. */
export interface Retention {
  /** WADI_LOG_RETENTION_HOURS (168): how long the log keeps an event. */
  readonly logMs: number;
  /** WADI_DEAD_LETTER_RETENTION_HOURS (336): how long a dead letter is kept. */
  readonly deadLetterMs: number;
  /** What it was before it was raised, the oldest first. */
  readonly before?: readonly FormerRetention[];
}

export interface FormerRetention {
  readonly logMs: number;
  readonly deadLetterMs: number;
  /** When it was raised, epoch milliseconds by the store's clock. */
  readonly until: number;
}

/** What is configured; the rest comes from the store, else from the defaults. */
export type RetentionSetting = Partial<Pick<Retention, "logMs" | "deadLetterMs">>;

export const DEFAULT_RETENTION: Retention = { logMs: 7 * DAY_MS, deadLetterMs: 14 * DAY_MS };

/** Milliseconds that a learned id is kept, from its observation's recorded time: horizon, log, dead letters, a margin. */
export function learnedWindowMs(labelHorizonMs: number, { logMs, deadLetterMs }: Retention): number {
  return labelHorizonMs + logMs + deadLetterMs + DAY_MS;
}

/**
 * Milliseconds after which an event of that recorded time may have been learned and forgotten: what was learned before the
 * retention was raised is kept no longer than it was then. Processes hear of a raise within the hour.
 */
export function takenWindowMs(labelHorizonMs: number, retention: Retention, recordedTime: number): number {
  const former = retention.before?.find(({ until }) => recordedTime <= until + HOUR_MS);
  return learnedWindowMs(labelHorizonMs, former ?? retention);
}

/** Milliseconds that a join record lives: the label horizon and the time in which an event may be delivered again. */
export function joinWindowMs(labelHorizonMs: number, { logMs }: Retention): number {
  return labelHorizonMs + logMs;
}
