// A model that begins anew where its error has risen, for `onDrift: restart`. While it learns it is the challenger of its model,
// on the same examples, and the old one goes on as before.
//
//   R1  It is called <model>@<examples>, after how many examples were learned at the drift. Under that name its predictions are
//       served and scored, so it is compared on what both answered at the same time (M2, H2).
//   R2  It replaces the model under its name once it is better by the rules H2 to H4 of champion.ts: by those of `serve: best`
//       where the file has them, else by the metric of the task. Weights and window of the choice are then the challenger's; counts
//       and scores go on, since they are of what was served under the name.
//   R3  There is one at most. At a further rise a new one takes its place if it has been compared on `after` examples or is of
//       another model; a younger one has barely begun, and stays.
//   R4  It begins, wins and ends by the state and the examples alone, so a replay restarts alike.

import type { ModelRestart, Prediction, Target } from "../events/vocabulary.ts";
import { type BestSpec, checkChoice, choiceState, type OpenChoice, openChoice, readBest } from "./champion.ts";
import type { DriftSpec } from "./drift/watch.ts";
import type { Metric } from "./metrics/metric.ts";
import type { ChallengerState, OneModelState } from "./model-set-state.ts";
import { carriedOne, closeOne, freshOne, isSameModel, type NamedModel, type OpenOne, openOne } from "./open-model.ts";
import { at, count, membersOf, object, text } from "./state-form.ts";
import { tasks } from "./task.ts";

/** The fewest examples that a new model is compared on where the file names the model that serves. */
const AFTER = 100;

/** How a challenger is judged; undefined where none begins. */
export function judgeOf(drift: DriftSpec | undefined, best: BestSpec | undefined): BestSpec | undefined {
  if (drift?.onDrift !== "restart") return undefined;
  const { threshold, task } = drift.target;
  const { judge } = tasks[task].watched;
  return (
    best ??
    (judge === undefined
      ? undefined
      : { ...readBest({ best: judge }), after: AFTER, ...(threshold !== undefined && { threshold }) })
  );
}

export function challengerName(model: string, at: number): string {
  return `${model}@${at}`;
}

export interface Challenger {
  readonly one: OpenOne;
  readonly model: string;
  /** R3. */
  readonly isYoung: boolean;
  /** Takes the predictions of both on one example. Returns what happened where the challenger has won. */
  take(y: Target, old: Prediction, own: Prediction): ModelRestart | undefined;
  /** For the choice of the champion. */
  window(): string;
  close(): ChallengerState;
}

export function beginChallenger(of: NamedModel, at: number, judge: BestSpec, metrics: readonly Metric[]): Challenger {
  return openChallenger(of, startOf(of, at, judge, freshOne(of, metrics)), judge, metrics);
}

function startOf({ name }: NamedModel, at: number, judge: BestSpec, learned: OneModelState): ChallengerState {
  return { schema: 1, model: name, at, learned, choice: choiceState(judge, [name, challengerName(name, at)]) };
}

/** A stored one, where it goes on. @param read what the model has learned. @throws UnsoundStateError */
export function checkChallenger(
  given: ChallengerState,
  judge: BestSpec,
  models: readonly NamedModel[],
  read: (learned: unknown, of: NamedModel) => OneModelState,
): ChallengerState {
  if (given.schema !== 1) return given;
  checkMembers(given);
  const of = models.find((one) => one.name === given.model && isSameModel(one, given.learned));
  if (of === undefined) return given;
  at("choice", () => checkChoice(judge, given.choice));
  return { ...given, learned: at("learned", () => read(given.learned, of)) };
}

const checkMembers = object({ model: text, at: count, learned: membersOf, choice: membersOf });

/** What goes on of an earlier state under this file. A window of another metric begins anew; what was learned stays. */
export function carryChallenger(
  state: ChallengerState | undefined,
  models: readonly NamedModel[],
  judge: BestSpec | undefined,
  metrics: readonly Metric[],
): ChallengerState | undefined {
  if (state?.schema !== 1 || judge === undefined) return undefined;
  const { model, at, learned, choice } = state;
  const of = models.find((one) => one.name === model && isSameModel(one, learned));
  if (of === undefined) return undefined;
  const names = [model, challengerName(model, at)];
  return { ...state, learned: carriedOne(of, learned, metrics), choice: choiceState(judge, names, choice) };
}

export function openChallenger(
  of: NamedModel,
  state: ChallengerState,
  judge: BestSpec,
  metrics: readonly Metric[],
): Challenger {
  const { at, learned } = state;
  const { name: model } = of;
  const name = challengerName(model, at);
  const one = openOne({ ...of, name }, learned, metrics);
  const choice: OpenChoice = openChoice(judge, model, state.choice);
  return {
    one,
    model,
    get isYoung() {
      return one.n < judge.after;
    },
    take(y, old, own) {
      const won = choice.take(y, (which) => (which === name ? own : old));
      return won && { model, challenger: name, at, why: won.why };
    },
    window: () => choice.windowOf(name),
    close: () => ({ schema: 1, model, at, learned: closeOne(one), choice: choice.close() }),
  };
}
