// The message if the pipeline refuses the first row: what is wrong, and what to do.

import type { ExamplePlan } from "../../feed/examples.ts";
import type { SpoiltInFile } from "../../feed/rows/csv-rows.ts";
import { parseEventTime } from "../../feed/rows/event-time.ts";
import type { Event } from "../../lib/events/vocabulary.ts";
import { nearest } from "../../lib/nearest.ts";
import { parseTimestamp } from "../../lib/pipeline/record/timestamp.ts";
import { pathText } from "../../lib/problems.ts";
import { shown } from "../../lib/program.ts";
import { typesWord } from "../csv-dialect.ts";
import { nameList, shellWord } from "../terminal/shell-words.ts";
import { wrap } from "../terminal/wrap.ts";
import type { Rejection } from "./first-check.ts";
import { PIPELINES_FOLDER, pipelineFiles } from "./known-pipelines.ts";

export interface Rejected {
  readonly event: Event;
  readonly rejection: Rejection;
  readonly plan: ExamplePlan;
  /** Columns read as text because of a few cells. */
  readonly spoilt: readonly SpoiltInFile[];
}

const COLUMNS = 75;

/** Several lines. */
export function rejectedText(rejected: Rejected, folder = PIPELINES_FOLDER): string {
  const { rejection, plan } = rejected;
  if (rejection.code === "unknown-pipeline") return `nothing was sent: ${unknownPipeline(rejection, plan, folder)}`;
  const problems = rejection.fields.flatMap(({ path, problem }) =>
    wrap(`${path} ${problem}`, COLUMNS).map((line, i) => `${i === 0 ? "  " : "    "}${line}`),
  );
  return [
    "nothing was sent, for the pipeline does not take the first row:",
    ...(problems.length === 0 ? [`  ${rejection.message}`] : problems),
    ...curesOf(rejected),
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

function curesOf({ event, rejection, plan, spoilt }: Rejected): readonly string[] {
  const data = (event.data ?? {}) as Readonly<Record<string, unknown>>;
  const columnOf = new Map((plan.rename ?? []).map(([column, field]) => [field, column]));
  const unknown: string[] = [];
  const cures: string[] = [];
  for (const [field, value] of Object.entries(data)) {
    const path = pathText(["data", field]);
    const problem = rejection.fields.find((one) => one.path === path)?.problem;
    if (problem === undefined) continue;
    const column = columnOf.get(field) ?? field;
    const spoiler = spoilt.find((one) => one.column === column);
    if (problem.startsWith("is not a field")) unknown.push(column);
    else if (spoiler !== undefined && typeof value === "string") cures.push(spoiltCure(spoiler));
    else if (isTimeWithoutZone(value) && problem.includes("a time") && plan.time === undefined) {
      cures.push(`--time ${shellWord(column)} takes it as UTC, and as the time of its event`);
    } else if (isTimeWithoutZone(value) && problem.includes("a time")) {
      cures.push(`only the column of --time may be without a zone: write ${column} as 2026-01-31T08:30:00Z`);
    }
  }
  if (unknown.length > 0) {
    cures.push(
      `--omit ${shellWord(nameList(unknown))} leaves ${unknown.length === 1 ? "it" : "them"} out`,
      "--rename <column>=<field> sends a column under another name",
    );
  }
  return cures;
}

function spoiltCure({ column, type, line, cell }: SpoiltInFile): string {
  return [
    `column ${column} is read as text because of line ${line} (${JSON.stringify(cell.slice(0, 40).toWellFormed())});`,
    `--types ${typesWord([[column, type]])} sends the others`,
  ].join("\n");
}

function isTimeWithoutZone(value: unknown): boolean {
  return typeof value === "string" && parseTimestamp(value) === undefined && parseEventTime(value) !== undefined;
}
