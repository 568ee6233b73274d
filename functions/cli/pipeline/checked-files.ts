// What is wrong with pipeline files, for wadi pipeline check.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { type Env, readStepConfig } from "../../lib/config.ts";
import { asError } from "../../lib/errors.ts";
import { UsageError } from "../../lib/failure.ts";
import { MAX_FILE_BYTES } from "../../lib/pipeline/file/yaml.ts";
import { loadPipelines } from "../../lib/pipeline/load.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { warningsOf } from "../../lib/pipeline/warnings.ts";
import { checkStored } from "./stored-models.ts";

export interface CheckedFile {
  readonly file: string;
  readonly ok: boolean;
  /** The pipeline's. */
  readonly name?: string;
  /** In words, with position and cure. */
  readonly problem?: string;
  readonly pipeline?: Pipeline;
  /** What of a valid file will hardly do what its author means, each with its place and cure. */
  readonly warnings?: readonly string[];
}

/** @throws UsageError for a path that is not there. */
export function checkPipelines(paths: readonly string[]): readonly CheckedFile[] {
  const names = new Map<string, string>();
  return paths.flatMap(filesOf).map((file): CheckedFile => {
    if (!/\.yaml$/.test(file)) return { file, ok: false, problem: folderProblem(file) };
    const found = checkFile(file);
    const other = found.name === undefined ? undefined : names.get(found.name);
    if (found.name !== undefined) names.set(found.name, file);
    if (other === undefined || other === file) return found;
    return { file, ok: false, problem: `${file}: the name ${found.name} is also used by ${other}: rename one of them` };
  });
}

/** Compares the valid ones with the store. @throws UnavailableError where it cannot be reached. */
export async function withStored(
  checked: readonly CheckedFile[],
  env: Env,
  clock: Clock,
): Promise<readonly CheckedFile[]> {
  const { store, pipelineRevision } = readStepConfig(env);
  const pipelines = checked.flatMap(({ pipeline }) => (pipeline === undefined ? [] : [pipeline]));
  const stored = await checkStored({ store, pipelineRevision, pipelines, now: () => clock.now() });
  return checked.map((found): CheckedFile => {
    const { problem, warning } = stored.get(found.name ?? "") ?? {};
    if (!found.ok) return found;
    if (warning !== undefined) return { ...found, warnings: [...(found.warnings ?? []), warning] };
    return problem === undefined
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

function checkFile(file: string): CheckedFile {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) {
      return { file, ok: false, problem: `${file} has more than ${MAX_FILE_BYTES} bytes: split it` };
    }
    const pipeline = parsePipeline(readFileSync(file, "utf8"), file);
    return { file, ok: true, name: pipeline.name, pipeline, warnings: warningsOf(pipeline) };
  } catch (error) {
    return { file, ok: false, problem: asError(error).message };
  }
}
