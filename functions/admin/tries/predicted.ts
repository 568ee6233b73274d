// A prediction as people are told it, from the answer of the Open Inference Protocol.

import { type Task, tasks } from "../../lib/learners/task.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { InferAnswer } from "../../predict/answer.ts";
import type { Predicted, PredictRequest } from "../shapes/tries.ts";

/** `answer`: of one record. */
export function predictedOf(
  pipeline: Pipeline,
  { interval, explain }: PredictRequest,
  { outputs, parameters }: InferAnswer,
): Predicted {
  const told = new Map(outputs.map(({ name, data }) => [name, data[0] ?? null]));
  const text = (name: string) => String(told.get(name) ?? "");
  const predictionOf = (name: string) => readValue(pipeline.task, told.get(name) ?? null);
  const called = tasks[pipeline.task].classes?.name;
  const named = called === undefined ? null : told.get(called);
  return {
    value: predictionOf("prediction"),
    ...(called !== undefined && named !== null && { [called]: named }),
    model: text("champion"),
    set: pipeline.modelPer === undefined ? pipeline.name : text("set"),
    generation: text("generation"),
    version: Number(told.get("version")),
    values: Object.fromEntries(Object.keys(pipeline.models).map((model) => [model, predictionOf(`model:${model}`)])),
    ...(parameters.staleness_ms !== undefined && { stalenessMs: parameters.staleness_ms }),
    ...(interval !== undefined && { interval: intervalOf(interval, told) }),
    ...(explain === true && { explanation: JSON.parse(text("explanation")) }),
  };
}

/** The probabilities of many classes are a JSON text there. */
function readValue(task: Task, value: unknown): unknown {
  return tasks[task].output.datatype === "BYTES" && typeof value === "string" ? JSON.parse(value) : value;
}

function intervalOf(level: number, told: ReadonlyMap<string, unknown>): unknown {
  const note = told.get("interval_note") ?? null;
  if (note !== null) return { level, none: note };
  const classes = told.get("classes") ?? null;
  if (classes !== null) return { level, classes: JSON.parse(String(classes)) };
  return { level, lower: told.get("lower"), upper: told.get("upper") };
}
