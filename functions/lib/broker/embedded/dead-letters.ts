// The dead letters of the journal, for people: to look at, to send again, to drop.

import type { DeadLetterQueue } from "../broker.ts";
import { originalOf } from "../dead-letter.ts";
import { rowOf } from "../event-row.ts";
import type { Journal } from "./journal.ts";
import type { Ledger, Operation } from "./ledger.ts";

/** A call enters all its operations in one turn of the event loop, so they are on disk together or not at all. */
export function openDeadLetters(journal: Journal, ledger: Ledger): DeadLetterQueue {
  /** False if it was not there. */
  function take(number: number, append?: Operation["append"]): Promise<boolean> {
    return new Promise((resolve, reject) => {
      ledger.enter({
        takes: number,
        append,
        written: () => resolve(true),
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
    async redrive(numbers) {
      // All are read before the first is entered: if one cannot be read, none is changed.
      const letters = numbers.map((number) => journal.deadLetter(number)).filter((letter) => letter !== undefined);
      const operations = letters.map(({ number, event: letter }) => {
        const event = originalOf(letter);
        return { number, append: { event, row: rowOf(event), hops: 0 } };
      });
      return count(operations.map(({ number, append }) => take(number, append)));
    },
  };
}
