import { expect, onTestFinished, test } from "vitest";
import { eventOf } from "../broker-under-test.contract.ts";
import { rowOf } from "../event-row.ts";
import { openJournal } from "./journal.ts";

const LETTERS = 500;

/** What letters with so many characters of data are said to take, and what they take. */
function sizesOf(length: number, character = "x"): { said: number; taken: number } {
  const journal = openJournal(":memory:");
  onTestFinished(() => journal.close());
  const empty = journal.bytesInUse();
  const row = rowOf(eventOf(1, { data: character.repeat(length) }));
  journal.write((writer) => {
    // Subjects come in no order, as they do.
    for (let i = 0; i < LETTERS; i++) {
      writer.deadLetter(i, { trigger: "featurize", reason: "schema", subject: `subject-${(i * 7919) % LETTERS}`, row });
    }
  });
  return { said: journal.letters.bytes, taken: journal.bytesInUse() - empty };
}

test.each([10, 300, 1300, 1800, 2100, 3800, 4100, 4500, 8100, 20_000, 300_000])(
  "letters of %d characters take no more of the file than is counted for them, and not much less",
  (length) => {
    const { said, taken } = sizesOf(length);

    expect(said).toBeGreaterThanOrEqual(taken);
    expect(said).toBeLessThan(1.35 * taken);
  },
);

test("text that is not ASCII counts by its bytes", () => {
  const { said, taken } = sizesOf(10_000, "\u20ac");

  expect(taken).toBeGreaterThan(LETTERS * 30_000);
  expect(said).toBeGreaterThanOrEqual(taken);
});
