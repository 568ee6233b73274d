// A stored state of a model set, read under a pipeline file: what goes on of it is checked, and upgraded where an earlier Wadi wrote it.

import { checkAlarm } from "./alarm.ts";
import { type BestSpec, checkChoice } from "./champion.ts";
import { checkConformal } from "./conformal.ts";
import { checkWatch, type DriftSpec } from "./drift/watch.ts";
import type { State } from "./learner.ts";
import { CALIBRATION_FORM, type CalibrationState } from "./metrics/calibration.ts";
import type { Metric } from "./metrics/metric.ts";
import type { ModelSetState, OneModelState } from "./model-set-state.ts";
import { isSameModel, type NamedModel } from "./open-model.ts";
import { checkChallenger } from "./restart.ts";
import {
  at,
  type Check,
  count,
  list,
  membersOf,
  object,
  optional,
  readState,
  type StateForm,
  text,
  unsound,
} from "./state-form.ts";
import { MAX_LABELS } from "./task.ts";

export class ChangedModelError extends Error {
  readonly models: readonly string[];
  constructor(models: readonly string[]) {
    super(`the models ${models.join(", ")} have changed since they began to learn`);
    this.name = "ChangedModelError";
    this.models = models;
  }
}

/** What of a pipeline file says what goes on. */
interface ReadUnder {
  readonly models: readonly NamedModel[];
  readonly metrics: readonly Metric[];
  readonly best: BestSpec | undefined;
  readonly drift: DriftSpec | undefined;
  readonly judge: BestSpec | undefined;
}

/** 2: it may be a base that has a tail. A Wadi that knows only whole states must leave it alone. */
export const MODEL_SET_SCHEMA = 2;

/** Labels are texts here, whatever the task. */
const labelsOfSet: Check = (value) => {
  list(text)(value);
  const labels = value as readonly string[];
  if (labels.length > MAX_LABELS) throw unsound("", `has ${labels.length} labels, and ${MAX_LABELS} is the most`);
};

const checkOne = object({
  digest: text,
  earlier: optional(list(text)),
  n: count,
  skipped: count,
  leftOut: optional(count),
  chain: membersOf,
  metrics: membersOf,
  alarm: optional(checkAlarm),
  conformal: optional(checkConformal),
  calibration: optional(membersOf),
});

const FORM: StateForm = {
  schema: MODEL_SET_SCHEMA,
  upgrades: { 1: (state) => state },
  check: object<ModelSetState>({
    pipelineRevision: count,
    count,
    scoredOnServed: count,
    onlyScored: optional(count),
    champion: optional(text),
    pinned: optional(text),
    choice: optional(membersOf),
    watch: optional(membersOf),
    challenger: optional(membersOf),
    models: membersOf,
    labels: optional(labelsOfSet),
  }),
};

/**
 * The state with those of its models that the file has, each of them sound. What the file does not have is of no concern.
 * @throws ChangedModelError where a model of the same name has another chain, features or target.
 * @throws UnsoundStateError where it is damaged: it says where.
 * @throws UnavailableError `superseded` where a newer Wadi wrote it.
 */
export function readModelSet(given: unknown, { models, metrics, best, drift, judge }: ReadUnder): ModelSetState {
  const state = readState<ModelSetState>(FORM, given);
  const known = models.filter(({ name }) => Object.hasOwn(state.models, name));
  for (const { name } of known) at(`models.${name}`, () => checkOne(state.models[name]));
  const changed = known.filter((named) => !isSameModel(named, state.models[named.name] as OneModelState));
  if (changed.length > 0) throw new ChangedModelError(changed.map(({ name }) => name));
  const sound = known.map((named) => {
    const old = state.models[named.name] as OneModelState;
    return [named.name, at(`models.${named.name}`, () => readOne(old, named, metrics))];
  });
  const { choice, watch, challenger } = state;
  if (best !== undefined && choice !== undefined) at("choice", () => checkChoice(best, choice));
  if (drift !== undefined && watch !== undefined) at("watch", () => checkWatch(drift, watch));
  const goesOn =
    judge !== undefined && challenger !== undefined
      ? {
          challenger: at("challenger", () =>
            checkChallenger(challenger, judge, models, (old, of) => readChallenger(old, of, metrics)),
          ),
        }
      : {};
  return { ...state, ...goesOn, models: Object.fromEntries(sound) };
}

function readChallenger(given: unknown, of: NamedModel, metrics: readonly Metric[]): OneModelState {
  checkOne(given);
  return readOne(given as OneModelState, of, metrics);
}

/** What a model has learned and its scores, as they go on. @throws UnsoundStateError */
function readOne(old: OneModelState, { model }: NamedModel, metrics: readonly Metric[]): OneModelState {
  const known = metrics.filter(({ name }) => Object.hasOwn(old.metrics, name));
  const states = known.map(({ name, form }) => {
    return [name, at(`metrics.${name}`, () => readState<State>(form, old.metrics[name]))];
  });
  const calibration =
    old.calibration && at("calibration", () => readState<CalibrationState>(CALIBRATION_FORM, old.calibration));
  return {
    ...{ ...old, chain: at("chain", () => model.read(old.chain)), metrics: Object.fromEntries(states) },
    ...(calibration && { calibration }),
  };
}
