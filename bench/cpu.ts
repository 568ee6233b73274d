// CPU time: of a process, and of all that is not this bench. A rate is worth little on a machine that others use; CPU time is.
// Both are read from /proc, so only Linux tells them.

import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Linux counts CPU time in hundredths of a second for all who ask, whatever its own clock is. */
const TICKS_A_SECOND = 100;
const USER = 11;
const SYSTEM = 12;
const CHILDREN_USER = 13;
const CHILDREN_SYSTEM = 14;

const hasProc = existsSync("/proc/self/stat");

/** Seconds that a process has used, all its threads together; NaN where that cannot be told. */
export function cpuSecondsOf(pid: number): number {
  return hasProc ? ticksOf(String(pid), [USER, SYSTEM]) / TICKS_A_SECOND : Number.NaN;
}

function ticksOf(pid: string, fields: readonly number[]): number {
  // The name of the program stands in brackets and may have blanks.
  const parts = readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return fields.reduce((sum, field) => sum + Number(parts[field]), 0);
}

export interface OthersMeter {
  /** Cores that programs other than this bench were busy on, since the meter was made; undefined where it cannot be told. */
  cores(): number | undefined;
}

/** The bench's own children count once they have ended. */
export function measureOthers(): OthersMeter {
  if (!hasProc) return { cores: () => undefined };
  const begin = { at: performance.now(), busy: busyTicks(), own: ownTicks() };
  return {
    cores() {
      const seconds = (performance.now() - begin.at) / 1000;
      const ticks = busyTicks() - begin.busy - (ownTicks() - begin.own);
      return Math.min(availableParallelism(), Math.max(0, ticks / TICKS_A_SECOND / seconds));
    },
  };
}

const ownTicks = () => ticksOf("self", [USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM]);

/** Of all cores: user, nice, system, irq, softirq; not idle, iowait, or what a host took away. */
function busyTicks(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    /^cpu .*$/m.exec(readFileSync("/proc/stat", "latin1"))?.[0] ?? ""
  )
    .split(/ +/)
    .map(Number);
  return user + nice + system + irq + softirq;
}
