// wadi models: what has learned, and how well.

import { Command } from "commander";
import type { Admin } from "../../admin/admin.ts";
import type { ModelSetDetail } from "../../admin/shapes/shapes.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { isSetName, nameOfValue } from "../../lib/pipeline/model-per.ts";
import { type AdminFlags, withModels, withModelsOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { wholeNumber } from "../option-values.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { type ExportFlags, exportModel } from "./export.ts";
import { type ImportFlags, importModel } from "./import.ts";
import { modelsListCommand } from "./list.ts";
import { unknownSet } from "./names.ts";
import { type RollbackFlags, rollBack, showSnapshots } from "./rollback.ts";
import { modelSetLines } from "./view.ts";

const HELP = `
Examples:
  wadi models list
  wadi models list flights/ --limit 20                 of a pipeline with one for each value of a field
  wadi models show flights
  wadi models show flights --history 1000 --json | jq '.history[0].metrics.linear'
  wadi models snapshots flights                    what it can be taken back to
  wadi models rollback flights --to 5500           take it back; what is there now is kept
  wadi models export flights --out flights.json
  wadi models import flights.json --redis redis://127.0.0.1:6379

A rollback makes a new version with the state of an old one, while Wadi learns on. Learned ids stay, so what is forgotten
is not learned again. An export has the model set whole: models, scores, the newest of its history, and its ids, without
which an example that comes again would be learned again; commits wait while ids are read. Snapshots stay behind. An import
comes into force in one step when all of it is there; what it replaces is kept, and can be rolled back to.

--json: list writes {items: [{set, pipeline, generation, version, count, champion, metrics}], next}, show writes
{set, pipeline, generation, version, revision, count, scoredOnServed, learnedIds, stateBytes, champion,
models: [{name, serves, n, skipped, leftOut, metrics}], drift, history: [{version, time, count, metrics}]}, newest first.
snapshots writes {set, pipeline, generation, version, count, champion, items: [{version, time, kept, count, metrics, forgets}],
previous}, rollback {set, generation, version, count, replaced, forgotten, starting}, export {file, set, generation, version,
count, learnedIds, bytes}, import {set, generation, version, count, learnedIds, replaced, starting, leaving}.

Exit codes: 0 done; 1 it is not there, or could not be done, or was not agreed to; 2 wrong use; 130 interrupted.`;

const DEFAULT_HISTORY_AS_JSON = 200;
/** The API's own bound, and about what the store keeps. */
const WHOLE_HISTORY = 10_000;

export function modelsCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  const show = withModelsOptions(
    new Command("show")
      .argument("<set>", SET)
      .option("--history <number>", `commits back (all that are kept; with --json ${DEFAULT_HISTORY_AS_JSON})`),
  )
    .summary("one model set: its models, their scores, how they came about")
    .description("Shows one model set: every model with its scores, and how the champion's score came about.")
    .action((set: string, flags: AdminFlags & { history?: string }) => {
      const byDefault = flags.json === true ? DEFAULT_HISTORY_AS_JSON : WHOLE_HISTORY;
      const history =
        flags.history === undefined ? byDefault : wholeNumber("--history", flags.history, 0, WHOLE_HISTORY);
      return withModels(context, flags, async (admin) => {
        const detail = await oneModel(admin, writtenSet(set), history);
        if (flags.json === true) return writeJson(detail, out);
        const pipeline = (await admin.pipelines()).items.find(({ name }) => name === detail.pipeline);
        writeLines(modelSetLines(detail, pipeline?.labels.conflicts ?? 0, out), out);
      });
    });
  return new Command("models")
    .summary("what has learned, and how well: list, show; go back, move")
    .description("What has learned, and how well; taking it back, and moving it.")
    .addHelpText("afterAll", HELP)
    .addCommand(modelsListCommand(context))
    .addCommand(show)
    .addCommand(snapshotsCommand(context))
    .addCommand(rollbackCommand(context))
    .addCommand(exportCommand(context))
    .addCommand(importCommand(context));
}

const SET = "the model set: the pipeline's name, with modelPer <pipeline>/<value>";

function snapshotsCommand(context: CommandContext): Command {
  return withModelsOptions(new Command("snapshots").argument("<set>", SET))
    .summary("what a model set can be taken back to")
    .description("Shows what a model set can be taken back to, and what that would forget.")
    .action((set: string, flags: AdminFlags) => showSnapshots(writtenSet(set), flags, context));
}

function rollbackCommand(context: CommandContext): Command {
  const command = new Command("rollback")
    .argument("<set>", SET)
    .option("--to <version>", "of a snapshot: wadi models snapshots <set>")
    .option("--to-generation <name>", "the generation that was in force before, with its ids")
    .option("--yes", "without a question");
  return withModelsOptions(command)
    .summary("take a model set back to an old state, as a new version")
    .description("Makes a new version of a model set with the state of a snapshot. What it replaces is kept.")
    .action((set: string, flags: RollbackFlags) => rollBack(writtenSet(set), flags, context));
}

function exportCommand(context: CommandContext): Command {
  const command = new Command("export")
    .argument("<set>", SET)
    .option("--out <file>", "where to; - for standard output (<set>-<version>.json)")
    .option("--without-ids", "leave its ids behind: what comes again is then learned again");
  return withModelsOptions(command)
    .summary("write a model set into a file")
    .description("Writes a model set into one JSON file, its learned ids with it.")
    .action((set: string, flags: ExportFlags) => exportModel(writtenSet(set), flags, context));
}

function importCommand(context: CommandContext): Command {
  const command = new Command("import")
    .argument("<file>", "of wadi models export")
    .option("--replace", "also where the set has learned already; what is there is kept, to go back to")
    .option("--without-ids", "leave its ids behind: what comes again is then learned again");
  return withModelsOptions(command)
    .summary("bring a model set out of a file")
    .description("Brings a model set out of a file: it comes into force when all of it is there.")
    .action((file: string, flags: ImportFlags) => importModel(file, flags, context));
}

/** A value may be given as it is, too: `flights/São Paulo`. */
function writtenSet(set: string): string {
  const slash = set.indexOf("/");
  if (slash < 0 || isSetName(set)) return set;
  const named = nameOfValue(set.slice(slash + 1));
  return "name" in named ? `${set.slice(0, slash)}/${named.name}` : set;
}

async function oneModel(admin: Admin, set: string, history: number): Promise<ModelSetDetail> {
  try {
    return await admin.model(set, { history });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw await unknownSet(admin, set, error);
  }
}
