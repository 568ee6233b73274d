// wadi pipeline check: checks pipeline files and says what is wrong with them.

import { join } from "node:path";
import { Command } from "commander";
import { plural } from "../../lib/figures.ts";
import { readPart } from "../../lib/learners/named-part.ts";
import { tasks } from "../../lib/learners/task.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { HOME, shown } from "../../lib/program.ts";
import { type AdminFlags, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { wrap } from "../terminal/wrap.ts";
import { type Compared, evolutionLines, levelOf } from "./evolution-view.ts";

const HELP = `
Examples:
  wadi pipeline check
  wadi pipeline check taxi.yaml other/pipelines
  WADI_STORE=redis://127.0.0.1:6379 wadi pipeline check --stored
  wadi pipeline check taxi.yaml --against deployed           the running Wadi's; with --cluster the cluster's
  wadi pipeline check taxi.yaml --against old/taxi.yaml --json

--stored also compares the files with what the store (WADI_STORE) has learned, as a start would: it fails for a model that
changed without a new name, and for files older than those in use there (WADI_PIPELINE_REVISION). Nothing is written.

--against compares each file with the deployed one of the same name, or with another file, field by field. Backward: what producers write
now is read under the new file; forward: what they write under the new schema can be read by the old one, so that the file can go back. It
fails where events would become dead letters, or a model's start is refused, and tells the cure. Events that name no schema (dataschema)
are read by the version that reads; --named says that all of yours name one. With
--stored it is the store that says whether the models can go on.

A warning is told where numbers of different sizes reach a learner that steps along a gradient, without a scaler before it. An indicator
that would be scaled to nothing is a problem.

--json writes {ok, files: [{file, ok, name, problem, warnings, evolution}]}; warnings are there where there are any, and with --against
evolution: {compatible: full, backward, forward or none, backward, unnamed, unnamedAvro,
forward, fields: [{field, before, now, was, default, backward,
forward}], schemas: [{version, change}], models: [{model, change}], problems: [{of, problem}]}.

Exit codes: 0 all are valid, with or without warnings; 1 one is not, or breaks what is under way; 2 wrong use.`;

interface CheckFlags extends AdminFlags {
  readonly stored?: boolean;
  readonly against?: string;
  readonly named?: boolean;
}

export function pipelineCheckCommand(context: CommandContext): Command {
  const { terminal, env, clock, exitWith } = context;
  const { out } = terminal;
  return withAdminOptions(
    new Command("check")
      .argument("[files...]", "pipeline files, or folders of them (helm/pipelines)")
      .option("--stored", "also check that they fit what the store (WADI_STORE) has learned")
      .option(
        "--against <what>",
        "deployed, a file or a folder: what the change means for producers, events and models",
      )
      .option("--named", "with --against: every event names its schema (dataschema)"),
  )
    .summary("check pipeline files")
    .description("Checks the form and the meaning of pipeline files. Each problem names its position and its cure.")
    .addHelpText("after", HELP)
    .action(async (paths: readonly string[], flags: CheckFlags) => {
      const { checkPipelines, withStored } = await import("./checked-files.ts");
      const sound = checkPipelines(paths.length === 0 ? [shown(join(HOME, "helm/pipelines"))] : paths);
      const fitting = flags.stored === true ? await withStored(sound, env, clock) : sound;
      const { against } = flags;
      const checked: readonly Compared[] =
        against === undefined
          ? fitting
          : await (await import("./against.ts")).withEarlier(fitting, { ...flags, against }, context);
      const ok = checked.every((one) => one.ok);
      if (flags.json === true) {
        writeJson(
          {
            ok,
            files: checked.map(({ file, ok: sound, name, problem, warnings = [], evolution }) => {
              return {
                ...{ file, ok: sound, name, problem, ...(warnings.length > 0 && { warnings }) },
                ...(evolution && { evolution: { compatible: levelOf(evolution), ...evolution } }),
              };
            }),
          },
          out,
        );
      } else writeLines(checkedLines(checked, flags, out), out);
      exitWith(ok ? ExitCode.done : ExitCode.failed);
    });
}

function driftText(drift: Pipeline["drift"]): string {
  if (drift === undefined) return "";
  const names = drift.detectors.map((part) => readPart(part).name).join(", ");
  return `; drift is told by ${names}${drift.onDrift === "restart" ? ", and a model begins anew" : ""}`;
}

function checkedLines(checked: readonly Compared[], flags: CheckFlags, output: Output): readonly string[] {
  const { palette, signs, room } = output;
  return checked.flatMap(({ file, ok, problem, pipeline, warnings = [], evolution }) => {
    if (pipeline === undefined) return [`${palette.bad(signs.failed)} ${problem ?? file}`];
    const { name, featureOutputs, models, serve, best, drift, task, targetField, sources } = pipeline;
    const topics = sources.map(({ topic, format }) => `${topic} (${format})`).join(", ");
    const servesText = best === undefined ? `${serve} serves` : `the best by ${best.best} serves, ${serve} first`;
    const does = tasks[task].learns === "labels" ? `predicts ${targetField}` : "tells what is unusual";
    const what = `${palette.strong(name)} ${does} from ${plural(featureOutputs.length, "feature")}, ${plural(Object.keys(models).length, "model")}, ${servesText}${driftText(drift)}${topics === "" ? "" : `; reads the ${sources.length === 1 ? "topic" : "topics"} ${topics}`}`;
    const indented = (text: string) => wrap(text, room() - 2).map((line, i) => (i === 0 ? line : `  ${line}`));
    return [
      ...indented(`${ok ? palette.good(signs.ok) : palette.bad(signs.failed)} ${file}: ${what}`),
      ...warnings.flatMap((warning) =>
        wrap(`${palette.warn("warning:")} ${warning}`, room() - 2).map((line) => `  ${line}`),
      ),
      ...(evolution === undefined ? [] : evolutionLines(evolution, flags, output)),
      ...(evolution === undefined && flags.against !== undefined ? [`  there is no earlier ${name}: it is new`] : []),
    ];
  });
}
