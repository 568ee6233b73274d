// wadi models: the model sets, their scores, and moving them.

import { Command } from "commander";
import type { Admin } from "../../admin/admin.ts";
import type { ModelSetDetail } from "../../admin/shapes/shapes.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { type AdminFlags, withModels, withModelsOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { wholeNumber } from "../option-values.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { clearCommand } from "./clear.ts";
import { type ExportFlags, exportModel } from "./export.ts";
import type { ImportFlags } from "./import.ts";
import { modelsListCommand } from "./list.ts";
import { SET, unknownSet, writtenSet } from "./names.ts";
import { type RollbackFlags, rollBack, showSnapshots } from "./rollback.ts";
import { serveCommand } from "./serve.ts";
import { modelSetLines } from "./view.ts";
import { weightsCommand } from "./weights.ts";

const HELP = `
Examples:
  wadi models list
  wadi models list flights/ --limit 20             those of a pipeline with modelPer
  wadi models list flights/ --sort worst           the worst first; --sort silent: who has not learned for long
  wadi models show flights
  wadi models show flights --history 1000 --json | jq '.history[0].metrics.linear'
  wadi models weights flights --limit 10           what its linear models add up, and how that moved
  wadi models snapshots flights                    the versions it can be rolled back to
  wadi models rollback flights --to 5500           roll it back; its present state is kept
  wadi models clear flights                        begin anew from zero; a rollback takes it back
  wadi models serve flights mean                   pin the model that serves; --auto releases the pin
  wadi models export flights --out flights.json
  wadi models import flights.json --redis redis://127.0.0.1:6379

A rollback makes a new version from the state of an old one, while Wadi goes on learning. Learned ids are kept, so forgotten
examples are not learned again. An export has the whole model set: models, scores, recent history and learned ids, without
which a redelivered example would be learned again; commits wait while the ids are read. Snapshots are not exported. An
import takes effect in one step, once all of it has arrived; what it replaces is kept, and can be rolled back to.

--json: list writes {items: [{set, pipeline, generation, version, count, champion, isBaseline, metrics, last}],
next}, show writes
{set, pipeline, generation, version, revision, count, scoredOnServed, learnedIds, stateBytes, champion, pinned,
models: [{name, serves, isBaseline, n, skipped, leftOut, metrics, coverage: {level, n, inside}, calibration: ten of {n, predicted,
observed}}], verdicts: by metric {text, better, value, baseline: {model, value}, isBetter}, drift: [{version, time, model, detector, at, change}], history:
[{version, time, count, metrics}]}, newest first.
weights writes {set, version, versions: [{version, time, count}], models: [{name, serves, unit, intercept, weights: [{feature,
class, now, before: [number or null for each of versions]}], others}]}.
snapshots writes {set, pipeline, generation, version, count, champion, items: [{version, time, kept, count, metrics, forgets}],
previous}, rollback {set, generation, version, count, replaced, forgotten, starting}, clear {set, generation, version, count, replaced}, serve {set, generation, version, champion, before, pinned}, export {file, set, generation, version,
count, learnedIds, bytes}, import {set, generation, version, count, learnedIds, replaced, starting, leaving}.

Exit codes: 0 done; 1 not found, not possible, or not confirmed; 2 wrong use; 130 interrupted.`;

const DEFAULT_HISTORY_AS_JSON = 200;
/** The API's own bound, and about what the store keeps. */
const WHOLE_HISTORY = 10_000;

export function modelsCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  const show = withModelsOptions(
    new Command("show")
      .argument("<set>", SET)
      .option(
        "--history <number>",
        `how many commits back (all that are kept; with --json ${DEFAULT_HISTORY_AS_JSON})`,
      ),
  )
    .summary("one model set: its models, their scores and history")
    .description("Shows one model set: every model with its scores, and how the champion's score developed.")
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
    .summary("model sets and their scores: list, show, roll back, clear, pin, move")
    .description("Model sets: what they have learned and how well, rolling them back, moving them.")
    .addHelpText("afterAll", HELP)
    .addCommand(modelsListCommand(context))
    .addCommand(show)
    .addCommand(weightsCommand(context))
    .addCommand(snapshotsCommand(context))
    .addCommand(rollbackCommand(context))
    .addCommand(clearCommand(context))
    .addCommand(serveCommand(context))
    .addCommand(exportCommand(context))
    .addCommand(importCommand(context));
}

function snapshotsCommand(context: CommandContext): Command {
  return withModelsOptions(new Command("snapshots").argument("<set>", SET))
    .summary("the versions a model set can be rolled back to")
    .description("Shows the versions a model set can be rolled back to, and how many examples that would forget.")
    .action((set: string, flags: AdminFlags) => showSnapshots(writtenSet(set), flags, context));
}

function rollbackCommand(context: CommandContext): Command {
  const command = new Command("rollback")
    .argument("<set>", SET)
    .option("--to <version>", "the version of a snapshot (wadi models snapshots <set>)")
    .option("--to-generation <name>", "the generation that was in force before, with its learned ids")
    .option("--yes", "do not ask for confirmation");
  return withModelsOptions(command)
    .summary("roll a model set back to an old state, as a new version")
    .description("Makes a new version of a model set from the state of a snapshot. What it replaces is kept.")
    .action((set: string, flags: RollbackFlags) => rollBack(writtenSet(set), flags, context));
}

function exportCommand(context: CommandContext): Command {
  const command = new Command("export")
    .argument("<set>", SET)
    .option("--out <file>", "the file to write; - is standard output (<set>-<version>.json)")
    .option("--without-ids", "without learned ids: redelivered examples are then learned again");
  return withModelsOptions(command)
    .summary("write a model set to a file")
    .description("Writes a model set to one JSON file, with its learned ids.")
    .action((set: string, flags: ExportFlags) => exportModel(writtenSet(set), flags, context));
}

function importCommand(context: CommandContext): Command {
  const command = new Command("import")
    .argument("<file>", "a file from wadi models export")
    .option("--replace", "even if the set has learned already; what it replaces is kept, to roll back to")
    .option("--without-ids", "without learned ids: redelivered examples are then learned again");
  return withModelsOptions(command)
    .summary("read a model set from a file")
    .description("Reads a model set from a file; it takes effect once all of it has arrived.")
    .action(async (file: string, flags: ImportFlags) => {
      const { importModel } = await import("./import.ts");
      return importModel(file, flags, context);
    });
}

async function oneModel(admin: Admin, set: string, history: number): Promise<ModelSetDetail> {
  try {
    return await admin.model(set, { history });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw await unknownSet(admin, set, error);
  }
}
