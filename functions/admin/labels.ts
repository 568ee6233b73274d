// What became of a pipeline's labels: what waits, what will be too late soon, and how late labels come. From counters of the store by
// the hour and the day, never from its records.

import type { Clock } from "../lib/clock.ts";
import { HOUR_MS } from "../lib/duration.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { DELAY_ENDS, NO_DELAYS } from "../lib/store/join-delays.ts";
import type { JoinWaits, Store, WaitingHour } from "../lib/store/store.ts";
import type { Admin } from "./admin.ts";
import { pipelineNamed } from "./names.ts";

export interface LabelSources {
  readonly store: Pick<Store, "joins">;
  readonly pipelines: Pipelines;
  /** As of StatusSources. */
  labelConflicts?(pipeline: string): Promise<number>;
}

const SOON = 0.1;
/** Of a pipeline without a target: no label is waited for. */
const NO_WAITS: JoinWaits = {
  ...{ opened: 0, joined: 0, expiredUnlabelled: 0, orphanedLabels: 0 },
  ...{ waiting: [], waitingLabels: 0, delays: NO_DELAYS },
};

export function createLabels({ store, pipelines, labelConflicts }: LabelSources, clock: Clock): Pick<Admin, "labels"> {
  return {
    async labels(name) {
      const { targetField: target, labelHorizonMs } = pipelineNamed(pipelines, name);
      const counted = target === undefined ? NO_WAITS : await store.joins.waits(name);
      const { waiting, delays, ...counts } = counted;
      const withinMs = Math.round(labelHorizonMs * SOON);
      return {
        pipeline: name,
        ...(target !== undefined && { target }),
        labelHorizonMs,
        ...counts,
        waiting: waiting.reduce((sum, { observations }) => sum + observations, 0),
        expiringSoon: { withinMs, observations: endingWithin(withinMs, labelHorizonMs, waiting, clock.now()) },
        ...(labelConflicts !== undefined && { conflicts: await labelConflicts(name) }),
        delays: delays.map((labels, bin) => {
          const upToMs = DELAY_ENDS[bin];
          return { ...(upToMs !== undefined && { upToMs }), labels };
        }),
      };
    },
  };
}

/** How many of those that wait have their horizon end within that time from now, as if each hour's had come evenly in it. */
export function endingWithin(
  withinMs: number,
  horizonMs: number,
  waiting: readonly WaitingHour[],
  now: number,
): number {
  const [from, to] = [now - horizonMs, now - horizonMs + withinMs];
  const shares = waiting.map(({ hour, observations }) => {
    // The hour that is under way has no more than its beginning.
    const end = hour < now && now < hour + HOUR_MS ? now : hour + HOUR_MS;
    const common = Math.max(0, Math.min(end, to) - Math.max(hour, from));
    return (observations * common) / (end - hour);
  });
  return Math.round(shares.reduce((sum, share) => sum + share, 0));
}
