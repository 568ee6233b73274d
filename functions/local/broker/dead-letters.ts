// The dead letters of the journal, as a person handles them: looked at, sent again, dropped.

import type { DeadLetterQueue } from "./broker.ts";
import { originalOf } from "./dead-letter.ts";
import type { Journal } from "./journal.ts";
import type { Ledger, Operation } from "./ledger.ts";
import { rowOf } from "./row.ts";

/** `taken` is called for each one that has left, when that is on disk. */
export function openDeadLetters(journal: Journal, ledger: Ledger, taken: () => void): DeadLetterQueue {
  /** False where it was gone. */
  function take(number: number, append?: Operation["append"]): Promise<boolean> {
    return new Promise((resolve, reject) => {
      ledger.enter({
        takes: number,
        append,
        written() {
          taken();
          resolve(true);
        },
        missed: () => resolve(false),
        failed: reject,
      });
    });
  }

  async function count(taking: readonly Promise<boolean>[]): Promise<number> {
    const done = await Promise.all(taking);
    return done.filter(Boolean).length;
  }

  return {
    list: async (query) => journal.deadLetters(query),
    get: async (number) => journal.deadLetter(number),
    drop: (numbers) => count(numbers.map((number) => take(number))),
    redrive: (numbers) =>
      count(
        numbers.map(async (number) => {
          const letter = journal.deadLetter(number);
          if (letter === undefined) return false;
          const event = originalOf(letter.event);
          return take(number, { event, row: rowOf(event), hops: 0 });
        }),
      ),
  };
}
