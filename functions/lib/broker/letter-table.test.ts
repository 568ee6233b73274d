import type { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { eventOf } from "./broker-under-test.contract.ts";
import { openJournal } from "./embedded/journal.ts";
import { openJournalFile } from "./embedded/journal-file.ts";
import { rowOf } from "./event-row.ts";
import { letterQuery } from "./letter-table.ts";

/** Every combination of conditions, from both ends and from within. */
const FILTERS = [
  { subject: "s1" },
  { reason: "schema" },
  { trigger: "learn" },
  { since: 1020 },
  { until: 1040 },
  { pipeline: "p1" },
  { first: "oldest" as const },
  { after: 20 },
];
const COMBINATIONS = Array.from({ length: 2 ** FILTERS.length }, (_, bits) =>
  Object.assign({ limit: 5 }, ...FILTERS.filter((_filter, i) => bits & (1 << i))),
);

function plansOf(db: DatabaseSync, query: Parameters<typeof letterQuery>[0]): string[] {
  const { sql, values } = letterQuery(query);
  return db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values)
    .map(({ detail }) => String(detail));
}

test("whatever is asked for, exactly the letters that are meant come, in order", () => {
  const journal = openJournal(":memory:");
  onTestFinished(() => journal.close());
  const letters = Array.from({ length: 60 }, (_, i) => ({
    number: i + 1,
    // The clock was set back in between.
    time: 1000 + ((i * 7) % 60),
    trigger: i % 3 === 0 ? "learn" : "validate",
    reason: i % 2 === 0 ? "schema" : "subject-taken",
    subject: `s${i % 4}`,
    pipeline: i % 5 === 0 ? undefined : `p${i % 2}`,
  }));
  journal.write((writer) => {
    for (const { number, time, pipeline, ...rest } of letters) {
      const named = pipeline === undefined ? {} : { pipeline };
      writer.deadLetter(time, { ...rest, row: rowOf(eventOf(number, named)) });
    }
  });

  for (const query of COMBINATIONS) {
    const { subject, reason, trigger, pipeline, since = 0, until = Infinity, first, limit } = query;
    const after = query.after ?? (first === "oldest" ? 0 : Infinity);
    const meant = letters
      .filter((letter) => [letter.subject, undefined].includes(subject) && [letter.reason, undefined].includes(reason))
      .filter((letter) => [letter.trigger, undefined].includes(trigger) && letter.time >= since && letter.time < until)
      .filter((letter) => [letter.pipeline, undefined].includes(pipeline))
      .map(({ number }) => number)
      .filter((number) => (first === "oldest" ? number > after : number < after));
    const ordered = first === "oldest" ? meant : meant.reverse();

    expect({ query, numbers: journal.deadLetters(query).map(({ number }) => number) }).toEqual({
      query,
      numbers: ordered.slice(0, limit),
    });
  }
});

test("no question reads letters that are not meant: their numbers are found in an index, those of a page alone are read", () => {
  const db = openJournalFile(":memory:");
  onTestFinished(() => db.close());

  for (const query of COMBINATIONS) {
    const plans = plansOf(db, query);

    expect({ query, scans: plans.filter((plan) => plan.startsWith("SCAN")).length }).toEqual({
      query,
      scans:
        query.after === undefined && Object.keys(query).every((key) => ["limit", "first", "pipeline"].includes(key))
          ? 1
          : 0,
    });
    expect(plans[0]).toBe("SEARCH dead_letters USING INTEGER PRIMARY KEY (rowid=?)");
  }
});

test.each([
  [{ subject: "s1" }, "SEARCH dead_letters USING COVERING INDEX dead_letters_by_subject (subject=?)"],
  [
    { subject: "s1", after: 9 },
    "SEARCH dead_letters USING COVERING INDEX dead_letters_by_subject (subject=? AND number<?)",
  ],
  [{ reason: "schema" }, "SEARCH dead_letters USING COVERING INDEX dead_letters_by_reason (reason=?)"],
  [
    { reason: "schema", trigger: "learn", since: 1, until: 9, after: 9 },
    "SEARCH dead_letters USING COVERING INDEX dead_letters_by_reason (reason=? AND number<?)",
  ],
  [{ trigger: "learn", since: 1 }, "SEARCH dead_letters USING COVERING INDEX dead_letters_by_trigger (trigger=?)"],
  [{ since: 1, until: 9 }, "SEARCH dead_letters USING COVERING INDEX dead_letters_by_time (time>? AND time<?)"],
])("what is asked for as %j is found in the index for it, without sorting but by time", (filter, search) => {
  const db = openJournalFile(":memory:");
  onTestFinished(() => db.close());

  const plans = plansOf(db, { ...filter, limit: 5 });

  expect(plans).toContain(search);
  expect(plans.includes("USE TEMP B-TREE FOR ORDER BY")).toBe(search.includes("by_time"));
});
