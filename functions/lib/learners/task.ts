// The tasks a pipeline can have. One table says for each task what a truth is, how it is read from the target's field, and what a
// prediction says; nothing else branches on the task.

import type { FieldValue, Prediction, Target } from "../events/vocabulary.ts";
import { isAlarm, scoredOf } from "./alarm.ts";
import { likeliest } from "./likeliest.ts";
import { type CertaintyOf, certaintyOfLikeliest, certaintyOfTrue } from "./metrics/certainty.ts";
import { distance, type Nonconformity, unlikelinessOfLabel, unlikelinessOfTruth } from "./nonconformity.ts";

export const TASKS = ["regression", "binary", "multiclass", "anomaly"] as const;
export type Task = (typeof TASKS)[number];

/** A metric with or without options: `mae`, or `{ pinball: { alpha: 0.9 } }`. */
export type MetricPart = string | Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A metric of the file, over all examples or over the last ones: `mae`, or `{ rolling: mae, over: 1000 }`. */
export type MetricSpec = MetricPart | { readonly rolling: MetricPart; readonly over: number };

/** What a pipeline file says of its target. */
export interface TargetSpec {
  /** The field of the truth; undefined where there is none, and the task needs none. */
  readonly field?: string;
  readonly task: Task;
  /** The value of the field that is true; the field of a binary task need not be true or false itself. */
  readonly positive?: string | number | boolean;
  /** The class is true where P(true) is above it. */
  readonly threshold?: number;
  /** A score is an alarm where it has reached this quantile of the scores so far. */
  readonly alarm?: number;
}

/** The field of the target, as far as a task is concerned. */
export interface TargetField {
  readonly type: string;
  readonly kind: "number" | "boolean" | "string" | "timestamp";
}

export interface TaskType {
  /** What is learned: examples with their labels; or each observation as it comes, and a label, if there is one, only scores. */
  readonly learns: "labels" | "observations";
  /** What a truth is, in words. */
  readonly inWords: string;
  isTarget(y: Target): boolean;
  /** What the target may say beside field and task. */
  readonly options: readonly Exclude<keyof TargetSpec, "field" | "task">[];
  /** Why such a field cannot be this target, with the cure; undefined where it can. */
  misfit(field: TargetField, target: TargetSpec): string | undefined;
  /** The longest text of the target's field, in UTF-16 units; undefined: as of any field. */
  readonly maxLength?: number;
  /** The truth in a value of the target's field. */
  truthOf(value: Exclude<FieldValue, null>, target: TargetSpec): Target;
  /** A prediction as an element of a tensor of the Open Inference Protocol. */
  readonly output: { readonly datatype: "FP64" | "BYTES"; readonly write: (prediction: Prediction) => unknown };
  /** The class that a prediction says, in tasks that have classes. */
  readonly classes?: {
    /** What it is called wherever a prediction is told. */
    readonly name: "class" | "alarm";
    readonly datatype: "BOOL" | "BYTES";
    of(prediction: Exclude<Prediction, null>, target: TargetSpec): Class | undefined;
    /** Behind a prediction, for people. */
    inWords(named: Class): string;
  };
  /** What drift detectors follow. */
  readonly watched: Watched;
  /** The quantile of a model's own scores at which they become alarms, in a task that has alarms. */
  readonly alarm?: (target: TargetSpec) => number;
  /** What prediction intervals, or sets of classes, are made from; absent where there are none. */
  readonly nonconformity?: Nonconformity;
  /** The probability of a prediction that is to come true as often as it says; absent where a prediction has none. */
  readonly certainty?: CertaintyOf;
  /** A prediction, for people. */
  inShort(prediction: Exclude<Prediction, null>): string;
}

/** The number of each example that drift detectors follow, and that a rise of shows a drift. */
export interface Watched {
  /** `failures`: 1 or 0, which suits every detector; `numbers`: any, which does not suit those of failures. */
  readonly follows: "numbers" | "failures";
  readonly inWords: string;
  /** Undefined for an example that is not followed. */
  of(y: Target | undefined, prediction: Exclude<Prediction, null>, target: TargetSpec): number | undefined;
  /** The metric by which a model that began anew is compared with the old one; absent where none can tell that it is better. */
  readonly judge?: string;
}

/** Binary: whether it is true. Multiclass: the label. Anomaly: whether it is an alarm. */
export type Class = boolean | string;

const DEFAULT_THRESHOLD = 0.5;
export const DEFAULT_ALARM = 0.99;

type Shares = Readonly<Record<string, number>>;

/** The most labels of a model set. */
export const MAX_LABELS = 1_000;
/** Labels of a prediction that people are told. */
const SHOWN_LABELS = 3;

