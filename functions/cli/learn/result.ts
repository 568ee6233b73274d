// What became of a file, as `--json` writes it.

import type { ChampionChange } from "../../lib/events/vocabulary.ts";
import type { OpenModelSet } from "../../lib/learners/model-set-state.ts";
import { baselinesOf } from "../../lib/pipeline/chain.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { Checkpoint } from "./checkpoints.ts";
import type { Curve, Scores } from "./scores.ts";
import type { Tally } from "./tally.ts";

export interface ModelResult {
  readonly baseline: boolean;
  /** Examples that it could not learn without its numbers becoming infinite. */
  readonly skipped: number;
  /** Examples with a name that found no room in its state. */
  readonly leftOut: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Another model served from the row after `n` on, of its model set. */
export type Change = ChampionChange & { readonly n: number; readonly set: string };

/** Fields may be added; none changes its meaning. */
export interface LearnResult {
  /** `failed`: it stopped before the end, and `error` says why. */
  readonly outcome: "done" | "interrupted" | "failed";
  readonly error?: string;
  readonly file: string;
  readonly pipeline: string;
  readonly task: string;
  readonly delay?: string;
  /** Read. */
  readonly rows: number;
  readonly learned: number;
  /** Rows without a truth: predicted, not learned. */
  readonly unlabelled: number;
  readonly refused: number;
  readonly refusedBy: Readonly<Record<string, number>>;
  readonly firstRefused: Tally["firstRefused"];
  readonly seconds: number;
  readonly rowsPerSecond: number;
  readonly stateBytes: number;
  /** By which the models are compared. */
  readonly metric: string;
  readonly better: "lower" | "higher" | "neither";
  readonly models: Readonly<Record<string, ModelResult>>;
  readonly sets: number;
  readonly serve: {
    /** The model that would serve now, of one model set; how many sets each would serve, of several. */
    readonly model?: string;
    readonly models?: Readonly<Record<string, number>>;
    /** Chosen by its scores, or named in the file. */
    readonly chosen: boolean;
    readonly changes: readonly Change[];
    /** More changes than these. */
    readonly moreChanges: number;
  };
  readonly checkpoints: readonly Checkpoint[];
  /** More checkpoints than these, which were not kept. */
  readonly moreCheckpoints: number;
  readonly rolling: Curve;
}

export function modelResults(
  pipeline: Pipeline,
  scores: Scores,
  counts: Readonly<Record<string, { readonly skipped: number; readonly leftOut: number }>>,
): Record<string, ModelResult> {
  const baselines = baselinesOf(pipeline.models);
  const results = Object.keys(pipeline.models).map((name): [string, ModelResult] => [
    name,
    {
      baseline: baselines.has(name),
      skipped: counts[name]?.skipped ?? 0,
      leftOut: counts[name]?.leftOut ?? 0,
      metrics: scores[name] ?? {},
    },
  ]);
  return Object.fromEntries(results);
}

/** Which model would serve now. */
export function servingOf(
  pipeline: Pipeline,
  sets: ReadonlyMap<string, OpenModelSet>,
): Pick<LearnResult["serve"], "model" | "models" | "chosen"> {
  const chosen = pipeline.best !== undefined;
  if (pipeline.modelPer === undefined || !chosen) {
    return { model: [...sets.values()][0]?.champion ?? pipeline.serve, chosen };
  }
  const counts: Record<string, number> = {};
  for (const { champion } of sets.values()) counts[champion] = (counts[champion] ?? 0) + 1;
  return { models: counts, chosen };
}
