// The door for callers who wait: the same model, by the same handler, as events get. Without an id nothing is recorded.

import { type FieldProblem, RejectedError } from "../lib/errors.ts";
import { choosePipeline, type Pipelines } from "../lib/pipeline/choice.ts";
import type { Decoded, Pipeline } from "../lib/pipeline/pipeline.ts";
import { answerOf, checkOutputs, type InferAnswer } from "./answer.ts";
import type { Predict, Recent } from "./handler.ts";
import { type Row, refused } from "./parameters.ts";
import type { Recorder } from "./recorder.ts";
import { type InferRequest, readRequest } from "./request.ts";

export interface InferDeps {
  readonly pipelines: Pipelines;
  readonly predict: Pick<Predict, "serveRecent">;
  readonly record: Recorder;
}

/**
 * Answers rows of raw fields with predictions: all of one model version, but for those that were recorded earlier.
 * `version`: the only one that may answer, as the path names it.
 */
export type Infer = (name: string, body: Buffer, version?: string) => Promise<InferAnswer>;

const MAX_PROBLEMS = 50;

export function createInfer({ pipelines, predict, record }: InferDeps): Infer {
  return async (name, body, version) => {
    const pipeline = choosePipeline(pipelines, name);
    const request = readRequest(body);
    const { id, rows, outputs } = request;
    checkOutputs(pipeline, outputs, id !== undefined);
    const decoded = decodeAll(pipeline, request);
    if (id !== undefined) {
      if (version !== undefined)
        throw refused("id", "what is stored under an id counts, whatever its version: ask without one");
      const subjects = rows.map((_, i) => (request.isBatch ? `${id}/${i}` : id));
      const identified = decoded.map((each, i) => {
        return { id: subjects[i] as string, data: rows[i] as Row, decoded: each };
      });
      const served = await record(pipeline, identified);
      return answerOf(pipeline, { served, stale: false }, outputs, id, subjects);
    }
    // Asked within one turn, so that one reading of the model serves all of them.
    const recent = await Promise.all(
      decoded.map((each) => predict.serveRecent(pipeline, pipeline.extract(each.record))),
    );
    const { served: first, stale } = recent[0] as Recent;
    checkVersion(pipeline, version, first.version);
    const served = recent.map((each) => each.served);
    return answerOf(pipeline, { served, stale }, outputs, undefined, undefined);
  };
}

/** A model that learns has one version that serves, the newest. @throws RejectedError `version`. */
export function checkVersion(pipeline: Pipeline, asked: string | undefined, current: number): void {
  if (asked === undefined || asked === String(current)) return;
  throw refused(
    "version",
    `${asked} of ${pipeline.name} does not serve, ${current} does: ask for it, or for none`,
    "version",
  );
}

/** Every row is checked before any is answered or recorded. @throws RejectedError `schema`, naming all fields at fault. */
function decodeAll(pipeline: Pipeline, { rows, isBatch, place }: InferRequest): readonly Decoded[] {
  const fields: FieldProblem[] = [];
  let first: RejectedError | undefined;
  const decoded = rows.map((row, i) => {
    const where = isBatch ? `${place}[${i}]` : place;
    try {
      return pipeline.decodeJson(row);
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      for (const { path, problem } of error.fields) fields.push({ path: placed(path, where), problem });
      first ??= new RejectedError(error.code, where === "" ? error.message : `${where}: ${error.message}`);
      return { record: {} };
    }
  });
  if (first === undefined) return decoded;
  throw new RejectedError(first.code, first.message, fields.slice(0, MAX_PROBLEMS), { cause: first });
}

/** `data.x` as `inputs[1].x`, and as `x` where the body is the record. */
function placed(path: string, where: string): string {
  const own = path.replace(/^data/, "");
  return where === "" ? own.replace(/^\./, "") : `${where}${own}`;
}
