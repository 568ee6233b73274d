// wadi pipeline: pipeline files, checked and begun.

import { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { pipelineCheckCommand } from "./check.ts";
import { pipelineNewCommand } from "./new.ts";

const HELP = `
Examples:
  wadi pipeline check                                      all of helm/pipelines
  wadi pipeline new taxi --from trips.csv --target minutes`;

export function pipelineCommand(context: CommandContext): Command {
  return new Command("pipeline")
    .summary("pipeline files: check, new")
    .description("Pipeline files: check them, or begin one from a CSV file.")
    .addHelpText("after", HELP)
    .addCommand(pipelineCheckCommand(context))
    .addCommand(pipelineNewCommand(context));
}
