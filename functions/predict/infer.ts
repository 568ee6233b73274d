// The door for callers who wait: the same model, by the same handler, as events get. Without an id nothing is recorded.

import { type FieldProblem, RejectedError } from "../lib/errors.ts";
import type { Decoded } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { answerOf, checkOutputs, type InferAnswer, type ServedRow } from "./answer.ts";
import type { Predict } from "./handler.ts";
import { chooseModel, type NamedModel } from "./named-model.ts";
import { type Row, refused } from "./parameters.ts";
import type { Recorder } from "./recorder.ts";
import type { InferRequest } from "./request.ts";

export interface InferDeps {
  readonly pipelines: Pipelines;
  readonly predict: Pick<Predict, "serveRecent">;
  readonly record: Recorder;
}

/**
 * Answers rows of raw fields with predictions: those of one model set all of one version, but for those that were recorded
 * earlier. `name` is a pipeline, or a model set, and then all rows must be of it; `version` the only one that may answer.
 */
export type Infer = (name: string, request: InferRequest, version?: string) => Promise<InferAnswer>;

const MAX_PROBLEMS = 50;

export function createInfer({ pipelines, predict, record }: InferDeps): Infer {
  return async (name, request, version) => {
    const model = chooseModel(pipelines, name);
    const { pipeline } = model;
    const { id, rows, outputs } = request;
    checkOutputs(pipeline, outputs, id !== undefined);
    const decoded = decodeAll(pipeline, request);
    const sets = decoded.map(({ record }) => pipeline.setOf(record));
    checkSets(model, sets, request);
    if (id !== undefined) {
      if (version !== undefined)
        throw refused("id", "what is stored under an id counts, whatever its version: ask without one");
      // Where the body names the observation, that is its id: another name for it would be of no use to a label.
      const subjects = decoded.map(({ subject }, i) => subject ?? (request.isBatch ? `${id}/${i}` : id));
      const identified = decoded.map((each, i) => {
        return { id: subjects[i] as string, data: rows[i] as Row, decoded: each };
      });
      const kept = await record(pipeline, identified);
      return answerOf(pipeline, model.name, { served: kept, stale: false }, { wanted: outputs, id, subjects });
    }
    // Asked within one turn, so that one reading of the model serves all of them.
    const recent = await Promise.all(
      decoded.map(({ record }, i) => predict.serveRecent(pipeline, sets[i] as string, pipeline.extract(record))),
    );
    const served = recent.map(({ served: one }, i): ServedRow => ({ ...one, set: sets[i] as string }));
    checkVersion(model, version, (served[0] as ServedRow).version);
    const stale = recent.some((one) => one.stale);
    return answerOf(pipeline, model.name, { served, stale }, { wanted: outputs });
  };
}

/** A model that learns has one version that serves, the newest. @throws RejectedError `version`. */
export function checkVersion({ name, set }: NamedModel, asked: string | undefined, current: number): void {
  if (asked === undefined) return;
  if (set === undefined) {
    const cure = `has a model set for each value, each with versions of its own: ask for ${name}/<value>, or for no version`;
    throw refused("version", `${name} ${cure}`, "version");
  }
  if (asked === String(current)) return;
  throw refused("version", `${asked} of ${name} does not serve, ${current} does: ask for it, or for none`, "version");
}

/** @throws RejectedError `set` for a row of another set than the path names. */
function checkSets({ pipeline, set }: NamedModel, sets: readonly string[], { isBatch, path }: InferRequest): void {
  const field = pipeline.modelPer?.field;
  if (set === undefined || field === undefined) return;
  for (const [i, other] of sets.entries()) {
    if (other === set) continue;
    throw refused(
      inBody(`data.${field}`, isBatch ? `${path}[${i}]` : path),
      `is that of ${other}, and ${set} was asked: ask ${pipeline.name}, which takes rows of all`,
      "set",
    );
  }
}

/** Every row is checked before any is answered or recorded. @throws RejectedError `schema`, naming all fields at fault. */
function decodeAll(pipeline: Pipeline, { rows, isBatch, path }: InferRequest): readonly Decoded[] {
  const fields: FieldProblem[] = [];
  let first: RejectedError | undefined;
  const decoded = rows.map((row, i) => {
    const where = isBatch ? `${path}[${i}]` : path;
    try {
      return pipeline.decodeJson(row);
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      for (const field of error.fields) fields.push({ ...field, path: inBody(field.path, where) });
      first ??= new RejectedError(error.code, where === "" ? error.message : `${where}: ${error.message}`);
      return { record: {} };
    }
  });
  if (first === undefined) return decoded;
  throw new RejectedError(first.code, first.message, fields.slice(0, MAX_PROBLEMS), { cause: first });
}

/** `data.x` as `inputs[1].x`, and as `x` where the body is the record. */
function inBody(path: string, where: string): string {
  const own = path.replace(/^data/, "");
  return where === "" ? own.replace(/^\./, "") : `${where}${own}`;
}
