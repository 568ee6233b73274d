// What was opened is closed again, all of it, and the first failure is the one that is told.

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

/** After a start that failed. @throws `cause`; `tell` hears what fails on the way back. */
export async function undoAfter(
  cause: unknown,
  undo: readonly (() => unknown)[],
  tell: (failure: unknown) => void,
): Promise<never> {
  await runAll(undo).catch(tell);
  throw cause;
}
