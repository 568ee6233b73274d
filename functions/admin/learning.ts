// How fast is learned, and how much of it was scored on what was served, over the last minute: counters are read every two seconds.
// It is what this process learned. Where several share the work each tells its part: added up, they are the whole.

import type { Clock } from "../lib/clock.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { tasks } from "../lib/learners/task.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Learning } from "./shapes/learning.ts";

/** Examples learned since the start, as `wadi_learned_total` counts them. */
export interface LearnedCount {
  readonly labels: { readonly set?: string | number; readonly scored?: string | number };
  readonly value: number;
}

export interface LearningWatch {
  /** By pipeline. `last`: the last commit of this process. */
  read(): Promise<readonly Learning[]>;
  stop(): void;
}

interface Counts {
  readonly served: number;
  readonly fresh: number;
  /** A learner of an earlier Wadi does not tell which. */
  readonly unknown: number;
}

interface Look {
  readonly time: number;
  readonly counts: ReadonlyMap<string, Counts>;
}

const EVERY_MS = 2000;
const MINUTE_MS = 60_000;
const LOOKS = MINUTE_MS / EVERY_MS + 1;
const NONE: Counts = { served: 0, fresh: 0, unknown: 0 };

export function watchLearning(
  broker: { readonly tap: (listener: (event: Event) => void) => () => void },
  pipelines: Pipelines,
  clock: Clock,
  learned: () => Promise<readonly LearnedCount[]>,
): LearningWatch {
  const last = new Map<string, number>();
  const stopTap = broker.tap((event) => {
    if (event.type === EventType.modelUpdated) last.set(String(event["pipeline"]), clock.now());
  });
  let looks: Look[] = [{ time: clock.now(), counts: new Map() }];
  let cancel = clock.after(EVERY_MS, again);

  async function look(): Promise<Look> {
    return { time: clock.now(), counts: byPipeline(await learned()) };
  }

  function again(): void {
    cancel = clock.after(EVERY_MS, again);
    void look().then((one) => {
      looks = [...looks.slice(1 - LOOKS), one];
    });
  }

  return {
    async read() {
      const now = await look();
      const then = looks[0] as Look;
      // In its first minute, and on a clock that was set back, it is what was counted, not what a minute would come to.
      const minutes = Math.max(MINUTE_MS, now.time - then.time) / MINUTE_MS;
      return [...pipelines.values()].map(({ name, task }) => {
        const [after, before] = [now.counts.get(name) ?? NONE, then.counts.get(name) ?? NONE];
        const served = Math.max(0, after.served - before.served);
        const unknown = Math.max(0, after.unknown - before.unknown);
        const all = served + unknown + Math.max(0, after.fresh - before.fresh);
        const commit = last.get(name);
        return {
          pipeline: name,
          ...(commit !== undefined && { last: commit }),
          perMinute: all / minutes,
          // Where observations are learned as they come, labels are not what is learned.
          ...(all > 0 && unknown === 0 && tasks[task].learns === "labels" && { servedShare: served / all }),
        };
      });
    },
    stop() {
      cancel();
      stopTap();
    },
  };
}

function byPipeline(learned: readonly LearnedCount[]): ReadonlyMap<string, Counts> {
  const counts = new Map<string, Counts>();
  for (const { labels, value } of learned) {
    const name = String(labels.set);
    const scored = labels.scored === "served" || labels.scored === "unknown" ? labels.scored : "fresh";
    const before = counts.get(name) ?? NONE;
    counts.set(name, { ...before, [scored]: before[scored] + value });
  }
  return counts;
}
