// wadi pipeline new: a sound pipeline file out of a CSV file.

import { existsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { readCsvFacts } from "../../feed/rows/csv-columns.ts";
import { asError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { CommandContext } from "../context.ts";
import { addCsvOptions, type CsvFlags, readCsvFlags } from "../csv-dialect.ts";
import { ingressHere } from "../run/running.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { draftPipeline } from "./draft.ts";
import { emitWords, readAs } from "./emit-command.ts";
import { reportLines } from "./report.ts";
import { pipelineText } from "./text.ts";

interface NewFlags extends CsvFlags {
  readonly from?: string;
  readonly target?: string;
  readonly time?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  wadi pipeline new taxi --from trips.csv --target minutes
  wadi pipeline new taxi --from trips.csv --target minutes --time pickup --out helm/pipelines

The target's column says the task: numbers are a regression; true and false, 0 and 1, or two texts are binary, and the rarer of
the two is what is true; more texts are labels (multiclass).

A column of numbers becomes a scaled number, a column with few different texts an indicator for each of them (one-hot),
the time an hour of the day and a day of the week. A column that identifies the row is the id of its event; a column whose
name is no valid field name is renamed. The file says what became of each column, and why.

The number and date format is detected from the first 1000 rows and printed.

--json writes {name, file, fields, features, readAs: {encoding, delimiter, decimal, dates}, renamed: [{column, field}],
omitted: [{name, why}], emit}; emit is the command that sends the file.`;

export function pipelineNewCommand({ terminal: { out } }: CommandContext): Command {
  const command = new Command("new")
    .argument("<name>", "the pipeline's name: a to z, 0 to 9 and hyphens")
    .summary("write a pipeline file for a CSV file")
    .description("Writes a pipeline file for a CSV file: a first guess with comments, checked before it is written.")
    .option("--from <file>", "the CSV file, with a header")
    .option("--target <column>", "what is to be predicted: a column of numbers, of true and false, or of labels")
    .option("--time <column>", "when it happened (the first column that holds times)")
    .option("--out <path>", "a file, or a folder for <name>.yaml (here)")
    .option("--force", "write over a file that is there")
    .option("--json", "what was done as JSON");
  return addCsvOptions(command.optionsGroup("How the file is read:"))
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
      const given = readCsvFlags(from, flags);
      const facts = await readCsvFacts(from, given);
      const draft = draftPipeline(facts, { name, target, ...(flags.time !== undefined && { time: flags.time }) });
      const text = pipelineText(draft, from);
      const pipeline = check(text, file);
      write(file, text, flags.force === true);
      const emit = emitWords({ draft, facts, given }, from);
      const { fields, omitted } = draft;
      const renamed = draft.emit.rename.map(([column, field]) => ({ column, field }));
      if (flags.json === true) {
        return writeJson(
          {
            name,
            file,
            fields: fields.length,
            features: pipeline.featureOutputs.length,
            readAs: readAs(facts, draft),
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

function check(text: string, file: string): Pipeline {
  try {
    return parsePipeline(text, file);
  } catch (error) {
    throw new FailedError(`the drafted pipeline is not valid, and nothing was written: ${asError(error).message}`, {
      cause: error,
    });
  }
}

function write(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    throw new FailedError(`cannot write ${file}: ${asError(error).message}; choose another path with --out`, {
      cause: error,
    });
  }
}
