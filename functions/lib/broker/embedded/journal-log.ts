// The journal as a log to be read again. It is one partition.

import type { Filter } from "../broker.ts";
import type { EventLog, LogPosition, TypeChoice } from "../event-log.ts";
import { compileFilters, typeBound } from "../filter.ts";
import type { Journal } from "./journal.ts";

export function openJournalLog(journal: Journal): EventLog {
  const first = ([seq = 0]: LogPosition) => seq;
  return {
    start: async () => [journal.head()],
    end: async () => [journal.tail() + 1],
    at: async (time) => [journal.firstSince(time) ?? journal.tail() + 1],
    async *read(from, to, types) {
      const filters = [filterOf(types)];
      const [matches, bound, last] = [compileFilters(filters), typeBound(filters), first(to) - 1];
      let after = Math.max(first(from), journal.head()) - 1;
      while (after < last) {
        const { entries, through } = journal.readPage(after, last, matches, bound);
        after = through;
        const places = entries.map(({ seq, time }) => ({ partition: 0, offset: seq, time }));
        yield { events: entries.map(({ event }) => event), places, through: [through + 1] };
        // A page takes a few milliseconds; other work gets its turn in between.
        await new Promise(setImmediate);
      }
    },
  };
}

function filterOf(types: TypeChoice): Filter {
  const any = (list: readonly string[]): Filter => ({ any: list.map((type) => ({ exact: { type } })) });
  return "not" in types ? { not: any(types.not) } : any(types);
}
