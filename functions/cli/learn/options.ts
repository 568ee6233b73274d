// Reads and checks the options of `wadi learn`. Errors come before anything is read and name the cure.

import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isS3 } from "../../archive/delta/s3/place.ts";
import type { Days } from "../../archive/files.ts";
import type { LabelDelay, ReadPlan } from "../../feed/reader.ts";
import { parseRenames } from "../../feed/rows/column-names.ts";
import { UsageError } from "../../lib/failure.ts";
import { duration } from "../../lib/figures.ts";
import { tasks } from "../../lib/learners/task.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { readNames } from "../csv-dialect.ts";
import { labelDelay, wholeNumber } from "../option-values.ts";
import { columnOf, type FileFlags, type FileInput, OF_CSV, readFileInput, refuseFlags } from "../rows/file-input.ts";
import { findPipeline } from "./pipeline.ts";

/** As commander hands them over: texts as they were typed. */
export interface LearnFlags extends FileFlags {
  readonly pipeline?: string;
  readonly time?: string;
  readonly delay?: string;
  readonly every?: string;
  readonly predictions?: string;
  readonly plot?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly check?: boolean;
  readonly from?: string;
  readonly to?: string;
}

/** A Delta table of accepted events. */
export interface ArchiveInput {
  /** Its folder, or s3://bucket/prefix. */
  readonly path: string;
  readonly format: "archive";
  readonly days: Days;
}

export interface LearnPlan {
  readonly input: FileInput | ArchiveInput;
  readonly pipeline: Pipeline;
  readonly read: ReadPlan;
  /** As it was typed. */
  readonly delay?: string;
  /** Rows at most. */
  readonly limit: number;
  /** Rows from one checkpoint to the next; undefined: 100, 200, 500, 1,000 and so on. */
  readonly every?: number;
  /** `-` is standard output. */
  readonly predictions?: string;
  readonly plot?: string;
  readonly json: boolean;
  /** Whether the first row must fit. */
  readonly check: boolean;
  /** To be told before anything is read. */
  readonly notes: readonly string[];
}

/** @throws UsageError naming the option and the cure; ConfigurationError for a pipeline file that is wrong. */
export function readLearnOptions(
  file: string,
  flags: LearnFlags,
  env: Readonly<Record<string, string | undefined>>,
): LearnPlan {
  const { delay, predictions, plot, every, limit } = flags;
  const input = readInput(file, flags);
  if (flags.json === true && predictions === "-") {
    throw new UsageError("--json and --predictions - both write to standard output; leave one out");
  }
  const pipeline = findPipeline(flags.pipeline, env);
  const names = Object.keys(pipeline.models).filter((name) => name === "i" || name === "y");
  if (predictions !== undefined && names.length > 0) {
    throw new UsageError(`--predictions writes {i, y, <model>: ...}, and a model is called ${names[0]}; rename it`);
  }
  checkOutputs(file, { "--predictions": predictions === "-" ? undefined : predictions, "--plot": plot }, flags.force);
  if (delay !== undefined && tasks[pipeline.task].learns === "observations") {
    throw new UsageError(
      `--delay is for labels that are learned; an ${pipeline.task} task learns each observation as it comes`,
    );
  }
  const late = delay === undefined ? undefined : labelDelay("--delay", delay);
  return {
    input,
    pipeline,
    read: readPlanOf(pipeline, flags, late),
    ...(delay !== undefined && { delay }),
    limit: limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber("--limit", limit, 1),
    ...(every !== undefined && { every: wholeNumber("--every", every, 1) }),
    ...(predictions !== undefined && { predictions }),
    ...(plot !== undefined && { plot }),
    json: flags.json === true,
    // Among events that were accepted there may be some that were dead letters.
    check: flags.check !== false && input.format !== "archive",
    notes: late?.kind === "duration" ? horizonNote(pipeline, late.ms) : [],
  };
}

/** What only files have. */
const OF_FILES = ["format", ...OF_CSV, "omit", "rename", "time", "delay"] as const;

function readInput(path: string, flags: LearnFlags): FileInput | ArchiveInput {
  const { from, to } = flags;
  const isArchive = isS3(path) || (existsSync(path) && statSync(path).isDirectory());
  if (!isArchive) {
    refuseFlags(flags, ["from", "to"], `is for an archive, and ${path} is a file`);
    return readFileInput(path, flags);
  }
  refuseFlags(flags, OF_FILES, `is for files, and ${path} is an archive`);
  if (from !== undefined && to !== undefined && from > to) throw new UsageError(`--from ${from} is after --to ${to}`);
  return { path, format: "archive", days: { from, to } };
}

function readPlanOf(pipeline: Pipeline, flags: LearnFlags, delay: LabelDelay | undefined): ReadPlan {
  const { time, omit } = flags;
  if (time === "") throw new UsageError("--time is empty; give it a name or leave it out");
  const rename = flags.rename === undefined ? [] : parseRenames(flags.rename);
  const column = (name: string) => columnOf(name, rename);
  const timed = time ?? pipeline.timeField;
  if (delay !== undefined && delay.kind !== "rows" && timed === undefined) {
    throw new UsageError(
      `--delay ${flags.delay} counts from the event time, and the pipeline ${pipeline.name} has no event.time; add --time <column>`,
    );
  }
  const { subjectField, targetField = "" } = pipeline;
  return {
    ...(timed !== undefined && { time: column(timed) }),
    timeMayLack: time === undefined,
    ...(omit !== undefined && { omit: readNames(omit) }),
    ...(rename.length > 0 && { rename }),
    ...(delay !== undefined && {
      late: {
        target: column(targetField),
        delay: delay.kind === "column" ? { kind: "column", name: column(delay.name) } : delay,
        ...(subjectField !== undefined && { subject: column(subjectField) }),
      },
    }),
  };
}

function horizonNote({ name, labelHorizonMs }: Pipeline, ms: number): readonly string[] {
  if (ms <= labelHorizonMs) return [];
  return [
    `The labelHorizon of ${name} is ${duration(labelHorizonMs)}: deployed, it may refuse labels that come later than that.`,
  ];
}

/** Nothing is written over what is there, unless it is asked for. */
function checkOutputs(input: string, outputs: Readonly<Record<string, string | undefined>>, force = false): void {
  const paths = new Map([[resolve(input), input]]);
  for (const [flag, path] of Object.entries(outputs)) {
    if (path === undefined) continue;
    if (path === "") throw new UsageError(`${flag} is empty; name a file`);
    const other = paths.get(resolve(path));
    if (other !== undefined) throw new UsageError(`${flag}: ${path} is ${other} itself; name another file`);
    paths.set(resolve(path), path);
    if (!existsSync(dirname(path)))
      throw new UsageError(`${flag}: there is no folder ${dirname(path)}; create it first`);
    if (existsSync(path) && !force) {
      throw new UsageError(`${flag}: ${path} exists already; add --force to overwrite it, or choose another name`);
    }
  }
}
