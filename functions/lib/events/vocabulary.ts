// Read this first: every event of Wadi, in the order in which they flow.
//
//   client ─▶ observation, label ─▶ validate ─▶ *.validated ─▶ featurize ─▶ features.extracted ─▶ predict, learn
//                                                                └───────▶ example.labelled ───▶ learn
//
// A source topic also brings observations and labels, and a `record` for each message of it that could not be read.
//
// One event in, at most one event out. A payload is parsed at the door of a step (payload.ts) and typed ever after.

import type { CloudEventV1 } from "cloudevents";

export type Event<T = unknown> = CloudEventV1<T>;

export const EventType = {
  /** From a client: a record of the pipeline's schema, its target among the fields or not. */
  observation: "dev.wadi.observation",
  /** From a client: `{ "<target>": value }`; `subject` names the observation. */
  label: "dev.wadi.label",
  /** From a source topic: a whole record that could not be read; `validate` reads it again or says why it cannot. */
  record: "dev.wadi.record",
  /** validate → featurize: the decoded record. */
  observationValidated: "dev.wadi.observation.validated",
  /** validate → featurize: `{ y }`. */
  labelValidated: "dev.wadi.label.validated",
  /**
   * featurize → predict; learn takes it too when the extension `labelled` is "true": its truth is known, or its task learns
   * observations as they come. (Under another name, a Trigger of an earlier Wadi would drop it.)
   */
  featuresExtracted: "dev.wadi.features.extracted",
  /** featurize → learn: a late label joined to the features that were used. */
  exampleLabelled: "dev.wadi.example.labelled",
  /** predict → anyone. */
  predictionMade: "dev.wadi.prediction.made",
  /** learn → anyone; at most one a commit, and nothing may depend on it. */
  modelUpdated: "dev.wadi.model.updated",
} as const;

const INTERNAL: ReadonlySet<string> = new Set(
  Object.values(EventType).filter((type) => type !== EventType.observation && type !== EventType.label),
);

/** What steps derive of other events. All else came from outside. */
export const DERIVED_TYPES: readonly string[] = [...INTERNAL].filter((type) => type !== EventType.record);

/** Whether a client may send this type. Types that are not Wadi's are taken, and no step receives them. */
export function isOfClient(type: string): boolean {
  return !INTERNAL.has(type);
}

/** The steps, in the order in which an event meets them. */
export const STEPS = ["validate", "featurize", "predict", "learn"] as const;
export type StepName = (typeof STEPS)[number];

/** Regression: a finite number. Binary: a boolean. Multiclass: the label. */
export type Target = number | boolean | string;

/** Named features. A string may only reach a transformer that takes text; an absent feature has no key. */
export type Features = Readonly<Record<string, number | string>>;

/**
 * Regression: the value. Binary: P(true). Multiclass: P by label. Anomaly: `score` and, once there is one, the `threshold` at which
 * scores are alarms. `null`: nothing was learned yet.
 */
export type Prediction = number | Readonly<Record<string, number>> | null;

/** Regression: a range. Classification: the classes that are likely enough, the likeliest first; it may be none. */
export type Region =
  | { readonly lower: number; readonly upper: number }
  | { readonly classes: readonly (boolean | string)[] };

/** Where the truth is, in a share `level` of all cases; `none`: why nothing can be told. */
export type Interval = { readonly level: number } & (Region | { readonly none: string });

/** What a feature, as the chain has made it, adds to a sum. */
export interface Contribution {
  readonly feature: string;
  readonly value: number;
  readonly contribution: number;
}

/** `total` is `intercept` and all contributions. `others`: the sum of those that are not among the greatest, or are 0. */
export interface ExplainedSum {
  readonly total: number;
  readonly intercept: number;
  readonly contributions: readonly Contribution[];
  readonly others?: { readonly features: number; readonly contribution: number };
}

/** A test on the way through a tree. `value` is null where the feature was absent; then it went where more examples are. */
export interface PathTest {
  readonly feature: string;
  readonly threshold: number;
  readonly value: number | null;
  readonly went: "at most" | "above";
}

/**
 * How a model came to its prediction.
 *   sum    target: the total is the prediction; log-odds: the prediction is 1 / (1 + e^-total)
 *   sums   for each of the likeliest classes: its probability is e^total
 *   path   the tests nearest to the leaf, in the order of the way, and what the leaf says after `n` examples
 *   none   why there is no explanation
 */
