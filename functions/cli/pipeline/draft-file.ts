// Drafts a pipeline for a CSV file, checks the draft and writes it.

import { writeFileSync } from "node:fs";
import { readCsvFacts } from "../../feed/rows/csv-columns.ts";
import { asError } from "../../lib/errors.ts";
import { FailedError } from "../../lib/failure.ts";
import type { Task } from "../../lib/learners/task.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { warningsOf } from "../../lib/pipeline/warnings.ts";
import { type CsvFlags, readCsvFlags } from "../csv-dialect.ts";
import { ingressHere } from "../run/running.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { draftPipeline } from "./draft.ts";
import { emitWords, readAs } from "./emit-command.ts";
import { reportLines } from "./report.ts";
import { pipelineText } from "./text.ts";

export interface DraftRequest extends CsvFlags {
  readonly name: string;
  /** The CSV file. */
  readonly from: string;
  /** An anomaly task needs none. */
  readonly target?: string;
  readonly task?: Task;
  readonly time?: string;
  /** The pipeline file, and whether it may be written over. */
  readonly file: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** @throws FailedError with the cure. */
export async function draftFile(request: DraftRequest, out: Output): Promise<void> {
  const { name, from, target, task, time, file, force, json } = request;
  const given = readCsvFlags(from, request);
  const facts = await readCsvFacts(from, given);
  const draft = draftPipeline(facts, { name, ...(target && { target }), ...(task && { task }), ...(time && { time }) });
  const text = pipelineText(draft, from);
  const pipeline = check(text, file);
  write(file, text, force === true);
  const emit = emitWords({ draft, facts, given }, from);
  const { fields, omitted } = draft;
  const warnings = warningsOf(pipeline);
  const renamed = draft.emit.rename.map(([column, field]) => ({ column, field }));
  if (json === true) {
    return writeJson(
      {
        name,
        file,
        fields: fields.length,
        features: pipeline.featureOutputs.length,
        readAs: readAs(facts, draft),
        renamed,
        omitted,
        warnings,
        emit: emit.join(" "),
      },
      out,
    );
  }
  const runs = ingressHere() !== undefined;
  writeLines(reportLines({ draft, pipeline, warnings, facts, file, emit, runs }, out), out);
}

function check(text: string, file: string): Pipeline {
  try {
    return parsePipeline(text, file);
  } catch (error) {
    throw new FailedError(`the drafted pipeline is not valid, and nothing was written: ${asError(error).message}`, {
      cause: error,
    });
  }
}

function write(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    throw new FailedError(`cannot write ${file}: ${asError(error).message}; choose another path with --out`, {
      cause: error,
    });
  }
}
