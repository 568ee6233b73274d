// wadi pipeline: pipeline files, checked and begun.

import { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { pipelineCheckCommand } from "./check.ts";
import { pipelineNewCommand } from "./new.ts";
import { pipelineShowCommand } from "./show.ts";

const HELP = `
Examples:
  wadi pipeline check                                      all of helm/pipelines
  wadi pipeline new taxi --from trips.csv --target minutes
  wadi pipeline show flights                               a deployed one: its fields, its models`;

export function pipelineCommand(context: CommandContext): Command {
  return new Command("pipeline")
    .summary("pipelines: check, new, show")
    .description("Pipelines: check their files, begin one from a CSV file, or show one that is deployed.")
    .addHelpText("after", HELP)
    .addCommand(pipelineCheckCommand(context))
    .addCommand(pipelineNewCommand(context))
    .addCommand(pipelineShowCommand(context));
}
