// wadi pipeline new: a sound pipeline file out of a CSV file.

import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, Option } from "commander";
import { UsageError } from "../../lib/failure.ts";
import { TASKS, type Task } from "../../lib/learners/task.ts";
import type { CommandContext } from "../context.ts";
import { addCsvOptions, type CsvFlags } from "../csv-dialect.ts";

interface NewFlags extends CsvFlags {
  readonly from?: string;
  readonly target?: string;
  readonly task?: Task;
  readonly time?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  wadi pipeline new taxi --from trips.csv --target minutes
  wadi pipeline new taxi --from trips.csv --target minutes --time pickup --out helm/pipelines
  wadi pipeline new odd-trips --from trips.csv --task anomaly
  wadi pipeline new fraud --from payments.csv --task anomaly --target isFraud

The target's column says the task: numbers are a regression; true and false, 0 and 1, or two texts are binary, and the rarer of
the two is what is true; more texts are labels (multiclass).

--task anomaly asks for what is unusual: it needs no target, since it learns each observation as it comes. With a --target of
true and false, its labels score the models and teach nothing.

A column of numbers becomes a scaled number, a column with few different texts an indicator for each of them (one-hot),
the time an hour of the day and a day of the week. A column that identifies the row is the id of its event; a column whose
name is no valid field name is renamed. The file says what became of each column, and why.

The number and date format is detected from the first 1000 rows and printed.

--json writes {name, file, fields, features, readAs: {encoding, delimiter, decimal, dates}, renamed: [{column, field}],
omitted: [{name, why}], warnings, emit}; emit is the command that sends the file.`;

export function pipelineNewCommand({ terminal: { out } }: CommandContext): Command {
  const command = new Command("new")
    .argument("<name>", "the pipeline's name: a to z, 0 to 9 and hyphens")
    .summary("write a pipeline file for a CSV file")
    .description("Writes a pipeline file for a CSV file: a first guess with comments, checked before it is written.")
    .option("--from <file>", "the CSV file, with a header")
    .option("--target <column>", "what is to be predicted: a column of numbers, of true and false, or of labels")
    .addOption(new Option("--task <task>", "what is predicted (as the target's column says)").choices(TASKS))
    .option("--time <column>", "when it happened (the first column that holds times)")
    .option("--out <path>", "a file, or a folder for <name>.yaml (here)")
    .option("--force", "write over a file that is there")
    .option("--json", "what was done as JSON");
  return addCsvOptions(command.optionsGroup("How the file is read:"))
    .addHelpText("after", HELP)
    .action(async (name: string, flags: NewFlags) => {
      const { from, target } = flags;
      if (from === undefined) throw new UsageError("from what? add --from <file>, a CSV file with a header");
      if (target === undefined && flags.task !== "anomaly") {
        throw new UsageError("what is to be predicted? add --target <column>, or --task anomaly, which needs none");
      }
      if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
        throw new UsageError(
          `${JSON.stringify(name)} is no name; use a to z, 0 to 9 and hyphens, a letter first, 40 at most`,
        );
      }
      const file = outputFile(name, flags);
      const { draftFile } = await import("./draft-file.ts");
      await draftFile({ ...flags, from, name, file }, out);
    });
}

/** Before anything is read: whether it may be written at all. */
function outputFile(name: string, { out, force }: NewFlags): string {
  const isFolder = out === undefined || (existsSync(out) && statSync(out).isDirectory()) || out.endsWith("/");
  const file = isFolder ? join(out ?? ".", `${name}.yaml`) : out;
  if (!file.endsWith(".yaml")) throw new UsageError(`--out: ${file} must end in .yaml, like all pipeline files`);
  if (!existsSync(dirname(file))) throw new UsageError(`--out: there is no folder ${dirname(file)}; create it first`);
  if (existsSync(file) && force !== true) {
    throw new UsageError(`${file} exists already; add --force to overwrite it, or choose another with --out`);
  }
  return file;
}
