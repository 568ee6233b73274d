// What is wrong with a row that a pipeline refuses, and what to do.

import type { ReadPlan } from "../../feed/reader.ts";
import type { FieldRecord } from "../../feed/rows/cells.ts";
import type { SpoiltInFile } from "../../feed/rows/csv-rows.ts";
import { parseEventTime } from "../../feed/rows/event-time.ts";
import { parseTimestamp } from "../../lib/pipeline/record/timestamp.ts";
import { pathText } from "../../lib/problems.ts";
import { typesWord } from "../csv-dialect.ts";
import { nameList, shellWord } from "../terminal/shell-words.ts";
import { wrap } from "../terminal/wrap.ts";

export interface Misfit {
  /** The row as the pipeline got it. */
  readonly data: FieldRecord;
  readonly rejection: {
    /** In words. */
    readonly message: string;
    readonly fields: readonly { readonly path: string; readonly problem: string }[];
  };
  readonly plan: ReadPlan;
  /** Columns read as text because of a few cells. */
  readonly spoilt: readonly SpoiltInFile[];
}

const COLUMNS = 75;

/** The problems, set in, and then their cures. */
export function misfitLines(misfit: Misfit): readonly string[] {
  const { fields, message } = misfit.rejection;
  const problems = fields.flatMap(({ path, problem }) =>
    wrap(`${path} ${problem}`, COLUMNS).map((line, i) => `${i === 0 ? "  " : "    "}${line}`),
  );
  return [...(problems.length === 0 ? [`  ${message}`] : problems), ...curesOf(misfit)];
}

function curesOf({ data, rejection, plan, spoilt }: Misfit): readonly string[] {
  const columnOf = new Map((plan.rename ?? []).map(([column, field]) => [field, column]));
  const unknown: string[] = [];
  const cures: string[] = [];
  for (const [field, value] of Object.entries(data)) {
    const path = pathText(["data", field]);
    const problem = rejection.fields.find((one) => one.path === path)?.problem;
    if (problem === undefined) continue;
    const column = columnOf.get(field) ?? field;
    const spoiler = spoilt.find((one) => one.column === column);
    if (problem.startsWith("is not a field")) unknown.push(column);
    else if (spoiler !== undefined && typeof value === "string") cures.push(spoiltCure(spoiler));
    else if (isTimeWithoutZone(value) && problem.includes("a time") && plan.time === undefined) {
      cures.push(`--time ${shellWord(column)} takes it as UTC, and as the time of its event`);
    } else if (isTimeWithoutZone(value) && problem.includes("a time")) {
      cures.push(`only the column of --time may be without a zone: write ${column} as 2026-01-31T08:30:00Z`);
    }
  }
  if (unknown.length > 0) {
    cures.push(
      `--omit ${shellWord(nameList(unknown))} leaves ${unknown.length === 1 ? "it" : "them"} out`,
      "--rename <column>=<field> sends a column under another name",
    );
  }
  return cures;
}

function spoiltCure({ column, type, line, cell }: SpoiltInFile): string {
  return [
    `column ${column} is read as text because of line ${line} (${JSON.stringify(cell.slice(0, 40).toWellFormed())});`,
    `--types ${typesWord([[column, type]])} sends the others`,
  ].join("\n");
}

function isTimeWithoutZone(value: unknown): boolean {
  return typeof value === "string" && parseTimestamp(value) === undefined && parseEventTime(value) !== undefined;
}
