// Whether a state from outside is one that learners could have written. Learners open a state without checking each number, so
// a wrong value would be read as 0, or show only in a prediction.

import { isDeepStrictEqual } from "node:util";
import { RejectedError } from "../../lib/errors.ts";
import { type AlarmState, alarmProblem } from "../../lib/learners/alarm.ts";
import { createModel } from "../../lib/learners/chain.ts";
import type { ChoiceState } from "../../lib/learners/champion.ts";
import { conformalProblem } from "../../lib/learners/conformal.ts";
import { createDetector } from "../../lib/learners/drift/index.ts";
import type { State } from "../../lib/learners/learner.ts";
import { createModelSet, type ModelSet } from "../../lib/learners/model-set.ts";
import type { ModelSetState, OneModelState } from "../../lib/learners/model-set-state.ts";
import { readPart } from "../../lib/learners/named-part.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";

/** Members that count something, alone or in a list; lists of names. A fresh state has no other sign of what they are. */
const COUNTS = new Set(["n", "skipped", "leftOut", "counts", "since", "at", "width", "tick"]);
const NAMES = new Set(["names", "groups"]);
/** At the top of a learner's state; below it they are places among these. */
const LABELS = "labels";
const IN_METRICS = /^state\.models\.[^.]+\.metrics\./;

/** @param state one that fits the pipeline's file. @throws RejectedError that names the first wrong member. */
export function checkSound(pipeline: Pipeline, what: string, state: ModelSetState): void {
  const set = createModelSet(pipeline);
  const fresh = set.init(0);
  const carried = set.carryOver(state);
  const { onlyScored = 0 } = state;
  const known = Object.keys(fresh.models).filter((name) => Object.hasOwn(state.models, name));
  if (known.length === 0) {
    throw new RejectedError(
      "state",
      `${what} has none of the models of ${pipeline.file} (${Object.keys(fresh.models).join(", ")}): nothing that was ` +
        "learned would be taken over. Import what was learned under this file, or put that file here first",
    );
  }
  for (const name of known) {
    checkModel(what, `state.models.${name}`, fresh.models[name], carried.models[name], state);
  }
  if (fresh.choice !== undefined && state.choice !== undefined) {
    checkChoice(what, "state.choice", fresh.choice, carried.choice);
  }
  checkDrift(pipeline, what, fresh, carried);
  const { scoredOnServed, count } = state;
  if (scoredOnServed > count + onlyScored) {
    const problem = `is ${scoredOnServed}, and only ${count + onlyScored} examples were learned or scored`;
    throw unsound(what, "state.scoredOnServed", problem);
  }
  const closed = asUnsound(what, "state", () => reopened(set, carried));
  for (const name of known) {
    const [before, after] = [carried.models[name], closed.models[name]];
    if (before === undefined || after === undefined) continue;
    checkChain(pipeline, what, `state.models.${name}.chain`, name, before);
    checkSame(what, `state.models.${name}.metrics`, before.metrics, after.metrics);
    if (before.alarm) checkSame(what, `state.models.${name}.alarm`, before.alarm, after.alarm);
  }
}

function checkModel(
  what: string,
  path: string,
  fresh: OneModelState | undefined,
  given: OneModelState | undefined,
  { count, onlyScored = 0 }: Pick<ModelSetState, "count" | "onlyScored">,
): void {
  checkLike(what, path, "", fresh, given);
  const { n = 0, leftOut = 0, alarm, conformal } = given ?? {};
  const unlikely = conformal === undefined ? undefined : conformalProblem(conformal);
  if (unlikely !== undefined) throw unsound(what, `${path}.conformal`, unlikely);
  checkLike(what, `${path}.leftOut`, "leftOut", 0, leftOut);
  if (n > count) throw unsound(what, `${path}.n`, `is ${n}, and only ${count} examples were learned`);
  checkAlarm(what, `${path}.alarm`, alarm);
  for (const [metric, scores] of Object.entries(given?.metrics ?? {})) {
    const { n: scored = 0 } = scores as { readonly n?: number };
    const problem = `is ${scored}, and the model has only had ${n + onlyScored} examples`;
    if (scored > n + onlyScored) throw unsound(what, `${path}.metrics.${metric}.n`, problem);
  }
}

/** A threshold that no scores made would make alarms of all observations, or of none. */
function checkAlarm(what: string, path: string, alarm: AlarmState | undefined): void {
  if (alarm === undefined) return;
  const problem = alarmProblem(alarm);
  if (problem !== undefined) throw unsound(what, path, problem);
}

function checkChoice(what: string, path: string, fresh: ChoiceState, given: ChoiceState | undefined): void {
  checkLike(what, path, "choice", fresh, given);
  for (const [model, window] of Object.entries(given?.windows ?? {})) {
    const bytes = Buffer.from(window, "base64");
    if (bytes.length % Float64Array.BYTES_PER_ELEMENT === 0 && bytes.toString("base64") === window) continue;
    throw unsound(what, `${path}.windows.${model}`, "is no list of float64s in base64");
  }
}

/** Detectors, and the model that began anew. Other options, or another model, have let them begin anew when carried over. */
function checkDrift(pipeline: Pipeline, what: string, fresh: ModelSetState, carried: ModelSetState): void {
  const { watch, challenger } = carried;
  for (const part of pipeline.drift?.detectors ?? []) {
    const { name } = readPart(part);
    const path = `state.watch.detectors.${name}.state`;
    const given = watch?.detectors[name]?.state as State;
    checkLike(what, path, name, fresh.watch?.detectors[name]?.state, given);
    checkSame(
      what,
      path,
      given,
      asUnsound(what, path, () => createDetector(part).open(given).close()),
    );
  }
  if (watch?.risen !== undefined) {
    checkLike(what, "state.watch.risen", "risen", { model: "", detector: "", at: 0, change: "" }, watch.risen);
  }
  if (challenger === undefined) return;
  const { model, learned, choice } = challenger;
  checkLike(what, "state.challenger.at", "at", 0, challenger.at);
  checkModel(what, "state.challenger.learned", fresh.models[model], learned, carried);
  checkChoice(what, "state.challenger.choice", { ...choice, since: 0 }, choice);
  checkChain(pipeline, what, "state.challenger.learned.chain", model, learned);
}

function checkChain(pipeline: Pipeline, what: string, path: string, name: string, { chain }: OneModelState): void {
  const model = createModel(pipeline.models[name] ?? [], pipeline.context);
  // A set that has learned nothing hands out its models as they were.
  checkSame(
    what,
    path,
    chain,
    asUnsound(what, path, () => model.open(chain).close()),
  );
}

function reopened(set: ModelSet, state: ModelSetState): ModelSetState {
  const opened = set.open(state);
  opened.scores(); // windows are read only then
  return opened.close(0);
}

function asUnsound<T>(what: string, path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw unsound(what, path, `cannot be opened: ${error.message}`);
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
  else if (member === LABELS && IN_METRICS.test(path)) {
    // A metric keeps labels as numbers; null stands for all beyond those that a confusion matrix shows.
    const isLabel = given === null || typeof given === "string" || Number.isFinite(given);
    if (!isLabel) throw unsound(what, path, "must be a label, or the number of one");
  } else if (member === LABELS) {
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
