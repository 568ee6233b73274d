// Closes everything that was opened, and reports the first failure.

/** Runs all, also after one has failed. @throws what the first failed one threw. */
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

/** Closes what a failed start had opened. `tell` hears of failures while closing. @throws `cause`. */
export async function undoAfter(
  cause: unknown,
  undo: readonly (() => unknown)[],
  tell: (failure: unknown) => void,
): Promise<never> {
  await runAll(undo).catch(tell);
  throw cause;
}
