// Detects the decimal sign and the order of dates of a table, from a bounded number of its cells.

import { type DateOrder, dateOrderOf } from "./dates.ts";
import { type Decimal, decimalOf } from "./numbers.ts";

/** Given by the user, not detected. */
export interface GivenDialect {
  readonly decimal?: Decimal;
  readonly dates?: DateOrder;
}

export interface Dialect {
  readonly decimal: Decimal;
  /** A number that would be different with the other decimal sign, if no cell shows which is meant. */
  readonly unclearNumber?: string;
  /** Of dates that are written like `03/11/2026`. */
  readonly dates: DateOrder;
  /** It was given or detected; else it is the most common order. */
  readonly datesTold: boolean;
}

/** The sampled cells of each column, without those that mean nothing (empty, NA). */
export type Columns = readonly (readonly string[])[];

/** Semicolons are used where the comma is the decimal sign; in those countries the day comes first. */
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
  // In a file with commas as delimiter, 10,000 in quotes is ten thousand.
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

/** One vote for each column, however long it is. */
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
