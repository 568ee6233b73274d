// What the commits of one model set add to /metrics.

import type { CommitAnswer } from "../lib/store/commit.ts";
import type { Counter } from "../lib/telemetry/instruments.ts";
import type { Telemetry } from "../lib/telemetry/metrics.ts";
import type { Computed } from "./opened-model.ts";

export interface CommitFigures {
  answered(outcome: CommitAnswer["outcome"]): void;
  committed(examples: number, computed: Computed, version: number): void;
  duplicates(count: number): void;
}

export function createCommitFigures(telemetry: Telemetry, pipeline: string, set: string): CommitFigures {
  // Where a pipeline has a set for each value its figures are those of all of them: /metrics must not grow with the data.
  const label = { set: pipeline };
  const figures = { commits: onceMet(telemetry.commits, pipeline), learned: onceMet(telemetry.learned, pipeline) };
  return {
    answered: (outcome) => figures.commits(outcome).inc(),
    committed(examples, { scoredOnServed, onlyScored, skipped, drift, restarted }, version) {
      // Where late labels are not learned, every example that is was scored just before.
      const onServed = onlyScored > 0 ? 0 : scoredOnServed;
      figures.learned("served").inc(onServed);
      figures.learned("fresh").inc(examples - onlyScored - onServed);
      for (const [model, n] of Object.entries(skipped)) telemetry.skipped.inc({ ...label, model }, n);
      for (const { model, detector, change } of drift) telemetry.drift.inc({ ...label, model, detector, change });
      for (const { model } of restarted) telemetry.restarts.inc({ ...label, model });
      telemetry.commitExamples.observe(label, examples);
      // Several sets have no one version.
      if (set === pipeline) telemetry.modelVersion.set(label, version);
    },
    duplicates(count) {
      if (count > 0) telemetry.duplicates.inc(label, count);
    },
  };
}

/** The counter of this pipeline and a second label, which is looked up only once: every commit counts. */
function onceMet<L extends string>(counter: Counter<L>, pipeline: string) {
  const met = new Map<string, ReturnType<typeof counter.labels>>();
  return (value: string) => {
    const known = met.get(value) ?? counter.labels(pipeline, value);
    met.set(value, known);
    return known;
  };
}
