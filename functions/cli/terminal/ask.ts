// Asks the person at the terminal.

import { createInterface } from "node:readline/promises";

/** Undefined if there is no terminal. The answer is undefined for Ctrl-D and Ctrl-C. */
export function createAsk(): ((question: string) => Promise<string | undefined>) | undefined {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  return async (question) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const closed = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)));
    try {
      return await Promise.race([lines.question(question), closed]);
    } finally {
      lines.close();
    }
  };
}
