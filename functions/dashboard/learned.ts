// How much is learned, by all learners of the cluster: from the commits in the store, since no learner runs in this process.

import { type LearningWatch, watchLearning } from "../admin/learning.ts";
import type { Clock } from "../lib/clock.ts";
import { EventType, type ModelUpdatedData } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { StoreTap } from "./store-tap.ts";

export function watchLearned(tap: StoreTap, pipelines: Pipelines, clock: Clock): LearningWatch {
  const learned = new Map<string, number>();
  const counts = new Map<string, { readonly generation: string; readonly count: number }>();
  const stopTap = tap((event) => {
    if (event.type !== EventType.modelUpdated) return;
    const { set, generation, count } = event.data as ModelUpdatedData;
    const before = counts.get(set);
    counts.set(set, { generation, count });
    // The first commit that is seen says how many there were, and not how many it added. A rollback takes some away.
    const added = before?.generation === generation ? Math.max(0, count - before.count) : 0;
    const pipeline = String(event["pipeline"]);
    learned.set(pipeline, (learned.get(pipeline) ?? 0) + added);
  });
  const watch = watchLearning({ tap }, pipelines, clock, async () =>
    [...learned].map(([set, value]) => ({ labels: { set }, value })),
  );
  return {
    // Which of them were scored on what was served only the learners know.
    read: async () => (await watch.read()).map(({ servedShare: _, ...rest }) => rest),
    stop() {
      watch.stop();
      stopTap();
    },
  };
}
