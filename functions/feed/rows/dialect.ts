// What country a table is from, as far as it matters to read it: told by its cells, a bounded number of them.

import { type DateOrder, dateOrderOf } from "./dates.ts";
import { type Decimal, decimalOf } from "./numbers.ts";

/** What is said, and not told by the cells. */
export interface GivenDialect {
  readonly decimal?: Decimal;
  readonly dates?: DateOrder;
}

export interface Dialect {
  readonly decimal: Decimal;
  /** A number that would be another one with the other decimal sign, where no cell tells which is meant. */
  readonly unclearNumber?: string;
  /** Of dates that are written like `03/11/2026`. */
  readonly dates: DateOrder;
  /** Something tells it; else it is what most countries write. */
  readonly datesTold: boolean;
}

/** The telling cells of each column, in which it is not said that there is nothing. */
export type Columns = readonly (readonly string[])[];

/** A semicolon separates where the comma is taken: there it is the decimal sign, and the day comes first. */
const isOfCommas = (delimiter: string) => delimiter === ";";

export function readDialect(columns: Columns, delimiter: string, given: GivenDialect = {}): Dialect {
  const numbers = votes(columns, decimalOf);
  const decimal =
    given.decimal ??
    winner(numbers, "comma", "point") ??
    (isOfCommas(delimiter) && hasComma(numbers) ? "comma" : "point");
  const dates = votes(columns, dateOrderOf);
  const local = isOfCommas(delimiter) || decimal === "comma" ? "day-first" : undefined;
  const told = given.dates ?? winner(dates, "day-first", "month-first") ?? local;
  // Where commas separate the cells, nobody doubts what 10,000 in quotes is.
  const doubtful = given.decimal === undefined && numbers.all === 0 && delimiter !== ",";
  const unclearNumber = doubtful ? numbers.unclear[0] : undefined;
  return {
    decimal,
    ...(unclearNumber !== undefined && { unclearNumber }),
    dates: told ?? "day-first",
    datesTold: told !== undefined,
  };
}

interface Votes<Choice extends string> {
  readonly by: ReadonlyMap<Choice, number>;
  readonly all: number;
  /** Cells that do not tell. */
  readonly unclear: readonly string[];
}

/** One vote a column: a long one says no more than a short one. */
function votes<Choice extends string>(
  columns: Columns,
  choiceOf: (cell: string) => Choice | "either" | "unclear" | undefined,
): Votes<Choice> {
  const by = new Map<Choice, number>();
  const unclear: string[] = [];
  let all = 0;
  for (const cells of columns) {
    const choices = new Map<ReturnType<typeof choiceOf>, string>();
    let others = 0;
    for (const cell of cells) {
      const choice = choiceOf(cell);
      if (choice === undefined) others++;
      else if (!choices.has(choice)) choices.set(choice, cell);
    }
    // A few spoilt cells do not make it something else.
    if (2 * others >= cells.length) continue;
    const doubtful = choices.get("unclear");
    choices.delete("either");
    choices.delete("unclear");
    // Of both kinds: it is of neither.
    if (choices.size > 1) continue;
    const [choice] = choices.keys();
    if (choice !== undefined) {
      all++;
      by.set(choice as Choice, (by.get(choice as Choice) ?? 0) + 1);
    } else if (doubtful !== undefined) unclear.push(doubtful);
  }
  return { by, all, unclear };
}

function winner<Choice extends string>({ by }: Votes<Choice>, one: Choice, other: Choice): Choice | undefined {
  const [ones, others] = [by.get(one) ?? 0, by.get(other) ?? 0];
  return ones === others ? undefined : ones > others ? one : other;
}

function hasComma({ unclear }: Votes<Decimal>): boolean {
  return unclear.some((cell) => cell.includes(","));
}
