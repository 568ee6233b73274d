// What `emit` knows about a pipeline: from the Wadi that runs here, else from the pipeline files.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Admin } from "../../admin/admin.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { HOME } from "../../lib/program.ts";
import { findRunning } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";

export const PIPELINES_FOLDER = join(HOME, "helm/pipelines");

/** The Wadi that runs here, if it is the one that takes events at `ingress`. */
export async function adminBehind(ingress: string, context: CommandContext): Promise<Admin | undefined> {
  try {
    // An address from the environment may name another Wadi, so it is left out.
    const live = await findRunning({ ...context, env: {} }, { pipelines: "", values: "" });
    const here = live?.where.kind === "process" ? live.where.running?.ingress : undefined;
    return here && new URL(here).origin === new URL(ingress).origin ? live?.admin : undefined;
  } catch {
    return undefined;
  }
}

/** The field that the pipeline predicts; undefined if the pipeline is not known here. */
export async function targetOf(
  pipeline: string,
  ingress: string,
  context: CommandContext,
): Promise<string | undefined> {
  const admin = await adminBehind(ingress, context);
  const known = await admin?.pipelines().catch(() => undefined);
  const found = known?.items.find(({ name }) => name === pipeline);
  return found?.target ?? pipelineFile(pipeline)?.pipeline.targetField;
}

/** The pipeline's `event.subject`; undefined if it has none or is not known here. */
export async function subjectFieldOf(
  pipeline: string,
  ingress: string,
  context: CommandContext,
): Promise<string | undefined> {
  const admin = await adminBehind(ingress, context);
  const known = await admin?.pipelines().catch(() => undefined);
  const found = known?.items.find(({ name }) => name === pipeline);
  return found === undefined ? pipelineFile(pipeline)?.pipeline.subjectField : found.subject;
}

/** The pipeline as the Wadi that takes events has it, else as its file here says. */
export async function pipelineOf(
  name: string,
  ingress: string,
  context: CommandContext,
): Promise<Pipeline | undefined> {
  const admin = await adminBehind(ingress, context);
  const running = await admin?.pipeline(name).catch(() => undefined);
  return running === undefined ? pipelineFile(name)?.pipeline : parsePipeline(running.text, name);
}

export interface PipelineFile {
  readonly file: string;
  readonly pipeline: Pipeline;
}

/** The file that describes the pipeline of this name. */
function pipelineFile(name: string, folder = PIPELINES_FOLDER): PipelineFile | undefined {
  return pipelineFiles(folder).find(({ pipeline }) => pipeline.name === name);
}

/** Those that are not sound are passed over: `wadi pipeline check` says what is wrong with them. */
export function pipelineFiles(folder = PIPELINES_FOLDER): readonly PipelineFile[] {
  return filesOf(folder).flatMap((file) => {
    try {
      return [{ file, pipeline: parsePipeline(readFileSync(file, "utf8"), file) }];
    } catch {
      return [];
    }
  });
}

function filesOf(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(".yaml") && !name.startsWith("."));
    return names.map((name) => join(folder, name));
  } catch {
    return [];
  }
}
