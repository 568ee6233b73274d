// Digests of the meaning of a pipeline file: key order, comments and formatting do not count.

import { hash } from "node:crypto";
import type { Part } from "../learners/learner.ts";
import { type TargetSpec, tasks } from "../learners/task.ts";

/** SHA-256, 64 hexadecimal digits, of a plain value with the keys of its objects in order. */
export function digestOf(value: unknown): string {
  return hash("sha256", canonical(value), "hex");
}

/**
 * Digest of one model: its chain, all features and the target. With another digest it is another model, even under the same
 * name, and starts with nothing learned. The threshold does not count: it only reads predictions. Where labels are not learned,
 * of the target only the task counts. `standard-scaler` and `{ standard-scaler: {} }` are the same.
 */
export function modelDigest(model: { chain: readonly Part[]; features: unknown; target: TargetSpec }): string {
  const chain = model.chain.map((part) => (typeof part === "string" ? { [part]: {} } : part));
  return digestOf({ chain, features: model.features, target: learnedOf(model.target) });
}

function learnedOf({ threshold: _, ...target }: TargetSpec): TargetSpec {
  return tasks[target.task].learns === "labels" ? target : { task: target.task };
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${canonical(child)}`).join(",")}}`;
}
