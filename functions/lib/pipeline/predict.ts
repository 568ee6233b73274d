// What each prediction of a pipeline says beside its value: the `predict` of a pipeline file.

import type { PredictionAsk } from "../events/vocabulary.ts";
import { DEFAULT_LEVEL, MOST_LEVEL } from "../learners/conformal.ts";
import { tasks } from "../learners/task.ts";
import type { Problems } from "../problems.ts";
import type { PipelineFile } from "./pipeline-file.ts";

export function predictSchema(): Readonly<Record<string, unknown>> {
  return {
    description: "What a prediction of an event says beside its value.",
    type: "object",
    properties: {
      interval: {
        type: "number",
        exclusiveMinimum: 0,
        maximum: MOST_LEVEL,
        description: `A range, or a set of classes, that has the truth in this share of all cases, such as 0.9. It is the level that intervals follow most closely; default for those that are only asked for: ${DEFAULT_LEVEL}.`,
      },
      explain: {
        type: "boolean",
        default: false,
        description: "What each feature adds to it, or its way through a tree.",
      },
    },
    additionalProperties: false,
  };
}

export function readPredict({ predict = {} }: PipelineFile): PredictionAsk {
  return { interval: predict.interval, explain: predict.explain ?? false };
}

export function checkPredict({ predict, target: { task } }: PipelineFile, problems: Problems): void {
  if (predict?.interval === undefined || tasks[task]?.nonconformity !== undefined) return;
  problems.add(["predict", "interval"], `there are no intervals of ${task}: remove it`);
}
