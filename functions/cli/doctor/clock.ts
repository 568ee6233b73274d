// The clock: learned ids and labels expire by time, and a clock that jumps makes some expire too early.

import type { Clock } from "../../lib/clock.ts";
import { CLOCK_CURE, clockDiffers } from "../../lib/serve/store-clock.ts";
import { moment } from "../../lib/times.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

const MEASURED_MS = 200;
const DRIFT_MS = 20;
const FIRST_YEAR = 2025;
const LAST_YEAR = 2100;

/** Compares it for a moment with the monotonic clock. */
export async function checkClock(clock: Clock): Promise<Finding> {
  const [wall, steady] = [clock.now(), performance.now()];
  await new Promise<void>((resolve) => clock.after(MEASURED_MS, resolve));
  const drift = clock.now() - wall - (performance.now() - steady);
  const year = new Date(wall).getUTCFullYear();
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) {
    return fail("clock", `it says ${moment(wall)}`, "set the clock, best by NTP: timedatectl set-ntp true");
  }
  if (Math.abs(drift) > DRIFT_MS) {
    const cure = "something sets the clock; let NTP slew it, or check the host of this virtual machine";
    return warn("clock", `it moved by ${drift.toFixed(0)} ms in ${MEASURED_MS} ms`, cure);
  }
  return ok("clock", `${moment(wall)}, running steadily`);
}

/** Against the clock of the store that a process, or this command, goes by; nothing where there is no other. */
export function checkStoreClock(clockAheadSeconds: number | undefined): Finding[] {
  if (clockAheadSeconds === undefined) return [];
  const differs = clockDiffers(1000 * clockAheadSeconds);
  if (differs !== undefined) return [warn("clocks", differs, CLOCK_CURE)];
  return [ok("clocks", "this one agrees with the store's")];
}
