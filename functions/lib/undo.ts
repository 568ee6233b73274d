// What was opened is closed again, all of it, and the first failure is the one that is told.

import { asError } from "./errors.ts";
import type { Log } from "./telemetry/log.ts";

/** All of them, whatever becomes of one. @throws what the first one that failed threw. */
export async function runAll(undo: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const one of undo) {
    try {
      await one();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** After a start that failed. @throws `cause`: what fails on the way back is only logged. */
export async function undoAfter(cause: unknown, undo: readonly (() => unknown)[], log: Log): Promise<never> {
  try {
    await runAll(undo);
  } catch (error) {
    log.warn({ err: asError(error) }, "what had been opened could not all be closed after a start that failed");
  }
  throw cause;
}