/** As River's detectors are fed in a regression. */
const error: Watched = {
  ...{ follows: "numbers", inWords: "the distance of prediction and truth", judge: "mae" },
  of: (y, prediction) =>
    typeof y === "number" && typeof prediction === "number" ? Math.abs(y - prediction) : undefined,
};

/** As River's detectors are fed in a classification. */
const failure: Watched = {
  ...{ follows: "failures", inWords: "whether the class was wrong", judge: "accuracy" },
  of(y, prediction, target) {
    const named = classOf(target, prediction);
    return typeof named === typeof y ? Number(named !== y) : undefined;
  },
};

const asItIs = (prediction: Prediction) => prediction;

export const tasks: Readonly<Record<Task, TaskType>> = {
  regression: {
    learns: "labels",
    inWords: "a number",
    isTarget: (y) => typeof y === "number" && Number.isFinite(y),
    options: [],
    misfit: ({ kind }) => (kind === "number" ? undefined : "a number: give the field the type double"),
    truthOf: (value) => value,
    output: { datatype: "FP64", write: asItIs },
    watched: error,
    nonconformity: distance,
    inShort: predictionInShort,
  },
  binary: {
    learns: "labels",
    inWords: "true or false",
    isTarget: (y) => typeof y === "boolean",
    options: ["positive", "threshold"],
    misfit: noTruth,
    truthOf: isTrue,
    output: { datatype: "FP64", write: asItIs },
    classes: {
      name: "class",
      datatype: "BOOL",
      inWords: named,
      of: (prediction, { threshold = DEFAULT_THRESHOLD }) => (prediction as number) > threshold,
    },
    watched: failure,
    nonconformity: unlikelinessOfTruth,
    certainty: certaintyOfTrue,
    inShort: predictionInShort,
  },
  multiclass: {
    learns: "labels",
    inWords: "a label",
    isTarget: (y) => typeof y === "string",
    options: [],
    misfit({ kind, type }) {
      if (kind === "string" || type === "int" || type === "long") return undefined;
      return "a label: give the field the type string, enum, int or long";
    },
    maxLength: 100,
    truthOf: String,
    output: { datatype: "BYTES", write: (prediction) => prediction && JSON.stringify(prediction) },
    classes: {
      name: "class",
      datatype: "BYTES",
      inWords: named,
      of: (prediction) => likeliest(prediction as Shares),
    },
    watched: failure,
    nonconformity: unlikelinessOfLabel,
    certainty: certaintyOfLikeliest,
    inShort: predictionInShort,
  },
  anomaly: {
    learns: "observations",
    inWords: "true or false",
    isTarget: (y) => typeof y === "boolean",
    options: ["positive", "alarm"],
    misfit: noTruth,
    truthOf: isTrue,
    output: { datatype: "FP64", write: (prediction) => scoredOf(prediction)?.score ?? null },
    classes: {
      name: "alarm",
      datatype: "BOOL",
      inWords: (alarm) => (alarm === true ? "an alarm" : "no alarm"),
      of(prediction) {
        const scored = scoredOf(prediction);
        return scored && isAlarm(scored);
      },
    },
    alarm: ({ alarm = DEFAULT_ALARM }) => alarm,
    watched: { follows: "numbers", inWords: "the score", of: (_, prediction) => scoredOf(prediction)?.score },
    inShort: predictionInShort,
  },
};

function noTruth({ kind }: TargetField, { positive }: TargetSpec): string | undefined {
  if (kind === "boolean" || positive !== undefined) return undefined;
  return "whether something is true: add positive: <the value that is true>, give the field the type boolean";
}

function isTrue(value: Exclude<FieldValue, null>, { positive = true }: TargetSpec): boolean {
  return value === positive;
}

function named(value: Class): string {
  return `so ${value}`;
}

/** A prediction of any task, for people. */
export function predictionInShort(prediction: Exclude<Prediction, null>): string {
  if (typeof prediction === "number") return numberInShort(prediction);
  const scored = scoredOf(prediction);
  if (scored === undefined) return sharesInShort(prediction);
  const { score, threshold } = scored;
  return `score ${numberInShort(score)}${threshold === undefined ? "" : `, threshold ${numberInShort(threshold)}`}`;
}

function numberInShort(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** The likeliest labels, each with its probability. */
export function sharesInShort(shares: Shares): string {
  const sorted = Object.entries(shares).sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, SHOWN_LABELS).map(([label, share]) => `${label} ${Number(share.toPrecision(3))}`);
  const more = sorted.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The class that a prediction says; undefined where there is no prediction, or the task has no classes. */
export function classOf(target: TargetSpec, prediction: Prediction): Class | undefined {
  return prediction === null ? undefined : tasks[target.task].classes?.of(prediction, target);
}
