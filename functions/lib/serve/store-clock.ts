// The time by the store's clock, for whatever a process dates and decides: processes whose clocks differ then agree.
//
//   T1  What is told of the time follows the store's clock from the first measurement on, and runs evenly: whoever sets
//       this machine's clock does not move it.
//   T2  The two are compared about each minute, and at once where the machine's clock was set, or the machine slept.
//   T3  A step takes nothing before that is done: it would date and refuse by a clock that nobody has compared.
//   T4  A store that goes by the clock of this process has no other, and nothing is measured.

import { type Clock, steadyNow } from "../clock.ts";
import { asError, UnavailableError } from "../errors.ts";
import { type Log, silentLog } from "../telemetry/log.ts";
import type { Telemetry } from "../telemetry/metrics.ts";
import { roughly } from "../times.ts";
import type { Handle } from "./step.ts";

export interface StoreClock extends Clock {
  /** By how much the clock of this process is ahead of the store's, as last measured. */
  aheadMs(): number | undefined;
  isCompared(): boolean;
  /** Compares where that is due. @throws UnavailableError while the store is away. */
  compared(): Promise<void>;
  stop(): void;
}

export interface StoreClockDeps {
  /** Of this process. */
  readonly clock: Clock;
  /** Of the store; undefined: it goes by this process's. */
  readonly time: (() => Promise<number>) | undefined;
  readonly log?: Log;
  readonly telemetry?: Pick<Telemetry, "clockAhead">;
  /** Milliseconds of a clock that nobody sets. */
  readonly steady?: () => number;
}

/** Less is not worth a step: a step back could put an effect before its cause. */
const STEP_MS = 1000;
const EVERY_MS = 60_000;
const AWAY_MS = 1000;
/** As much as clocks may differ (window.ts). */
const TOLD_MS = 3_600_000;

export const CLOCK_CURE =
  "synchronise the clock of this machine, and of the store's, by NTP (timedatectl set-ntp true, or chrony)";

/** In words, where it is worth telling. */
export function clockDiffers(aheadMs: number | undefined): string | undefined {
  if (aheadMs === undefined || Math.abs(aheadMs) <= TOLD_MS) return undefined;
  const where = aheadMs > 0 ? "ahead of" : "behind";
  return `this clock is ${roughly(Math.abs(aheadMs))} ${where} the store's; Wadi goes by the store's, which decides what has expired`;
}

export function createStoreClock(deps: StoreClockDeps): StoreClock {
  const { clock, time, log = silentLog, telemetry, steady = steadyNow } = deps;
  if (time === undefined) {
    const nothing = { aheadMs: () => undefined, isCompared: () => true, compared: async () => {}, stop: () => {} };
    return { ...nothing, now: () => clock.now(), after: (ms, run) => clock.after(ms, run) };
  }
  /** Two clocks at one moment. */
  let anchor: { readonly store: number; readonly steady: number } | undefined;
  let looked: { readonly own: number; readonly steady: number } | undefined;
  let ahead: number | undefined;
  let told = false;
  let comparing: Promise<void> | undefined;
  let stopped = false;
  let cancel = () => {};

  const byAnchor = ({ store, steady: then }: NonNullable<typeof anchor>) => store + steady() - then;

  async function compare(ask: () => Promise<number>): Promise<void> {
    const asked = steady();
    const answer = await ask();
    const answered = steady();
    // It was given at some moment in between.
    const store = answer + (answered - asked) / 2;
    const own = clock.now();
    looked = { own, steady: answered };
    ahead = own - store;
    telemetry?.clockAhead.set({}, ahead / 1000);
    const isOff = anchor === undefined || Math.abs(byAnchor(anchor) - store) > Math.max(STEP_MS, answered - asked);
    if (isOff) anchor = { store, steady: answered };
    tell(ahead);
  }

  function tell(aheadMs: number): void {
    const differs = clockDiffers(aheadMs);
    const clockAheadSeconds = Math.round(aheadMs / 1000);
    if (differs !== undefined && !told) log.warn({ clockAheadSeconds }, `${differs}; ${CLOCK_CURE}`);
    if (differs === undefined && told) log.warn({ clockAheadSeconds }, "this clock agrees with the store's again");
    told = differs !== undefined;
  }

  function compareOnce(ask: () => Promise<number>): Promise<void> {
    comparing ??= compare(ask).finally(() => {
      comparing = undefined;
    });
    return comparing;
  }

  function schedule(ask: () => Promise<number>, ms: number): void {
    cancel = clock.after(ms, async () => {
      const next = await compareOnce(ask).then(
        () => EVERY_MS,
        (error: unknown) => {
          if (!(error instanceof UnavailableError))
            log.error({ err: asError(error) }, "the store does not tell its time");
          return AWAY_MS;
        },
      );
      if (!stopped) schedule(ask, next);
    });
  }

  /** Whether the machine's clock has gone evenly since it was looked at. */
  function isCompared(): boolean {
    if (looked === undefined) return false;
    return Math.abs(clock.now() - looked.own - (steady() - looked.steady)) < STEP_MS;
  }

  schedule(time, 0);
  return {
    now: () => (anchor === undefined ? clock.now() : Math.round(byAnchor(anchor))),
    after: (ms, run) => clock.after(ms, run),
    aheadMs: () => ahead,
    isCompared,
    compared: async () => {
      if (!isCompared()) await compareOnce(time);
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** For a command: a store that is away shows in what it does next. */
export async function openStoreClock(clock: Clock, time: StoreClockDeps["time"]): Promise<StoreClock> {
  const storeClock = createStoreClock({ clock, time });
  await storeClock.compared().catch((error: unknown) => {
    if (!(error instanceof UnavailableError)) throw error;
  });
  return storeClock;
}

/** T3. An event of a clock that was compared waits for nothing, so that events keep their order. */
export function onceCompared(clock: StoreClock, handle: Handle): Handle {
  return (event) => (clock.isCompared() ? handle(event) : clock.compared().then(() => handle(event)));
}
