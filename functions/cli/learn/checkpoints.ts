// Where the checkpoints are, and their table, which is printed row by row while the file is read.

import stringWidth from "string-width";
import { count, fixed } from "../../lib/figures.ts";
import { metricTitle, metricValues } from "../../lib/learners/metrics/title.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { bytes } from "../terminal/sizes.ts";
import { cut } from "../terminal/table.ts";

export interface Checkpoint {
  /** Rows learned. */
  readonly n: number;
  readonly seconds: number;
  /** The state of all model sets as a store would keep it. */
  readonly stateBytes: number;
  /** Of this process. */
  readonly memoryBytes: number;
  /** By model: the main metric of all rows so far. */
  readonly scores: Readonly<Record<string, number>>;
}

const FIRST = 100;

/** The next one behind `n`: each `every`, else 100, 200, 500, 1,000 and so on. */
export function nextCheckpoint(n: number, every: number | undefined): number {
  if (every !== undefined) return (Math.floor(n / every) + 1) * every;
  let power = FIRST;
  while (power * 10 <= n) power *= 10;
  return [power, 2 * power, 5 * power].find((one) => one > n) ?? 10 * power;
}

const WIDEST_MODEL = 24;
const VALUE = 10;
const GAP = "  ";

interface Column {
  readonly title: string;
  readonly width: number;
  cell(point: Checkpoint): string;
}

/** Columns have one width throughout, so that what is printed later stands below. */
export class CheckpointTable {
  readonly #columns: readonly Column[];
  readonly #output: Output;
  readonly #titles: string;

  constructor(models: readonly string[], metric: string, output: Output) {
    this.#output = output;
    const fixedOnes: readonly Column[] = [
      { title: "seconds", width: 9, cell: ({ seconds }) => fixed(seconds, 2) },
      { title: "state", width: 10, cell: ({ stateBytes }) => bytes(stateBytes) },
      { title: "memory", width: 9, cell: ({ memoryBytes }) => bytes(memoryBytes) },
    ];
    const all: Column[] = [
      { title: "rows", width: 11, cell: ({ n }) => count(n) },
      ...models.map((model) => modelColumn(model, output)),
      ...fixedOnes,
    ];
    // The last ones are left out where there is no room, but for the first model's.
    while (all.length > 2 && widthOf(all) > output.room()) all.pop();
    this.#columns = all;
    this.#titles = `${metricTitle(metric)} of all rows so far, by model:`;
  }

  titles(): readonly string[] {
    const { quiet } = this.#output.palette;
    return [quiet(this.#titles), quiet(this.#columns.map(({ title, width }) => left(title, width)).join(GAP))];
  }

  row(point: Checkpoint): string {
    return this.#columns.map(({ cell, width }) => left(cell(point), width)).join(GAP);
  }
}

function modelColumn(model: string, { signs }: Output): Column {
  const title = cut(printable(model), WIDEST_MODEL, signs.cut);
  // As many digits in each row as the largest score so far leaves room for.
  let largest = 0;
  return {
    title,
    width: Math.max(VALUE, stringWidth(title)),
    cell({ scores }) {
      const value = scores[model];
      largest = Math.max(largest, Math.abs(value ?? 0));
      return metricValues([largest, value])[1] as string;
    },
  };
}

const widthOf = (columns: readonly Column[]) =>
  columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);

function left(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - stringWidth(text))) + text;
}
