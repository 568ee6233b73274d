// The tasks a pipeline can have. One table says what a truth is in each task; nothing else branches on the task.

import type { Target } from "../events/vocabulary.ts";

export const TASKS = ["regression", "binary", "multiclass"] as const;
export type Task = (typeof TASKS)[number];

/** A metric with or without options: `mae`, or `{ pinball: { alpha: 0.9 } }`. */
export type MetricPart = string | Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A metric of the file, over all examples or over the last ones: `mae`, or `{ rolling: mae, over: 1000 }`. */
export type MetricSpec = MetricPart | { readonly rolling: MetricPart; readonly over: number };

export interface TaskType {
  /** What a truth is, as JavaScript and as the kind of its field. */
  readonly truth: "number" | "boolean" | "string";
  /** The usual Avro type of a field with such truths. */
  readonly fieldType: "double" | "boolean" | "string";
  /** What a truth is, in words. */
  readonly inWords: string;
  isTarget(y: Target): boolean;
}

export const tasks: Readonly<Record<Task, TaskType>> = {
  regression: {
    truth: "number",
    fieldType: "double",
    inWords: "a number",
    isTarget: (y) => typeof y === "number" && Number.isFinite(y),
  },
  binary: {
    truth: "boolean",
    fieldType: "boolean",
    inWords: "true or false",
    isTarget: (y) => typeof y === "boolean",
  },
  multiclass: {
    truth: "string",
    fieldType: "string",
    inWords: "a label",
    isTarget: (y) => typeof y === "string",
  },
};
