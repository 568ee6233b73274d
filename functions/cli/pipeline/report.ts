// The report of `wadi pipeline new`: what it wrote, and what to do next.

import { dirname, join, resolve } from "node:path";
import type { CsvFacts } from "../../feed/rows/csv-columns.ts";
import type { DateOrder } from "../../feed/rows/dates.ts";
import { plural } from "../../lib/figures.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { HOME, programName, shown } from "../../lib/program.ts";
import { csvText, titledText, unclearText } from "../csv-dialect.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { commandLines, shellWord } from "../terminal/shell-words.ts";
import { wrap } from "../terminal/wrap.ts";
import type { Draft } from "./draft.ts";
import { readAs } from "./emit-command.ts";

const DEFAULT_FOLDER = join(HOME, "helm/pipelines");

export interface Made {
  readonly draft: Draft;
  readonly pipeline: Pipeline;
  readonly warnings: readonly string[];
  readonly facts: CsvFacts;
  readonly file: string;
  readonly emit: readonly string[];
  /** Whether a Wadi runs here: it must be started again to read the new file. */
  readonly runs: boolean;
}

export function reportLines(
  { draft, pipeline, warnings, facts, file, emit, runs }: Made,
  output: Output,
): readonly string[] {
  const { strong, quiet, warn } = output.palette;
  const { fields, omitted, time, target } = draft;
  const { rows, more } = facts;
  const inFolder = dirname(resolve(file)) === DEFAULT_FOLDER;
  const remarks = fields.flatMap(({ name, remark }) =>
    remark === undefined ? [] : [{ name, why: `not a feature: ${remark}` }],
  );
  const { id, rename: renamed, dates } = draft.emit;
  const left = omitted.filter(({ name }) => name !== id);
  const unused = remarks.length + left.length;
  const read = csvText(readAs(facts, draft));
  const { unclearNumber, decimal, titled } = facts.dialect;
  const used =
    unused === 0 ? "every column is used." : `${plural(unused, "column")} ${unused === 1 ? "is" : "are"} not used:`;
  return [
    ...wrap(
      `${strong(`Wrote ${file}`)}: ${target === undefined ? "tells what is unusual" : `predicts ${target.name}`} from ${plural(pipeline.featureOutputs.length, "feature")} of ${plural(fields.length, "field")}${time === undefined ? "" : `, at the time in ${time}`}`,
      output.room(),
    ),
    ...(read === undefined ? [] : wrap(quiet(read), output.room())),
    ...(titled === undefined ? [] : wrap(warn(titledText(titled)), output.room())),
    ...(unclearNumber === undefined ? [] : [warn(unclearText(unclearNumber, decimal))]),
    ...(dates?.unclear === undefined ? [] : wrap(warn(unclearDateText(dates.unclear, dates.order)), output.room())),
    quiet(`A first guess from ${more ? "the first " : ""}${plural(rows, "row")}; ${used}`),
    ...unusedLines(remarks, (name) => name),
    ...unusedLines(
      left.map(({ name, why }) => ({ name, why: `not sent: ${why}` })),
      warn,
    ),
    ...(id === undefined
      ? []
      : [quiet(`The column ${printable(id)} names each row: it becomes the event's id (--id).`)]),
    ...(renamed.length === 0 ? [] : [quiet("Renamed, because fields cannot have these names (--rename):")]),
    ...renamed.map(([column, field]) => `  ${printable(column)}: ${field}`),
    ...warnings.flatMap((warning) => wrap(warn(`Warning: ${warning}`), output.room())),
    "",
    "Next:",
    ...(inFolder ? [] : [`  mv ${shellWord(file)} ${shellWord(shown(DEFAULT_FOLDER))}/`]),
    ...(runs ? ["  # stop the running Wadi (Ctrl-C), which reads pipeline files only at its start; then:"] : []),
    `  ${programName()} start`,
    ...(runs ? ["  # once it runs, in another terminal:"] : []),
    ...commandLines(emit, output.room() - 2).map((line) => `  ${line}`),
  ];
}

interface Unused {
  readonly name: string;
  readonly why: string;
}

/** Hundreds of columns may be unused for one reason, which is then shown once. */
const MOST_LINES_A_REASON = 5;

function unusedLines(unused: readonly Unused[], paint: (name: string) => string): readonly string[] {
  return [...Map.groupBy(unused, ({ why }) => why)].flatMap(([why, same]) => {
    const names = same.map(({ name }) => paint(printable(name)));
    if (names.length <= MOST_LINES_A_REASON) return names.map((name) => `  ${name}: ${why}`);
    return [`  ${names[0]} and ${names.length - 1} more, to ${names.at(-1)}: ${why}`];
  });
}

function unclearDateText(date: string, order: DateOrder): string {
  const other = order === "day-first" ? "month-first" : "day-first";
  return `No row shows whether ${date} begins with the day or the month: it is read with the ${order === "day-first" ? "day" : "month"} first; --dates ${other} changes that.`;
}
