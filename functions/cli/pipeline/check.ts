// wadi pipeline check: checks pipeline files and says what is wrong with them.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import type { Clock } from "../../lib/clock.ts";
import { type Env, readStepConfig } from "../../lib/config.ts";
import { asError } from "../../lib/errors.ts";
import { UsageError } from "../../lib/failure.ts";
import { plural } from "../../lib/figures.ts";
import { MAX_FILE_BYTES } from "../../lib/pipeline/file/yaml.ts";
import { loadPipelines } from "../../lib/pipeline/load.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { HOME, shown } from "../../lib/program.ts";
import type { CommandContext } from "../context.ts";
import { ExitCode } from "../terminal/exit.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { wrap } from "../terminal/wrap.ts";
import { checkStored } from "./stored-models.ts";

export interface CheckedFile {
  readonly file: string;
  readonly ok: boolean;
  /** The pipeline's. */
  readonly name?: string;
  /** In words, with position and cure. */
  readonly problem?: string;
}

const HELP = `
Examples:
  wadi pipeline check
  wadi pipeline check taxi.yaml other/pipelines
  WADI_STORE=redis://127.0.0.1:6379 wadi pipeline check --stored

--stored also compares the files with what the store (WADI_STORE) has learned, as a start would: it fails for a model that
changed without a new name, and for files older than those in use there (WADI_PIPELINE_REVISION). Nothing is written.

--json writes {ok, files: [{file, ok, name, problem}]}.

Exit codes: 0 all are valid; 1 one is not; 2 wrong use.`;

export function pipelineCheckCommand({ terminal: { out }, env, clock, exitWith }: CommandContext): Command {
  return new Command("check")
    .argument("[files...]", "pipeline files, or folders of them (helm/pipelines)")
    .summary("check pipeline files")
    .description("Checks the form and the meaning of pipeline files. Each problem names its position and its cure.")
    .option("--stored", "also check that they fit what the store (WADI_STORE) has learned")
    .option("--json", "the answer as JSON")
    .addHelpText("after", HELP)
    .action(async (paths: readonly string[], flags: { json?: boolean; stored?: boolean }) => {
      const sound = checkPipelines(paths.length === 0 ? [shown(join(HOME, "helm/pipelines"))] : paths);
      const checked = flags.stored === true ? await withStored(sound, env, clock) : sound;
      const ok = checked.every((one) => one.ok);
      if (flags.json === true) {
        writeJson(
          { ok, files: checked.map(({ file, ok: sound, name, problem }) => ({ file, ok: sound, name, problem })) },
          out,
        );
      } else writeLines(checkedLines(checked, out), out);
      exitWith(ok ? ExitCode.done : ExitCode.failed);
    });
}

interface Found extends CheckedFile {
  readonly pipeline?: Pipeline;
}

/** @throws UsageError for a path that is not there. */
function checkPipelines(paths: readonly string[]): readonly Found[] {
  const names = new Map<string, string>();
  return paths.flatMap(filesOf).map((file): Found => {
    if (!/\.yaml$/.test(file)) return { file, ok: false, problem: folderProblem(file) };
    const found = checkFile(file);
    const other = found.name === undefined ? undefined : names.get(found.name);
    if (found.name !== undefined) names.set(found.name, file);
    if (other === undefined || other === file) return found;
    return { file, ok: false, problem: `${file}: the name ${found.name} is also used by ${other}: rename one of them` };
  });
}

/** Compares the valid ones with the store. @throws UnavailableError where it cannot be reached. */
async function withStored(checked: readonly Found[], env: Env, clock: Clock): Promise<readonly Found[]> {
  const { store, pipelineRevision } = readStepConfig(env);
  const pipelines = checked.flatMap(({ pipeline }) => (pipeline === undefined ? [] : [pipeline]));
  const problems = await checkStored({ store, pipelineRevision, pipelines, now: () => clock.now() });
  return checked.map((found): Found => {
    const problem = problems.get(found.name ?? "");
    return problem === undefined || !found.ok
      ? found
      : { file: found.file, ok: false, name: found.name as string, problem: `${found.file}: ${problem}` };
  });
}

/** A folder without pipeline files is returned itself, so that its problem is reported. */
function filesOf(path: string): readonly string[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${asError(error).message}; give a pipeline file or a folder of them`, {
      cause: error,
    });
  }
  if (!isFolder) {
    if (path.endsWith(".yaml")) return [path];
    throw new UsageError(`${path} is not a pipeline file: their names end in .yaml`);
  }
  const names = readdirSync(path).filter((name) => !name.startsWith("."));
  const files = names.filter((name) => name.endsWith(".yaml")).sort();
  return files.length === 0 || names.some((name) => name.endsWith(".yml"))
    ? [path, ...files.map((name) => join(path, name))]
    : files.map((name) => join(path, name));
}

function folderProblem(folder: string): string {
  try {
    loadPipelines(folder);
    return `${folder} has no pipeline file`;
  } catch (error) {
    return asError(error).message;
  }
}

function checkFile(file: string): Found {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) {
      return { file, ok: false, problem: `${file} has more than ${MAX_FILE_BYTES} bytes: split it` };
    }
    const pipeline = parsePipeline(readFileSync(file, "utf8"), file);
    return { file, ok: true, name: pipeline.name, pipeline };
  } catch (error) {
    return { file, ok: false, problem: asError(error).message };
  }
}

function checkedLines(checked: readonly Found[], { palette, signs, room }: Output): readonly string[] {
  return checked.flatMap(({ file, problem, pipeline }) => {
    if (pipeline === undefined) return [`${palette.bad(signs.failed)} ${problem ?? file}`];
    const { name, featureOutputs, models, serve, best, targetField, sources } = pipeline;
    const topics = sources.map(({ topic, format }) => `${topic} (${format})`).join(", ");
    const servesText = best === undefined ? `${serve} serves` : `the best by ${best.best} serves, ${serve} first`;
    const what = `${palette.strong(name)} predicts ${targetField} from ${plural(featureOutputs.length, "feature")}, ${plural(Object.keys(models).length, "model")}, ${servesText}${topics === "" ? "" : `; reads the ${sources.length === 1 ? "topic" : "topics"} ${topics}`}`;
    return wrap(`${palette.good(signs.ok)} ${file}: ${what}`, room() - 2).map((line, i) =>
      i === 0 ? line : `  ${line}`,
    );
  });
}
