// Whether a state from outside is one that learners could have written. Learners open a state without checking each number, so
// a wrong value would be read as 0, or show only in a prediction.

import { isDeepStrictEqual } from "node:util";
import { RejectedError } from "../../lib/errors.ts";
import { createModel } from "../../lib/learners/chain.ts";
import { conformalProblem } from "../../lib/learners/conformal.ts";
import { createModelSet, type ModelSet } from "../../lib/learners/model-set.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";

/** Members that count something, alone or in a list; lists of names. A fresh state has no other sign of what they are. */
const COUNTS = new Set(["n", "skipped", "leftOut", "counts", "since"]);
const NAMES = new Set(["names", "groups"]);
/** At the top of a learner's state; below it they are places among these. */
const LABELS = "labels";

/** @param state one that fits the pipeline's file. @throws RejectedError that names the first wrong member. */
export function checkSound(pipeline: Pipeline, what: string, state: ModelSetState): void {
  const set = createModelSet(pipeline);
  const fresh = set.init(0);
  const carried = set.carryOver(state);
  const known = Object.keys(fresh.models).filter((name) => Object.hasOwn(state.models, name));
  if (known.length === 0) {
    throw new RejectedError(
      "state",
      `${what} has none of the models of ${pipeline.file} (${Object.keys(fresh.models).join(", ")}): nothing that was ` +
        "learned would be taken over. Import what was learned under this file, or put that file here first",
    );
  }
  for (const name of known) {
    const path = `state.models.${name}`;
    checkLike(what, path, name, fresh.models[name], carried.models[name]);
    const { n = 0, leftOut = 0, conformal } = carried.models[name] ?? {};
    checkLike(what, `${path}.leftOut`, "leftOut", 0, leftOut);
    const problem = conformal === undefined ? undefined : conformalProblem(conformal);
    if (problem !== undefined) throw unsound(what, `${path}.conformal`, problem);
    if (n > state.count) throw unsound(what, `${path}.n`, `is ${n}, and only ${state.count} examples were learned`);
    for (const [metric, scores] of Object.entries(carried.models[name]?.metrics ?? {})) {
      const { n: scored = 0 } = scores as { readonly n?: number };
      const problem = `is ${scored}, and the model has only had ${n} examples`;
      if (scored > n) throw unsound(what, `${path}.metrics.${metric}.n`, problem);
    }
  }
  if (fresh.choice !== undefined && state.choice !== undefined) {
    const path = "state.choice";
    checkLike(what, path, "choice", fresh.choice, carried.choice);
    for (const [model, window] of Object.entries(carried.choice?.windows ?? {})) {
      const bytes = Buffer.from(window, "base64");
      if (bytes.length % Float64Array.BYTES_PER_ELEMENT === 0 && bytes.toString("base64") === window) continue;
      throw unsound(what, `${path}.windows.${model}`, "is no list of float64s in base64");
    }
  }
  const { scoredOnServed, count } = state;
  if (scoredOnServed > count) {
    const problem = `is ${scoredOnServed}, and only ${count} examples were learned`;
    throw unsound(what, "state.scoredOnServed", problem);
  }
  const closed = reopened(what, set, carried);
  for (const name of known) {
    const [before, after] = [carried.models[name], closed.models[name]];
    if (before === undefined || after === undefined) continue;
    // A set that has learned nothing hands out its models as they were.
    const chain = createModel(pipeline.models[name] ?? [], pipeline.context)
      .open(before.chain)
      .close();
    checkSame(what, `state.models.${name}.chain`, before.chain, chain);
    checkSame(what, `state.models.${name}.metrics`, before.metrics, after.metrics);
  }
}

function reopened(what: string, set: ModelSet, state: ModelSetState): ModelSetState {
  try {
    const opened = set.open(state);
    opened.scores(); // windows are read only then
    return opened.close(0);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw unsound(what, "state", `cannot be opened: ${error.message}`);
    }
    throw error;
  }
}

/** What was left out, cut off or filled up when it was opened shows when it is closed again. */
function checkSame(what: string, path: string, before: unknown, after: unknown): void {
  if (isDeepStrictEqual(before, JSON.parse(JSON.stringify(after)))) return;
  throw unsound(what, path, "is not what its own code writes of it: lists differ in length, or something is added");
}

/** @param fresh the value before anything is learned. */
function checkLike(what: string, path: string, member: string, fresh: unknown, given: unknown): void {
  if (Array.isArray(fresh)) {
    if (!Array.isArray(given)) throw unsound(what, path, "must be a list");
    for (const [i, one] of given.entries()) {
      const sample: unknown = fresh[i] ?? fresh[0];
      if (sample === undefined) checkElement(what, `${path}[${i}]`, member, one);
      else checkLike(what, `${path}[${i}]`, member, sample, one);
    }
    if (NAMES.has(member) && new Set(given).size < given.length) throw unsound(what, path, "has a name twice");
    return;
  }
  if (typeof fresh === "object" && fresh !== null) {
    if (typeof given !== "object" || given === null) throw unsound(what, path, "must be an object");
    for (const [key, value] of Object.entries(fresh)) {
      checkLike(what, `${path}.${key}`, key, value, (given as Record<string, unknown>)[key]);
    }
    return;
  }
  if (typeof given !== typeof fresh) throw unsound(what, path, `must be a ${typeof fresh}`);
  checkCount(what, path, member, given);
}

/**
 * Of a list that is empty in a fresh state: a number, a name, a label, or an object with members of its own, a leaf of a tree for
 * instance. Whether it is an object where one belongs shows when it is closed again.
 */
function checkElement(what: string, path: string, member: string, given: unknown): void {
  if (typeof given === "object" && given !== null) checkMembers(what, path, given);
  else if (member === LABELS) {
    if (typeof given !== "string" && typeof given !== "boolean") throw unsound(what, path, "must be a label");
  } else checkLike(what, path, member, NAMES.has(member) ? "" : 0, given);
}

/** Of an object of which a fresh state has no example. */
function checkMembers(what: string, path: string, given: object): void {
  for (const [key, value] of Object.entries(given)) {
    const at = Array.isArray(given) ? `${path}[${key}]` : `${path}.${key}`;
    if (Array.isArray(value) && NAMES.has(key)) checkLike(what, at, key, [], value);
    else if (typeof value === "object" && value !== null) checkMembers(what, at, value);
    else if (typeof value !== "boolean") checkLike(what, at, key, 0, value);
  }
}

function checkCount(what: string, path: string, member: string, given: unknown): void {
  if (COUNTS.has(member) && !(Number.isSafeInteger(given) && (given as number) >= 0)) {
    throw unsound(what, path, `is ${given}; it counts, so it must be a whole number from 0`);
  }
}

function unsound(what: string, path: string, problem: string): RejectedError {
  return new RejectedError("state", `${what} cannot be read by this Wadi: body.model.${path} ${problem}`);
}
