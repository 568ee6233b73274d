// The state of a model set, stored and open.

import type {
  ChampionChange,
  DriftFound,
  Explanation,
  Features,
  ModelRestart,
  Prediction,
  Served,
  Target,
} from "../events/vocabulary.ts";
import type { AlarmState } from "./alarm.ts";
import type { ModelState } from "./chain.ts";
import type { ChoiceState } from "./champion.ts";
import type { ConformalState, Radius } from "./conformal.ts";
import type { WatchState } from "./drift/watch.ts";
import type { State } from "./learner.ts";
import type { CalibrationState } from "./metrics/calibration.ts";
import type { ConfusionMatrix } from "./metrics/metric.ts";

export interface ModelSetState extends State {
  /** The pipeline revision it was written under. */
  readonly pipelineRevision: number;
  /** Examples learned. */
  readonly count: number;
  /** How many labels were scored on the prediction that was served. */
  readonly scoredOnServed: number;
  /** Labels that were scored and not learned, since their observation is an example of its own; absent for none. */
  readonly onlyScored?: number;
  /** The model that serves. A state of an earlier Wadi has none until it is carried over. */
  readonly champion: string;
  /** The model that was pinned by hand: it serves, whatever the file says, until the pin is released. */
  readonly pinned?: string;
  /** What the next choice follows from, where the file asks for the best model. */
  readonly choice?: ChoiceState;
  /** The drift detectors, where the file names any. */
  readonly watch?: WatchState;
  /** The model that began anew and is not better yet, see restart.ts. */
  readonly challenger?: ChallengerState;
  readonly models: Readonly<Record<string, OneModelState>>;
  /** The labels that were met, in that order; absent where truths are no labels. */
  readonly labels?: readonly string[];
}

export interface ChallengerState extends State {
  /** The model that it will replace. */
  readonly model: string;
  /** As of DriftFound: the drift that it began at. */
  readonly at: number;
  readonly learned: OneModelState;
  /** Of the two. */
  readonly choice: ChoiceState;
}

export interface OneModelState {
  /** Of its chain, features and target: with another digest it is another model. */
  readonly digest: string;
  /** Its digests before its features grew, or before that was taken back, the latest first; absent where they never did. */
  readonly earlier?: readonly string[];
  /** Examples since the model was added, but for those that were served before: as many as it could be scored on. */
  readonly n: number;
  readonly skipped: number;
  /** Examples with a feature that found no room in the state any more; absent for none. */
  readonly leftOut?: number;
  readonly chain: ModelState;
  readonly metrics: Readonly<Record<string, State>>;
  /** In a task that has alarms. */
  readonly alarm?: AlarmState;
  /** What its intervals are made from; absent where it has no scores yet, or the state is of an earlier Wadi. */
  readonly conformal?: ConformalState;
  /** How often its probabilities came true; absent where it has said none yet, or the state is of an earlier Wadi. */
  readonly calibration?: CalibrationState;
}

export interface Example {
  readonly x: Features;
  /** Absent where observations are learned as they come, and this one came without a label. */
  readonly y?: Target;
  readonly served?: Pick<Served, "generation" | "values"> & Partial<Served>;
  /** It is the late label of an observation that is an example of its own: scored, and not learned. */
  readonly onlyScored?: true;
}

export interface LabelledExample extends Example {
  readonly y: Target;
}

/** What became of a group of examples. */
export interface LearnedGroup {
  /** How many were scored on what was served. */
  readonly served: number;
  /** By model, where there are any: examples it skipped to stay finite. */
  readonly skipped: Readonly<Record<string, number>>;
  /** By model, where there are any: examples learned without a feature that found no room in the state. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** By example and model: the prediction that was scored; undefined for a model that was not there when it was served. */
  readonly scoredOn: readonly ReadonlyMap<string, Prediction | undefined>[];
  /** Where another model serves now; the last change, if there were several. */
  readonly champion?: ChampionChange;
  readonly drift: readonly DriftFound[];
  readonly restarted: readonly ModelRestart[];
  /** The example of the group after which it was. */
  readonly championAt?: number;
}

export interface OpenModelSet {
  /** As of the state, so far. */
  readonly count: number;
  readonly scoredOnServed: number;
  /** Those that cannot be learned, since their label would be one more than MAX_LABELS. Changes nothing. */
  pastLabels<E extends Example>(examples: readonly E[]): readonly E[];
  /** Predicts, scores and learns them in order. */
  learn(examples: readonly Example[], generation: string): LearnedGroup;
  /** The model that serves, as of the last example. */
  readonly champion: string;
  /** By model; a challenger by its own name. */
  predict(x: Features): Record<string, Prediction>;
  /** The last rise of the champion's error, while it stands. */
  readonly risen: DriftFound | undefined;
  /** How far from a model's prediction the truth is in a share `level` of all cases. */
  radius(model: string, x: Features, level: number): Radius;
  explain(model: string, x: Features): Explanation;
  /** By model and metric, as predict. */
  scores(): Record<string, Record<string, number>>;
  /** By model and metric, of the metrics that have one. */
  matrices(): Record<string, Record<string, ConfusionMatrix>>;
  close(pipelineRevision: number): ModelSetState;
}
