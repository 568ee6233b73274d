// Dead letters by what went wrong: mostly there are many of few kinds, and a kind is mended at once.

import type { Broker, DeadLetter, Seen } from "../lib/broker/broker.ts";
import type { Admin } from "./admin.ts";
import { fieldOf, lettersOf, summaryOf } from "./letters.ts";
import type { LetterGroup, LetterGroups } from "./shapes/letter-groups.ts";

/** The newest that are looked at. */
const MOST_LETTERS = 10_000;
/** A field may be any text that a client sends. */
const MOST_GROUPS = 1_000;

export function createLetterGroups(broker: Pick<Broker, "deadLetters"> & Seen): Pick<Admin, "deadLetterGroups"> {
  return {
    async deadLetterGroups(): Promise<LetterGroups> {
      const groups = new Map<string, LetterGroup>();
      let counted = 0;
      for await (const letter of lettersOf(broker.deadLetters, { limit: MOST_LETTERS })) {
        counted++;
        const one = groupOf(letter);
        const { reason, step, pipeline, field } = one;
        const key = JSON.stringify([reason, step, pipeline, field]);
        const known = groups.get(key);
        groups.set(key, known === undefined ? one : together(known, one));
      }
      const items = [...groups.values()].sort((a, b) => b.letters - a.letters || b.newest - a.newest);
      // Some may have come while they were read.
      return { items: items.slice(0, MOST_GROUPS), counted, all: Math.max(counted, broker.status().deadLetters) };
    },
  };
}

function groupOf(letter: DeadLetter): LetterGroup {
  const { reason, step, pipeline, time, redriven, number, message } = summaryOf(letter);
  const field = fieldOf(letter);
  return {
    ...{ reason, step, ...(pipeline !== undefined && { pipeline }), ...(field !== undefined && { field }) },
    ...{ letters: 1, redriven: redriven > 0 ? 1 : 0, oldest: time, newest: time, example: { number, message } },
  };
}

/** @param older read after it, by number; the clock may have been set back in between. */
function together(group: LetterGroup, older: LetterGroup): LetterGroup {
  return {
    ...group,
    letters: group.letters + 1,
    redriven: group.redriven + older.redriven,
    oldest: Math.min(group.oldest, older.oldest),
    newest: Math.max(group.newest, older.newest),
  };
}
