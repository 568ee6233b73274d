// wadi pipeline check: checks pipeline files and says what is wrong with them.

import { join } from "node:path";
import { Command } from "commander";
import { plural } from "../../lib/figures.ts";
import { readPart } from "../../lib/learners/named-part.ts";
import { tasks } from "../../lib/learners/task.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { HOME, shown } from "../../lib/program.ts";
import type { CommandContext } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { wrap } from "../terminal/wrap.ts";
import type { CheckedFile } from "./checked-files.ts";

const HELP = `
Examples:
  wadi pipeline check
  wadi pipeline check taxi.yaml other/pipelines
  WADI_STORE=redis://127.0.0.1:6379 wadi pipeline check --stored

--stored also compares the files with what the store (WADI_STORE) has learned, as a start would: it fails for a model that
changed without a new name, and for files older than those in use there (WADI_PIPELINE_REVISION). Nothing is written.

A warning is told where numbers of different sizes reach a learner that steps along a gradient, without a scaler before it. An indicator
that would be scaled to nothing is a problem.

--json writes {ok, files: [{file, ok, name, problem, warnings}]}; warnings are there where there are any.

Exit codes: 0 all are valid, with or without warnings; 1 one is not; 2 wrong use.`;

export function pipelineCheckCommand({ terminal: { out }, env, clock, exitWith }: CommandContext): Command {
  return new Command("check")
    .argument("[files...]", "pipeline files, or folders of them (helm/pipelines)")
    .summary("check pipeline files")
    .description("Checks the form and the meaning of pipeline files. Each problem names its position and its cure.")
    .option("--stored", "also check that they fit what the store (WADI_STORE) has learned")
    .option("--json", "the answer as JSON")
    .addHelpText("after", HELP)
    .action(async (paths: readonly string[], flags: { json?: boolean; stored?: boolean }) => {
      const { checkPipelines, withStored } = await import("./checked-files.ts");
      const sound = checkPipelines(paths.length === 0 ? [shown(join(HOME, "helm/pipelines"))] : paths);
      const checked = flags.stored === true ? await withStored(sound, env, clock) : sound;
      const ok = checked.every((one) => one.ok);
      if (flags.json === true) {
        writeJson(
          {
            ok,
            files: checked.map(({ file, ok: sound, name, problem, warnings = [] }) => {
              return { file, ok: sound, name, problem, ...(warnings.length > 0 && { warnings }) };
            }),
          },
          out,
        );
      } else writeLines(checkedLines(checked, out), out);
      exitWith(ok ? ExitCode.done : ExitCode.failed);
    });
}

function driftText(drift: Pipeline["drift"]): string {
  if (drift === undefined) return "";
  const names = drift.detectors.map((part) => readPart(part).name).join(", ");
  return `; drift is told by ${names}${drift.onDrift === "restart" ? ", and a model begins anew" : ""}`;
}

function checkedLines(checked: readonly CheckedFile[], { palette, signs, room }: Output): readonly string[] {
  return checked.flatMap(({ file, problem, pipeline, warnings = [] }) => {
    if (pipeline === undefined) return [`${palette.bad(signs.failed)} ${problem ?? file}`];
    const { name, featureOutputs, models, serve, best, drift, task, targetField, sources } = pipeline;
    const topics = sources.map(({ topic, format }) => `${topic} (${format})`).join(", ");
    const servesText = best === undefined ? `${serve} serves` : `the best by ${best.best} serves, ${serve} first`;
    const does = tasks[task].learns === "labels" ? `predicts ${targetField}` : "tells what is unusual";
    const what = `${palette.strong(name)} ${does} from ${plural(featureOutputs.length, "feature")}, ${plural(Object.keys(models).length, "model")}, ${servesText}${driftText(drift)}${topics === "" ? "" : `; reads the ${sources.length === 1 ? "topic" : "topics"} ${topics}`}`;
    const indented = (text: string) => wrap(text, room() - 2).map((line, i) => (i === 0 ? line : `  ${line}`));
    return [
      ...indented(`${palette.good(signs.ok)} ${file}: ${what}`),
      ...warnings.flatMap((warning) =>
        wrap(`${palette.warn("warning:")} ${warning}`, room() - 2).map((line) => `  ${line}`),
      ),
    ];
  });
}