export type Explanation =
  | ({ readonly kind: "sum"; readonly unit: "target" | "log-odds" } & ExplainedSum)
  | {
      readonly kind: "sums";
      readonly unit: "log-probability";
      readonly classes: readonly ({ readonly class: string } & ExplainedSum)[];
      readonly otherClasses?: number;
    }
  | {
      readonly kind: "path";
      readonly tests: readonly PathTest[];
      readonly otherTests?: number;
      readonly leaf: { readonly n: number; readonly value: Prediction; readonly otherClasses?: number };
    }
  | { readonly kind: "none"; readonly why: string };

/** What a prediction says on request: an interval of that level, an explanation. */
export interface PredictionAsk {
  readonly interval?: number | undefined;
  readonly explain?: boolean | undefined;
}

/** What is there of it: the champion's. */
export interface PredictionTold {
  readonly interval?: Interval;
  readonly explanation?: Explanation;
}

/** What `predict` answered for an observation: the champion's and every shadow's value. */
export interface Served extends PredictionTold {
  readonly generation: string;
  readonly version: number;
  /** The champion. */
  readonly model: string;
  readonly values: Readonly<Record<string, Prediction>>;
  /**
   * Upper bound, in milliseconds, of the age of this version: the time since the store was last asked. Absent in
   * predictions of an earlier Wadi.
   */
  readonly stalenessMs?: number;
}

/** A decoded record: timestamps are epoch milliseconds, a null field is null. */
export type FieldValue = number | string | boolean | null;
export type FlatRecord = Readonly<Record<string, FieldValue>>;

/** Data of `label.validated`. */
export interface LabelData {
  readonly y: Target;
}

/** Data of `features.extracted`. `time` is the event time in epoch milliseconds. */
export interface FeaturesData {
  readonly set: string;
  readonly time: number;
  readonly x: Features;
  readonly y?: Target;
}

/** Data of `example.labelled`. */
export interface ExampleData {
  readonly set: string;
  readonly time: number;
  readonly x: Features;
  readonly y: Target;
  readonly served?: Served;
}

/** Data of `prediction.made`. `value` is the champion's. */
export interface PredictionData extends PredictionTold {
  readonly value: Prediction;
  /** Binary: whether `value` is above the pipeline's threshold. Multiclass: the likeliest label. Absent in other tasks, and where nothing was learned yet. */
  readonly class?: boolean | string;
  /** Anomaly: whether the score has reached the threshold. */
  readonly alarm?: boolean;
  readonly model: string;
  readonly set: string;
  readonly generation: string;
  readonly version: number;
  readonly values: Readonly<Record<string, Prediction>>;
  /** As in `Served`. */
  readonly stalenessMs?: number;
}

/** Data of `model.updated`: what one commit did. `metrics` by model and metric. */
export interface ModelUpdatedData {
  readonly set: string;
  readonly generation: string;
  readonly version: number;
  readonly count: number;
  readonly metrics: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Where this commit changed the model that serves. */
  readonly champion?: ChampionChange;
  /** Where detectors told a drift, in the order of the examples. */
  readonly drift?: readonly DriftFound[];
  /** Where a model that began anew was better, and replaced the old one under its name. */
  readonly restarted?: readonly ModelRestart[];
}

/** Another model serves. `why`: for people. */
export interface ChampionChange {
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

/** What a detector told. */
export interface DriftFound {
  /** The champion, whose error it follows. */
  readonly model: string;
  readonly detector: string;
  /** How many examples the set had learned with the one that showed it. */
  readonly at: number;
  /** Which way the error went. */
  readonly change: "rise" | "fall";
  /** The challenger that began to learn for it, see ModelRestart. */
  readonly challenger?: string;
}

/** A challenger, which began to learn at a drift, has replaced its model. `why`: for people. */
export interface ModelRestart {
  readonly model: string;
  /** `<model>@<examples>`: what it was called until then. */
  readonly challenger: string;
  /** As of DriftFound. */
  readonly at: number;
  readonly why: string;
}

/** A checked record of one observation. */
export interface Decoded {
  readonly record: FlatRecord;
  /** Event time, epoch milliseconds; undefined where the pipeline names no time field (the event's own time counts). */
  readonly time?: number;
  /** What names the observation; undefined where the pipeline names no field for it (the event's own subject counts). */
  readonly subject?: string;
  /** The target, where the record bore it. */
  readonly y?: Target;
}

/** A checked label. */
export interface DecodedLabel {
  readonly y: Target;
  /** As of the observation. */
  readonly subject?: string;
}
