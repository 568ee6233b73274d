// Synchronous predictions, by the same model and handler as for events. Nothing is recorded without an id.

import { type FieldProblem, RejectedError } from "../lib/errors.ts";
import type { Decoded, PredictionAsk } from "../lib/events/vocabulary.ts";
import { tasks } from "../lib/learners/task.ts";
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
 * Predicts rows of raw fields. One version answers all rows of a model set, except those that were recorded earlier.
 * `name`: a pipeline, or a model set, to which all rows must belong then. `version`: the only one that may answer.
 */
export type Infer = (name: string, request: InferRequest, version?: string) => Promise<InferAnswer>;

const MAX_PROBLEMS = 50;

export function createInfer({ pipelines, predict, record }: InferDeps): Infer {
  return async (name, request, version) => {
    const model = chooseModel(pipelines, name);
    const { pipeline } = model;
    const { id, rows, outputs, ask } = request;
    checkAsk(pipeline, ask);
    checkOutputs(pipeline, outputs, { hasId: id !== undefined, ask });
    const decoded = decodeAll(pipeline, request);
    const sets = decoded.map(({ record }) => pipeline.setOf(record));
    checkSets(model, sets, request);
    if (id !== undefined) {
      if (version !== undefined)
        throw refused("id", "what is stored under an id counts, whatever its version: ask without one");
      // Where the record names the observation, that is its id: a label could not know another.
      const subjects = decoded.map(({ subject }, i) => subject ?? (request.isBatch ? `${id}/${i}` : id));
      const identified = decoded.map((each, i) => {
        return { id: subjects[i] as string, data: rows[i] as Row, decoded: each };
      });
      const kept = await record(pipeline, identified, ask);
      return answerOf(pipeline, model.name, { served: kept, stale: false }, { wanted: outputs, ask, id, subjects });
    }
    // Asked within one turn, so that one reading of the model serves all of them.
    const recent = await Promise.all(
      decoded.map(({ record }, i) => predict.serveRecent(pipeline, sets[i] as string, pipeline.extract(record), ask)),
    );
    const served = recent.map(({ served: one }, i): ServedRow => ({ ...one, set: sets[i] as string }));
    checkVersion(model, version, (served[0] as ServedRow).version);
    const stale = recent.some((one) => one.stale);
    return answerOf(pipeline, model.name, { served, stale }, { wanted: outputs, ask });
  };
}

/** @throws RejectedError `request` for an interval where the task has none. */
function checkAsk({ task }: Pipeline, { interval }: PredictionAsk): void {
  if (interval === undefined || tasks[task].nonconformity !== undefined) return;
  throw refused("parameters.interval", `there are no intervals of ${task}; leave it out`);
}

/** Only the newest version of a model serves. @throws RejectedError `version` where another was asked for. */
export function checkVersion({ name, set }: NamedModel, asked: string | undefined, current: number): void {
  if (asked === undefined) return;
  if (set === undefined) {
    const cure = `has a model set for each value, each with versions of its own: ask for ${name}/<value>, or for no version`;
    throw refused("version", `${name} ${cure}`, "version");
  }
  if (asked === String(current)) return;
  throw refused("version", `${asked} of ${name} does not serve, ${current} does: ask for it, or for none`, "version");
}

/** @throws RejectedError `set` for a row that belongs to another set than the one in the path. */
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

/** Checks every row before any is answered or recorded. @throws RejectedError `schema`, with all wrong fields. */
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

/** The path in the body: `data.x` becomes `inputs[1].x`, or `x` where the body is the record. */
function inBody(path: string, where: string): string {
  const own = path.replace(/^data/, "");
  return where === "" ? own.replace(/^\./, "") : `${where}${own}`;
}
