// The drift detectors of a pipeline file: whether they suit its task, and what it says resolved.

import { ConfigurationError } from "../errors.ts";
import { createDetector, detectorTypes } from "../learners/drift/index.ts";
import type { DriftSpec } from "../learners/drift/watch.ts";
import type { Part } from "../learners/learner.ts";
import { type Options, partForms, readPart } from "../learners/named-part.ts";
import { type TargetSpec, tasks } from "../learners/task.ts";
import type { Path, Problems } from "../problems.ts";
import type { PipelineFile } from "./pipeline-file.ts";

/** JSON Schema of `drift`. */
export function driftSchema(): Options {
  const types = Object.values(detectorTypes);
  const forms = partForms(Object.fromEntries(types.map(({ name, options }) => [name, options])));
  return {
    description: "What follows the champion's error and tells drift: a detector, or a list of several.",
    anyOf: [...forms, { type: "array", items: { anyOf: forms }, minItems: 1, maxItems: types.length }],
  };
}

/** JSON Schema of `onDrift`. */
export const onDriftSchema: Options = {
  enum: ["announce", "restart"],
  default: "announce",
  description:
    "Where the error has risen: only tell it, or let the champion begin anew as well, beside the old one, which it replaces once it is better.",
};

function partsOf({ drift }: PipelineFile): readonly Part[] {
  if (drift === undefined) return [];
  return Array.isArray(drift) ? drift : [drift as Part];
}

export function checkDrift(file: PipelineFile, problems: Problems): void {
  const { drift, onDrift, target } = file;
  const parts = partsOf(file);
  if (parts.length === 0 && onDrift !== undefined) {
    problems.add(
      ["onDrift"],
      "says what happens at a drift, and no detector tells one: add drift: adwin, or remove it",
    );
  }
  const { follows, inWords, judge } = tasks[target.task].watched;
  if (onDrift === "restart" && judge === undefined && typeof file.serve !== "object") {
    problems.add(
      ["onDrift"],
      `a model that begins anew replaces the old one once it is better, and nothing tells that in a ${target.task} task: use announce, or ` +
        "serve: { best: roc_auc }, if labels come",
    );
  }
  const suits = (name: string) => follows === "failures" || detectorTypes[name]?.follows !== "failures";
  const met = new Set<string>();
  for (const [i, part] of parts.entries()) {
    const path: Path = Array.isArray(drift) ? ["drift", i] : ["drift"];
    const { name } = readPart(part);
    if (met.has(name)) problems.add(path, `${name} is there already: leave one of them out`);
    met.add(name);
    if (!suits(name)) {
      const fitting = Object.keys(detectorTypes).filter(suits).join(", ");
      const problem = `${name} follows failures, and of a ${target.task} detectors follow ${inWords}`;
      problems.add(path, `${problem}: use one of ${fitting}`);
    }
    try {
      createDetector(part);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.add(path, error.message);
    }
  }
}

/** Undefined where the file names no detector. */
export function driftOf(file: PipelineFile, target: TargetSpec): DriftSpec | undefined {
  const detectors = partsOf(file);
  return detectors.length === 0 ? undefined : { detectors, onDrift: file.onDrift ?? "announce", target };
}
