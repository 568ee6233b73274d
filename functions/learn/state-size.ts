// How large the states are that were committed, and what found no room in them: figures, and a line in the log.

import type { LearnedGroup } from "../lib/learners/model-set-state.ts";
import type { Log } from "../lib/telemetry/log.ts";
import type { Telemetry } from "../lib/telemetry/metrics.ts";

export interface StateSize {
  /** `bytes`: of its base. */
  committed(set: string, bytes: number, leftOut: LearnedGroup["leftOut"]): void;
}

export interface StateSizeDeps {
  readonly pipeline: string;
  readonly telemetry: Pick<Telemetry, "stateBytes" | "leftOut">;
  readonly log: Log;
  readonly maxBytes: number;
}

export function createStateSize({ pipeline, telemetry, log, maxBytes }: StateSizeDeps): StateSize {
  // Of a pipeline with a set for each value /metrics must not grow with the data, and neither may the log.
  const label = { set: pipeline };
  const logged = new Set<string>();
  let largest = 0;
  return {
    committed(set, bytes, leftOut) {
      largest = set === pipeline ? bytes : Math.max(largest, bytes);
      telemetry.stateBytes.set(label, largest);
      for (const [model, examples] of Object.entries(leftOut)) {
        telemetry.leftOut.inc({ ...label, model }, examples);
        if (logged.has(model)) continue;
        logged.add(model);
        log.warn(
          { set, model, maxBytes },
          `the state of ${model} of ${set} is full, so features with new names are left out; ${FULL_CURE}`,
        );
      }
    },
  };
}

/** A state that has reached this part of its limit is told before it is full. */
const NEARLY = 0.8;

export function isNearlyFull(bytes: number, maxBytes = Number.POSITIVE_INFINITY): boolean {
  return bytes >= NEARLY * maxBytes;
}

export const FULL_CURE =
  "take `as: hash` for fields of very many values (the models then need new names), or raise WADI_MAX_STATE_BYTES for all who " +
  "learn, and replay into a new generation";
