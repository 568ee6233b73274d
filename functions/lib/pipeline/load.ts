// All pipelines of a folder.

import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { asError, ConfigurationError } from "../errors.ts";
import { MAX_FILE_BYTES } from "./file/yaml.ts";
import { parsePipeline } from "./parse.ts";
import type { Pipeline } from "./pipeline.ts";

/**
 * The pipelines of every *.yaml in `folder`, by name, in the order of the file names.
 * @throws ConfigurationError with what is wrong in any of the files, or with the folder.
 */
export function loadPipelines(folder: string): ReadonlyMap<string, Pipeline> {
  return collect(pipelineFiles(folder), readText);
}

/** The pipeline of one file. @throws ConfigurationError with what is wrong in it. */
export function loadPipeline(file: string): Pipeline {
  return parsePipeline(readText(file), file);
}

/** The same of files that were read elsewhere, as out of a ConfigMap. @throws ConfigurationError. */
export function readPipelines(
  texts: readonly { readonly file: string; readonly text: string }[],
): ReadonlyMap<string, Pipeline> {
  const byFile = new Map(texts.map(({ file, text }) => [file, text]));
  return collect([...byFile.keys()].sort(), (file) => byFile.get(file) ?? "");
}

function collect(files: readonly string[], read: (file: string) => string): ReadonlyMap<string, Pipeline> {
  const pipelines = new Map<string, Pipeline>();
  const problems: string[] = [];
  for (const file of files) {
    try {
      const pipeline = parsePipeline(read(file), file);
      const other = pipelines.get(pipeline.name);
      if (other)
        problems.push(`${file}: the name ${pipeline.name} is taken by ${other.file}: give one of them another name`);
      else pipelines.set(pipeline.name, pipeline);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems.join("\n"));
  return pipelines;
}

function pipelineFiles(folder: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .sort();
  } catch (error) {
    const message = `the pipeline folder ${folder} cannot be read (${asError(error).message}): make it, or name another`;
    throw new ConfigurationError(message, { cause: error });
  }
  const misnamed = names.filter((name) => name.endsWith(".yml"));
  if (misnamed.length > 0) {
    throw new ConfigurationError(
      `${misnamed.map((name) => join(folder, name)).join(", ")}: pipeline files end in .yaml; rename it`,
    );
  }
  const files = names.filter((name) => name.endsWith(".yaml")).map((name) => join(folder, name));
  if (files.length > 0) return files;
  throw new ConfigurationError(
    `the pipeline folder ${folder} has no *.yaml: copy helm/pipelines/line.yaml into it to begin`,
  );
}

function readText(file: string): string {
  try {
    const stat = statSync(file);
    // Reading a pipe or a device may never end.
    if (!stat.isFile()) throw new ConfigurationError(`${file} is no file: remove it, or give it another ending`);
    const { size } = stat;
    if (size > MAX_FILE_BYTES) {
      throw new ConfigurationError(
        `${file} has ${size} bytes, and ${MAX_FILE_BYTES} are the most: split it, or remove what it does not need`,
      );
    }
    const bytes = readFileSync(file);
    if (!isUtf8(bytes)) throw new ConfigurationError(`${file} is not UTF-8: save it as UTF-8`);
    return bytes.toString("utf8");
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`${file} cannot be read: ${asError(error).message}`, { cause: error });
  }
}
