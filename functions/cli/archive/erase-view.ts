// What an erasure found and did, for people, and what it could not reach.

import type { Erased, Found } from "../../archive/erase.ts";
import type { Vacuumed } from "../../archive/vacuum.ts";
import { count, plural } from "../../lib/figures.ts";
import { type Fact, factLines } from "../terminal/facts.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { shellWord } from "../terminal/shell-words.ts";
import { bytes } from "../terminal/sizes.ts";
import { type Column, table as tableLines } from "../terminal/table.ts";

/** What `--json` shows. */
export interface EraseAnswer {
  readonly where: string;
  readonly subject: string;
  readonly pipeline?: string;
  readonly found: readonly Found[];
  readonly unread?: number;
  readonly dryRun: boolean;
  readonly erased?: Erased;
  readonly version: number;
  readonly older: number;
  readonly lag?: number;
  readonly vacuumed?: Vacuumed;
}

const MAX_LINES = 20;
const WEEK_MS = 7 * 86_400_000;

export const rowsOf = (found: readonly Found[]) => found.reduce((sum, { rows }) => sum + rows, 0);

export function foundLines(
  { where, subject, found, unread = 0 }: Pick<EraseAnswer, "where" | "subject" | "found" | "unread">,
  { palette, signs, room }: Output,
): readonly string[] {
  const skipped =
    unread === 0
      ? []
      : [palette.warn(`The data of ${plural(unread, "event")} is no JSON object and was not looked into.`)];
  const [what, place] = [printable(subject), printable(where)];
  if (found.length === 0)
    return [
      `The archive ${place} has no event of ${palette.strong(what)}, as ce-subject or, without one, as id.`,
      ...skipped,
    ];
  const right = (title: string): Column => ({ title, align: "right" });
  const columns = [{ title: "day (UTC)" }, { title: "pipeline", cut: true }, right("events"), right("files")];
  const rows = found
    .slice(0, MAX_LINES)
    .map((one) => [one.day, printable(one.pipeline ?? "none known then"), count(one.rows), count(one.files)]);
  const [titles = "", ...lines] = tableLines(columns, rows, { columns: room(), sign: signs.cut });
  const files = found.reduce((sum, one) => sum + one.files, 0);
  const more =
    found.length > MAX_LINES ? [palette.quiet(`and ${found.length - MAX_LINES} more lines; --json has all`)] : [];
  return [
    `The archive ${place} has ${plural(rowsOf(found), "event")} of ${palette.strong(what)}, in ${plural(files, "file")}:`,
    ...["", palette.quiet(titles), ...lines, ...more, "", ...skipped],
  ];
}

export function erasedLines(answer: EraseAnswer, now: number, output: Output): readonly string[] {
  const { erased, version, vacuumed, found, pipeline } = answer;
  const isDone = erased !== undefined && erased.rows > 0;
  const done = isDone
    ? `Erased ${plural(erased.rows, "event")}: ${plural(erased.files, "file")} replaced, in version ${count(version)}.`
    : "There was nothing to erase.";
  const name = pipeline ?? found.find((one) => one.pipeline !== null)?.pipeline ?? "<pipeline>";
  const replay = `wadi replay --pipeline ${name === "<pipeline>" ? name : shellWord(name)} --into <new> --from-archive --promote`;
  const elsewhere: readonly Fact[] = [
    ["the log", "keeps them for 7 days, or what its retention is; until then only replay with --from-archive"],
    ["the models", `have learned them; without them: ${replay}`],
    ["the store", "has features that wait for labels, for the labelHorizon and the time of the log"],
    ["dead letters", "wadi dlq list shows them, wadi dlq drop removes them; one sent again is archived again"],
    ["other copies", "exports, backups, older objects that a bucket keeps"],
  ];
  return [
    output.palette.strong(done),
    ...(vacuumed === undefined
      ? []
      : [`Removed ${plural(vacuumed.files, "file")} (${bytes(vacuumed.bytes)}) that only older versions had.`]),
    ...["", "Where such events may still be:"],
    ...factLines(
      [["older versions", olderText(answer, now)], ["on the way", wayText(answer)], ...(isDone ? elsewhere : [])],
      output,
    ),
  ];
}

function olderText({ older, vacuumed }: EraseAnswer, now: number): string | undefined {
  if (vacuumed !== undefined || older === 0) return undefined;
  const day = new Date(now + WEEK_MS).toISOString().slice(0, 10);
  return (
    `can be read until ${older === 1 ? "the file that was replaced is" : `the ${count(older)} files that were replaced are`} removed: ` +
    `from ${day} on by wadi archive vacuum, or now by the same command with --vacuum (then who reads an older version fails)`
  );
}

/** What is not archived yet a replay from the archive learns from the log, too. */
function wayText({ lag = 0 }: EraseAnswer): string {
  const what =
    lag === 0
      ? "what was sent in the last minute may not be archived yet"
      : `${plural(lag, "event")} of the log ${lag === 1 ? "is" : "are"} not archived yet`;
  return `${what}: the same command again, once wadi archive status shows no lag, erases what came in`;
}
