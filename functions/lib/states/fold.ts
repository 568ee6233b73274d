// The state that a base and its tail are, made by whoever has neither the pipeline's file nor what was open at its writer.

import { createModelSet, type ModelSet } from "../learners/model-set.ts";
import { unsound } from "../learners/state-form.ts";
import { parsePipeline } from "../pipeline/parse.ts";
import { baseText, type LearnedBy, readBase } from "./learned-by.ts";
import { learnTail } from "./tail.ts";

/** Entries that are learned in one go; then others have their turn. */
const AT_ONCE = 100;
/** Files that were read last: the same few are asked for again and again. */
const KEPT = 16;

const known = new Map<string, ModelSet>();

/**
 * JSON text of the state, with what it was learned by.
 * @throws UnsoundStateError where it is damaged: it says where.
 * @throws ConfigurationError where the file that it was learned by is not one of this Wadi.
 */
export async function foldState(base: string, tail: readonly string[]): Promise<string> {
  const { state, by } = readBase(base);
  if (by === undefined) throw unsound("learnedBy", "is missing, and there is a tail that was learned by it");
  const models = modelsOf(by);
  const open = models.open(models.carryOver(state));
  for (let i = 0; i < tail.length; i += AT_ONCE) {
    learnTail(open, tail.slice(i, i + AT_ONCE));
    await new Promise(setImmediate);
  }
  return baseText(open.close(state.pipelineRevision), by);
}

function modelsOf({ file, maxStateBytes }: LearnedBy): ModelSet {
  const key = `${maxStateBytes} ${file}`;
  const models =
    known.get(key) ?? createModelSet(parsePipeline(file, "the file that the model learned by"), maxStateBytes);
  known.delete(key);
  known.set(key, models);
  for (const oldest of known.keys()) {
    if (known.size <= KEPT) break;
    known.delete(oldest);
  }
  return models;
}
