// The journal as a log to be read again. It is one partition.

import type { EventLog, LogPosition, TypeChoice } from "../event-log.ts";
import { compileFilters, typeBound } from "../filter.ts";
import type { Journal } from "./journal.ts";
import type { Page } from "./journal-rows.ts";

export function openJournalLog(journal: Journal): EventLog {
  const first = ([seq = 0]: LogPosition) => seq;
  return {
    start: async () => [journal.head()],
    end: async () => [journal.tail() + 1],
    at: async (time) => [journal.firstSince(time) ?? journal.tail() + 1],
    async *read(from, to, types) {
      const last = first(to) - 1;
      const readPage = pagesOf(journal, types);
      let after = Math.max(first(from), journal.head()) - 1;
      while (after < last) {
        const { entries, through } = readPage(after, last);
        after = through;
        const places = entries.map(({ seq, time }) => ({ partition: 0, offset: seq, time }));
        yield { events: entries.map(({ event }) => event), places, through: [through + 1] };
        // A page takes a few milliseconds; other work gets its turn in between.
        await new Promise(setImmediate);
      }
    },
  };
}

function pagesOf(journal: Journal, types: TypeChoice): (after: number, last: number) => Page {
  if ("not" in types) return (after, last) => journal.readPageWithout(types.not, after, last);
  const filters = [{ any: types.map((type) => ({ exact: { type } })) }];
  const [matches, bound] = [compileFilters(filters), typeBound(filters)];
  return (after, last) => journal.readPage(after, last, matches, bound);
}
