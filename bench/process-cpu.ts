// CPU time of a running process, as Linux counts it.

import { readFileSync } from "node:fs";

/** Of Linux on all machines that Node runs on. */
const TICKS_A_SECOND = 100;

/** Seconds, user and system. Undefined where the system does not tell it in this way. */
export function cpuOf(pid: number): number | undefined {
  try {
    // The name of the program may have blanks and brackets: what follows its last bracket counts.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  } catch {
    return undefined; // no Linux
  }
}
