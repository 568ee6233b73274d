// wadi pipeline new: a sound pipeline file out of a CSV file.

import { existsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Command } from "commander";
import { asError } from "../lib/errors.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import type { CommandContext } from "./context.ts";
import { type CsvFacts, readCsvFacts } from "./csv-columns.ts";
import { readDelimiter } from "./emit-input.ts";
import { FailedError, UsageError } from "./exit.ts";
import { plural } from "./figures.ts";
import { writeJson, writeLines } from "./json-answer.ts";
import type { Output } from "./output.ts";
import { type Draft, draftPipeline } from "./pipeline-draft.ts";
import { pipelineText } from "./pipeline-text.ts";
import { printable } from "./printable.ts";
import { nameList, shellWord } from "./shell-words.ts";
import { HOME, programName, shown } from "./start.ts";

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
the time an hour of the day and a day of the week. The file says what became of each column, and why.

--json writes {name, file, fields, features, omitted: [{name, why}], emit}; emit is the command that sends the file.`;

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
      check(text, file);
      write(file, text, flags.force === true);
      const emit = emitCommandLine(draft, from, flags.delimiter);
      const { fields, features, omitted } = draft;
      if (flags.json === true) {
        return writeJson({ name, file, fields: fields.length, features: features.length, omitted, emit }, out);
      }
      writeLines(reportLines(draft, facts, file, emit, out), out);
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

function check(text: string, file: string): void {
  try {
    parsePipeline(text, file);
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

function emitCommandLine({ name, time, omitted }: Draft, from: string, delimiter: string | undefined): string {
  const words = [programName(), "emit", from, "--format", "csv", "--pipeline", name];
  if (/\.(csv|tsv)$/i.test(from)) words.splice(3, 2);
  if (delimiter !== undefined) words.push("--delimiter", delimiter);
  if (time !== undefined) words.push("--time", time);
  if (omitted.length > 0) words.push("--omit", nameList(omitted.map((one) => one.name)));
  return words.map(shellWord).join(" ");
}

function reportLines(draft: Draft, facts: CsvFacts, file: string, emit: string, output: Output): readonly string[] {
  const { strong, quiet, warn } = output.palette;
  const { fields, features, omitted, time, target } = draft;
  const { rows, more } = facts;
  const inFolder = dirname(resolve(file)) === DEFAULT_FOLDER;
  const remarks = fields.flatMap(({ name, remark }) =>
    remark === undefined ? [] : [`${name}: no feature, ${remark}`],
  );
  const unused = remarks.length + omitted.length;
  const used = unused === 0 ? "every column is used." : `${plural(unused, "column")} left unused:`;
  return [
    `${strong(`Wrote ${file}`)}: predicts ${target.name} from ${plural(features.length, "feature")} of ${plural(fields.length, "field")}${time === undefined ? "" : `, at the time in ${time}`}`,
    quiet(`A first guess, told by ${more ? "the first " : ""}${plural(rows, "row")}; ${used}`),
    ...remarks.map((line) => `  ${printable(line)}`),
    ...omitted.map(({ name, why }) => `  ${warn(printable(name))}: not sent, ${why}`),
    "",
    "Next:",
    ...(inFolder ? [] : [`  mv ${shellWord(file)} ${shellWord(shown(DEFAULT_FOLDER))}/`]),
    `  ${programName()} start`,
    `  ${emit}`,
  ];
}
