// The tasks a pipeline can have. One table says for each task what a truth is, how it is read from the target's field, and what a
// prediction says; nothing else branches on the task.

import type { FieldValue, Prediction, Target } from "../events/vocabulary.ts";
import { likeliest } from "./likeliest.ts";
import { distance, type Nonconformity, unlikelinessOfLabel, unlikelinessOfTruth } from "./nonconformity.ts";

export const TASKS = ["regression", "binary", "multiclass"] as const;
export type Task = (typeof TASKS)[number];

/** A metric with or without options: `mae`, or `{ pinball: { alpha: 0.9 } }`. */
export type MetricPart = string | Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A metric of the file, over all examples or over the last ones: `mae`, or `{ rolling: mae, over: 1000 }`. */
export type MetricSpec = MetricPart | { readonly rolling: MetricPart; readonly over: number };

/** What a pipeline file says of its target. */
export interface TargetSpec {
  readonly field: string;
  readonly task: Task;
  /** The value of the field that is true; the field of a binary task need not be true or false itself. */
  readonly positive?: string | number | boolean;
  /** The class is true where P(true) is above it. */
  readonly threshold?: number;
}

/** The field of the target, as far as a task is concerned. */
export interface TargetField {
  readonly type: string;
  readonly kind: "number" | "boolean" | "string" | "timestamp";
}

export interface TaskType {
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
  /** Classification: the class that a prediction says. */
  readonly classes?: {
    readonly datatype: "BOOL" | "BYTES";
    of(prediction: Exclude<Prediction, null>, target: TargetSpec): Class | undefined;
  };
  /** What prediction intervals, or sets of classes, are made from; absent where there are none. */
  readonly nonconformity?: Nonconformity;
  /** A prediction, for people. */
  inShort(prediction: Exclude<Prediction, null>): string;
}

/** Binary: whether it is true. Multiclass: the label. */
export type Class = boolean | string;

const DEFAULT_THRESHOLD = 0.5;

type Shares = Readonly<Record<string, number>>;

/** The most labels of a model set. */
export const MAX_LABELS = 1_000;
/** Labels of a prediction that people are told. */
const SHOWN_LABELS = 3;

const asItIs = (prediction: Prediction) => prediction;

export const tasks: Readonly<Record<Task, TaskType>> = {
  regression: {
    inWords: "a number",
    isTarget: (y) => typeof y === "number" && Number.isFinite(y),
    options: [],
    misfit: ({ kind }) => (kind === "number" ? undefined : "a number: give the field the type double"),
    truthOf: (value) => value,
    output: { datatype: "FP64", write: asItIs },
    nonconformity: distance,
    inShort: numberInShort,
  },
  binary: {
    inWords: "true or false",
    isTarget: (y) => typeof y === "boolean",
    options: ["positive", "threshold"],
    misfit({ kind }, { positive }) {
      if (kind === "boolean" || positive !== undefined) return undefined;
      return "whether something is true: add positive: <the value that is true>, give the field the type boolean";
    },
    truthOf: (value, { positive = true }) => value === positive,
    output: { datatype: "FP64", write: asItIs },
    classes: {
      datatype: "BOOL",
      of: (prediction, { threshold = DEFAULT_THRESHOLD }) => (prediction as number) > threshold,
    },
    nonconformity: unlikelinessOfTruth,
    inShort: numberInShort,
  },
  multiclass: {
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
    classes: { datatype: "BYTES", of: (prediction) => likeliest(prediction as Shares) },
    nonconformity: unlikelinessOfLabel,
    inShort: (prediction) => sharesInShort(prediction as Shares),
  },
};

function numberInShort(prediction: Exclude<Prediction, null>): string {
  return String(Number((prediction as number).toPrecision(6)));
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
