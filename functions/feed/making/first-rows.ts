// The first rows are asked of the pipeline before anything is sent, as `wadi emit` does: a file of the wrong shape would become
// one dead letter for each row.

import { refused } from "../../admin/tries/refused.ts";
import { asError, type FieldProblem, RejectedError, WadiError } from "../../lib/errors.ts";
import type { Handle } from "../../lib/serve/step.ts";
import type { MadeRow, MadeRows } from "./made-rows.ts";

const MOST_PROBLEMS = 20;

/**
 * All rows, the first of them checked.
 * @throws RejectedError naming row and column; for a text that cannot be read; where there is no row.
 */
export async function checkedRows(made: MadeRows, validate: Handle): Promise<AsyncGenerator<MadeRow>> {
  const rows = each(made.rows);
  try {
    const first = await firstOf(made, rows);
    for (const row of first) await check(made, row, validate);
    const [one] = first;
    if (one === undefined) throw refused(made.path, "has no row");
    const problem = first.every(({ example }) => typeof example === "string") ? one.example : undefined;
    if (typeof problem === "string") throw refused(made.path, `${placeOf(one)}: ${problem}`);
    return both(first, rows);
  } catch (error) {
    await rows.return(undefined);
    throw error;
  }
}

async function firstOf({ lookAt, path }: MadeRows, rows: AsyncGenerator<MadeRow>): Promise<readonly MadeRow[]> {
  const first: MadeRow[] = [];
  try {
    while (first.length < lookAt) {
      const { done, value } = await rows.next();
      if (done === true) break;
      first.push(value);
    }
    return first;
  } catch (error) {
    if (error instanceof WadiError) throw error;
    throw refused(path, `cannot be read: ${asError(error).message}`);
  }
}

async function check(made: MadeRows, row: MadeRow, validate: Handle): Promise<void> {
  const { example } = row;
  if (typeof example === "string") return;
  const { observation, label } = example;
  for (const event of label === undefined ? [observation] : [observation, label.event]) {
    try {
      await validate(event);
    } catch (error) {
      if (error instanceof RejectedError) throw inRow(made, row, error);
      throw error;
    }
  }
}

function inRow({ path, remark }: MadeRows, row: MadeRow, error: RejectedError): RejectedError {
  const problems = error.fields.map(({ path: field, problem }) => {
    const column = /^data(?:\.(.+)|\[(".*")\])$/s.exec(field);
    const name = column?.[1] ?? column?.[2];
    if (name === undefined) return `${placeOf(row)}: ${problem}`;
    const more = remark?.(name);
    return `${placeOf(row)}, column ${name}: ${problem}${more === undefined ? "" : `; ${more}`}`;
  });
  if (problems.length === 0) problems.push(`${placeOf(row)}: ${error.message}`);
  const fields = problems.slice(0, MOST_PROBLEMS).map((problem): FieldProblem => ({ path, problem }));
  return new RejectedError(error.code, `nothing was sent: ${problems.join("; ")}`, fields, { cause: error });
}

/** `row 3 (line 5)`. */
export function placeOf({ number, line }: MadeRow): string {
  return `row ${number}${line === undefined ? "" : ` (line ${line})`}`;
}

async function* each(rows: MadeRows["rows"]): AsyncGenerator<MadeRow> {
  yield* rows;
}

async function* both(first: readonly MadeRow[], rest: AsyncGenerator<MadeRow>): AsyncGenerator<MadeRow> {
  try {
    yield* first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
