// The pipeline that learns: a file, or the name of one among the pipeline files.

import { existsSync } from "node:fs";
import { UsageError } from "../../lib/failure.ts";
import { suggestion } from "../../lib/nearest.ts";
import { loadPipeline } from "../../lib/pipeline/load.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { programName, shown } from "../../lib/program.ts";
import { PIPELINES_FOLDER, pipelineFiles } from "../emit/known-pipelines.ts";

/** @throws UsageError where there is none of that name; ConfigurationError for a file that is wrong. */
export function findPipeline(given: string | undefined, env: Readonly<Record<string, string | undefined>>): Pipeline {
  const folder = env["WADI_PIPELINES"] || PIPELINES_FOLDER;
  const names = () => pipelineFiles(folder).map(({ pipeline }) => pipeline.name);
  if (given === undefined || given === "") {
    throw new UsageError(`which pipeline? add --pipeline <name>, of ${names().join(", ")}, or --pipeline <file.yaml>`);
  }
  if (/[./\\]/.test(given)) {
    if (existsSync(given)) return loadPipeline(given);
    throw new UsageError(`--pipeline: there is no file ${given}`);
  }
  const found = pipelineFiles(folder).find(({ pipeline }) => pipeline.name === given);
  if (found !== undefined) return found.pipeline;
  throw new UsageError(
    `--pipeline: ${shown(folder)} has no sound pipeline ${given}${suggestion(given, names())}; ` +
      `name its file, or see what is wrong with it: ${programName()} pipeline check`,
  );
}
