// What a prediction says beside its value, where that is asked for: the interval and the explanation of the model that serves.

import type { Features, Interval, Prediction, PredictionAsk, PredictionTold } from "../lib/events/vocabulary.ts";
import type { OpenModelSet } from "../lib/learners/model-set-state.ts";
import { type Task, tasks } from "../lib/learners/task.ts";

export function toldOf(
  task: Task,
  models: Pick<OpenModelSet, "champion" | "radius" | "explain">,
  { x, prediction }: { readonly x: Features; readonly prediction: Prediction },
  { interval, explain = false }: PredictionAsk,
): PredictionTold {
  return {
    ...(interval !== undefined && { interval: intervalOf(task, models, { x, prediction }, interval) }),
    ...(explain && { explanation: models.explain(models.champion, x) }),
  };
}

function intervalOf(
  task: Task,
  models: Pick<OpenModelSet, "champion" | "radius">,
  { x, prediction }: { readonly x: Features; readonly prediction: Prediction },
  level: number,
): Interval {
  const { nonconformity } = tasks[task];
  if (nonconformity === undefined) return { level, none: `there are no intervals of ${task}` };
  if (prediction === null) return { level, none: "the model has no prediction" };
  const found = models.radius(models.champion, x, level);
  if ("none" in found) return { level, ...found };
  const region = nonconformity.region(prediction, found.radius);
  return { level, ...(region ?? { none: "no bound holds: too many of the last predictions were too far off" }) };
}
