// The message if the pipeline refuses the first row: what is wrong, and what to do.

import type { ExamplePlan } from "../../feed/examples.ts";
import type { FieldRecord } from "../../feed/rows/cells.ts";
import type { SpoiltInFile } from "../../feed/rows/csv-rows.ts";
import type { Event } from "../../lib/events/vocabulary.ts";
import { nearest } from "../../lib/nearest.ts";
import { shown } from "../../lib/program.ts";
import { misfitLines } from "../rows/misfit.ts";
import type { Rejection } from "./first-check.ts";
import { PIPELINES_FOLDER, pipelineFiles } from "./known-pipelines.ts";

export interface Rejected {
  readonly event: Event;
  readonly rejection: Rejection;
  readonly plan: ExamplePlan;
  /** Columns read as text because of a few cells. */
  readonly spoilt: readonly SpoiltInFile[];
}

/** Several lines. */
export function rejectedText(rejected: Rejected, folder = PIPELINES_FOLDER): string {
  const { rejection, plan } = rejected;
  if (rejection.code === "unknown-pipeline") return `nothing was sent: ${unknownPipeline(rejection, plan, folder)}`;
  const data = (rejected.event.data ?? {}) as FieldRecord;
  return [
    "nothing was sent, for the pipeline does not take the first row:",
    ...misfitLines({ data, rejection, plan, spoilt: rejected.spoilt }),
    "--no-check sends all the same: what is not taken becomes a dead letter",
  ].join("\n");
}

function unknownPipeline({ message }: Rejection, { pipeline }: ExamplePlan, folder: string): string {
  const said = message.replace("; there is: ", "\nthere is: ");
  if (pipeline === undefined) return `${said}\n--pipeline <name> says which`;
  const files = pipelineFiles(folder);
  const found = files.find((one) => one.pipeline.name === pipeline);
  if (found !== undefined) {
    return `${shown(found.file)} is there, but this Wadi started before it:\nstop it (Ctrl-C) and start it again`;
  }
  const running = /; there is: (.*)$/.exec(message)?.[1]?.split(", ") ?? [];
  const meant = nearest(pipeline, [...running, ...files.map((one) => one.pipeline.name)]);
  return `${said}${meant === undefined ? "\n--pipeline names another" : `\ndid you mean ${meant}?`}`;
}
