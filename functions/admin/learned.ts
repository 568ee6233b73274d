// How much is learned where no learner runs in this process, and how much of it was scored on what was served: from the commits that
// it is told of.

import type { Clock } from "../lib/clock.ts";
import { type Event, EventType, type ModelUpdatedData } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { type LearnedCount, type LearningWatch, watchLearning } from "./learning.ts";

/** What one commit did; a broker's event does not tell the last. */
export interface Committed extends ModelUpdatedData {
  /** Of the set, by then; absent in commits of an earlier Wadi. */
  readonly scoredOnServed?: number;
}

type Point = Pick<Committed, "generation" | "count" | "scoredOnServed">;

type Tap = (listener: (event: Event) => void) => () => void;

export function watchLearned(tap: Tap, pipelines: Pipelines, clock: Clock): LearningWatch {
  /** By pipeline and how it was scored. */
  const learned = new Map<string, LearnedCount>();
  const points = new Map<string, Point>();

  function add(set: string, scored: string, value: number): void {
    const key = `${scored} ${set}`;
    learned.set(key, { labels: { set, scored }, value: value + (learned.get(key)?.value ?? 0) });
  }

  const stopTap = tap((event) => {
    if (event.type !== EventType.modelUpdated) return;
    const { set, generation, count, scoredOnServed } = event.data as Committed;
    const before = points.get(set);
    points.set(set, { generation, count, ...(scoredOnServed !== undefined && { scoredOnServed }) });
    // The first commit that is seen says how many there were, and not how many it added. A rollback takes some away.
    if (before?.generation !== generation || count <= before.count) return;
    const pipeline = String(event["pipeline"]);
    const added = count - before.count;
    if (scoredOnServed === undefined || before.scoredOnServed === undefined) return add(pipeline, "unknown", added);
    const served = Math.min(added, Math.max(0, scoredOnServed - before.scoredOnServed));
    add(pipeline, "served", served);
    add(pipeline, "fresh", added - served);
  });
  const watch = watchLearning({ tap }, pipelines, clock, async () => [...learned.values()]);
  return {
    read: watch.read,
    stop() {
      watch.stop();
      stopTap();
    },
  };
}
