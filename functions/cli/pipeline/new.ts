// wadi pipeline new: a sound pipeline file out of a CSV file.

import { existsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Command } from "commander";
import { renameText } from "../../feed/rows/column-names.ts";
import { type CsvFacts, readCsvFacts } from "../../feed/rows/csv-columns.ts";
import { asError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { plural } from "../../lib/figures.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { HOME, programName, shown } from "../../lib/program.ts";
import type { CommandContext } from "../context.ts";
import { readDelimiter } from "../emit/input.ts";
import { ingressHere } from "../run/running.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { commandLines, nameList, shellWord } from "../terminal/shell-words.ts";
import { wrap } from "../terminal/wrap.ts";
import { type Draft, draftPipeline } from "./draft.ts";
import { pipelineText } from "./text.ts";

interface NewFlags {
  readonly from?: string;
  readonly target?: string;
  readonly time?: string;
  readonly delimiter?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  wadi pipeline new taxi --from trips.csv --target minutes
  wadi pipeline new taxi --from trips.csv --target minutes --time pickup --out helm/pipelines

A column of numbers becomes a number that is scaled, one of few different texts an indicator for each of them (one-hot),
the time an hour of the day and a day of the week. A column that names the row is the id of its event; one whose name
no field can have is sent under another. The file says what became of each column, and why.

--json writes {name, file, fields, features, renamed: [{column, field}], omitted: [{name, why}], emit};
emit is the command that sends the file.`;

const DEFAULT_FOLDER = join(HOME, "helm/pipelines");

export function pipelineNewCommand({ terminal: { out } }: CommandContext): Command {
  return new Command("new")
    .argument("<name>", "the pipeline's name: a to z, 0 to 9 and hyphens")
    .summary("write a pipeline file for a CSV file")
    .description("Writes a pipeline file for a CSV file: a first guess with comments, checked before it is written.")
    .option("--from <file>", "the CSV file, with a header")
    .option("--target <column>", "what is to be predicted: a column of numbers")
    .option("--time <column>", "when it happened (the first column that holds times)")
    .option("--delimiter <sign>", "of the CSV file: ; or | or tab (a comma)")
    .option("--out <path>", "a file, or a folder for <name>.yaml (here)")
    .option("--force", "write over a file that is there")
    .option("--json", "what was done as JSON")
    .addHelpText("after", HELP)
    .action(async (name: string, flags: NewFlags) => {
      const { from, target } = flags;
      if (from === undefined) throw new UsageError("from what? add --from <file>, a CSV file with a header");
      if (target === undefined) throw new UsageError("what is to be predicted? add --target <column>");
      if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
        throw new UsageError(
          `${JSON.stringify(name)} is no name; use a to z, 0 to 9 and hyphens, a letter first, 40 at most`,
        );
      }
      const file = outputFile(name, flags);
      const facts = await readCsvFacts(from, delimiterOf(from, flags.delimiter));
      const draft = draftPipeline(facts, { name, target, ...(flags.time !== undefined && { time: flags.time }) });
      const text = pipelineText(draft, from);
      const pipeline = check(text, file);
      write(file, text, flags.force === true);
      const emit = emitWords(draft, from, flags.delimiter);
      const { fields, omitted } = draft;
      const renamed = draft.emit.rename.map(([column, field]) => ({ column, field }));
      if (flags.json === true) {
        return writeJson(
          {
            name,
            file,
            fields: fields.length,
            features: pipeline.featureOutputs.length,
            renamed,
            omitted,
            emit: emit.join(" "),
          },
          out,
        );
      }
      const runs = ingressHere() !== undefined;
      writeLines(reportLines({ draft, pipeline, facts, file, emit, runs }, out), out);
    });
}

function delimiterOf(from: string, given: string | undefined): string | undefined {
  if (given !== undefined) return readDelimiter(given);
  return from.toLowerCase().endsWith(".tsv") ? "\t" : undefined;
}

/** Before anything is read: whether it may be written at all. */
function outputFile(name: string, { out, force }: NewFlags): string {
  const isFolder = out === undefined || (existsSync(out) && statSync(out).isDirectory()) || out.endsWith("/");
  const file = isFolder ? join(out ?? ".", `${name}.yaml`) : out;
  if (!file.endsWith(".yaml")) throw new UsageError(`--out: ${file} must end in .yaml, as pipeline files do`);
  if (!existsSync(dirname(file))) throw new UsageError(`--out: there is no folder ${dirname(file)}; make it first`);
  if (existsSync(file) && force !== true) {
    throw new UsageError(`${file} is there already; add --force to write over it, or name another with --out`);
  }
  return file;
}

function check(text: string, file: string): Pipeline {
  try {
    return parsePipeline(text, file);
  } catch (error) {
    throw new FailedError(
      `what was made of it is no sound pipeline, and nothing was written: ${asError(error).message}`,
      {
        cause: error,
      },
    );
  }
}

function write(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    throw new FailedError(`cannot write ${file}: ${asError(error).message}; name another place with --out`, {
      cause: error,
    });
  }
}

/** Its words as a shell takes them. */
function emitWords({ name, emit, omitted }: Draft, from: string, delimiter: string | undefined): readonly string[] {
  const { id, time, rename } = emit;
  const words = [programName(), "emit", from, "--format", "csv", "--pipeline", name];
  if (/\.(csv|tsv)$/i.test(from)) words.splice(3, 2);
  if (delimiter !== undefined) words.push("--delimiter", delimiter);
  if (time !== undefined) words.push("--time", time);
  if (id !== undefined) words.push("--id", id);
  for (const one of rename) words.push("--rename", renameText(one));
  if (omitted.length > 0) words.push("--omit", nameList(omitted.map((one) => one.name)));
  return words.map(shellWord);
}

interface Made {
  readonly draft: Draft;
  readonly pipeline: Pipeline;
  readonly facts: CsvFacts;
  readonly file: string;
  readonly emit: readonly string[];
  /** A Wadi runs here, and read its files at its start. */
  readonly runs: boolean;
}

function reportLines({ draft, pipeline, facts, file, emit, runs }: Made, output: Output): readonly string[] {
  const { strong, quiet, warn } = output.palette;
  const { fields, omitted, time, target } = draft;
  const { rows, more, encoding } = facts;
  const inFolder = dirname(resolve(file)) === DEFAULT_FOLDER;
  const remarks = fields.flatMap(({ name, remark }) =>
    remark === undefined ? [] : [{ name, why: `no feature, ${remark}` }],
  );
  const { id, rename: renamed } = draft.emit;
  const left = omitted.filter(({ name }) => name !== id);
  const unused = remarks.length + left.length;
  const used = unused === 0 ? "every column is used." : `${plural(unused, "column")} left unused:`;
  return [
    ...wrap(
      `${strong(`Wrote ${file}`)}: predicts ${target.name} from ${plural(pipeline.featureOutputs.length, "feature")} of ${plural(fields.length, "field")}${time === undefined ? "" : `, at the time in ${time}`}`,
      output.room(),
    ),
    quiet(`A first guess, told by ${more ? "the first " : ""}${plural(rows, "row")}; ${used}`),
    ...(encoding === undefined
      ? []
      : [quiet(`The file was read as ${encoding}; if letters look wrong, save it as UTF-8.`)]),
    ...unusedLines(remarks, (name) => name),
    ...unusedLines(
      left.map(({ name, why }) => ({ name, why: `not sent, ${why}` })),
      warn,
    ),
    ...(id === undefined
      ? []
      : [quiet(`The column ${printable(id)} names the row: it is the id of its event (--id).`)]),
    ...(renamed.length === 0 ? [] : [quiet("Sent under names that fields can have (--rename):")]),
    ...renamed.map(([column, field]) => `  ${printable(column)}: ${field}`),
    "",
    "Next:",
    ...(inFolder ? [] : [`  mv ${shellWord(file)} ${shellWord(shown(DEFAULT_FOLDER))}/`]),
    ...(runs ? ["  # Ctrl-C where Wadi runs, for it reads the files at its start; then, again:"] : []),
    `  ${programName()} start`,
    ...(runs ? ["  # once it is up, in another terminal:"] : []),
    ...commandLines(emit, output.room() - 2).map((line) => `  ${line}`),
  ];
}

interface Unused {
  readonly name: string;
  readonly why: string;
}

/** A wide table may leave hundreds unused for one reason: this is told once. */
const MOST_LINES_A_REASON = 5;

function unusedLines(unused: readonly Unused[], paint: (name: string) => string): readonly string[] {
  return [...Map.groupBy(unused, ({ why }) => why)].flatMap(([why, same]) => {
    const names = same.map(({ name }) => paint(printable(name)));
    if (names.length <= MOST_LINES_A_REASON) return names.map((name) => `  ${name}: ${why}`);
    return [`  ${names[0]} and ${names.length - 1} more, to ${names.at(-1)}: ${why}`];
  });
}
