// wadi models: what has learned, and how well.

import { Command } from "commander";
import type { Admin } from "../dashboard/admin.ts";
import type { ModelSetDetail } from "../dashboard/shapes.ts";
import { NotFoundError } from "../lib/errors.ts";
import { isSetName, nameOfValue } from "../lib/pipeline/model-per.ts";
import { nearest } from "../lib/pipeline/nearest.ts";
import { type AdminFlags, withAdmin, withAdminOptions } from "./admin-access.ts";
import type { CommandContext } from "./context.ts";
import { FailedError } from "./exit.ts";
import { writeJson, writeLines } from "./json-answer.ts";
import { modelsListCommand } from "./models-list.ts";
import { modelSetLines } from "./models-view.ts";
import { wholeNumber } from "./option-values.ts";

const HELP = `
Examples:
  wadi models list
  wadi models list flights/ --limit 20                 of a pipeline with one for each value of a field
  wadi models show flights
  wadi models show flights --history 1000 --json | jq '.history[0].metrics.linear'

--json: list writes {items: [{set, pipeline, generation, version, count, champion, metrics}], next}, show writes
{set, pipeline, generation, version, revision, count, scoredOnServed, learnedIds, stateBytes, champion,
models: [{name, serves, n, skipped, metrics}], drift, history: [{version, time, count, metrics}]}, newest first.`;

/** Of those there are, so many are looked at for one that was meant. */
const KNOWN = 100;
const DEFAULT_HISTORY_AS_JSON = 200;
/** The API's own bound, and about what the store keeps. */
const WHOLE_HISTORY = 10_000;

export function modelsCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  const show = withAdminOptions(
    new Command("show")
      .argument("<set>", "the model set: the pipeline's name, with modelPer <pipeline>/<value>")
      .option("--history <number>", `commits back (all that are kept; with --json ${DEFAULT_HISTORY_AS_JSON})`),
  )
    .summary("one model set: its models, their scores, how they came about")
    .description("Shows one model set: every model with its scores, and how the champion's score came about.")
    .action((set: string, flags: AdminFlags & { history?: string }) => {
      const byDefault = flags.json === true ? DEFAULT_HISTORY_AS_JSON : WHOLE_HISTORY;
      const history =
        flags.history === undefined ? byDefault : wholeNumber("--history", flags.history, 0, WHOLE_HISTORY);
      return withAdmin(context, flags, async (admin) => {
        const detail = await oneModel(admin, writtenSet(set), history);
        if (flags.json === true) return writeJson(detail, out);
        const pipeline = (await admin.pipelines()).items.find(({ name }) => name === detail.pipeline);
        writeLines(modelSetLines(detail, pipeline?.labels.conflicts ?? 0, out), out);
      });
    });
  return new Command("models")
    .summary("what has learned, and how well: list, show")
    .description("What has learned, and how well.")
    .addHelpText("afterAll", HELP)
    .addCommand(modelsListCommand(context))
    .addCommand(show);
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
    const known = (await admin.models({ limit: KNOWN })).items.map((one) => one.set);
    const close = nearest(set, known);
    const cure =
      close !== undefined
        ? `did you mean ${JSON.stringify(close)}?`
        : known.length > 0
          ? `there is ${known.slice(0, 20).join(", ")}`
          : "none has learned yet; send examples: wadi emit --help";
    throw new FailedError(`no model set ${JSON.stringify(set)} has learned; ${cure}`, { cause: error });
  }
}
