// How many of the sent rows Wadi had learned before, from its own counters before and after.

import type { Clock } from "../../lib/clock.ts";
import { pause } from "../../lib/pause.ts";
import type { EmitPlan } from "./options.ts";
import type { Counts } from "./tally.ts";

const PATIENCE_MS = 2_000;
const SETTLED_AFTER_MS = 3_000;
const STEP_MS = 100;

export interface Known {
  readonly rows: number;
  /** There may be more: not all that was sent has been handled yet. */
  readonly more: boolean;
}

/** Labels that were sent more than once in this run: Wadi counts them as known. */
type Repeated = Pick<Counts, "repeatedLabels">;

export interface KnownBefore {
  /** Rows that Wadi knew already; undefined if its counters cannot be read. */
  count(signal: AbortSignal, repeated: Repeated): Promise<Known | undefined>;
}

/** Reads the counters before anything is sent. */
export async function countKnown(plan: EmitPlan, clock: Clock): Promise<KnownBefore> {
  const before = await readCounters(plan);
  return {
    async count(signal, repeated) {
      if (before === undefined) return undefined;
      const giveUpAt = clock.now() + SETTLED_AFTER_MS;
      for (;;) {
        const now = await readCounters(plan);
        if (now === undefined) return undefined;
        const more = now.lag > 0;
        if (!more || clock.now() >= giveUpAt || signal.aborted)
          return { rows: knownSince(before, now, repeated), more };
        await pause(STEP_MS, clock, signal);
      }
    },
  };
}

/** A row with a late label is in both counts, so the larger one is taken. */
function knownSince(before: Counters, now: Counters, { repeatedLabels }: Repeated): number {
  return Math.max(0, Math.max(now.examples - before.examples, now.labels - before.labels) - repeatedLabels);
}

interface Counters {
  /** Examples that reached `learn` again. */
  readonly examples: number;
  /** Labels that came again. */
  readonly labels: number;
  /** Events that a step still has to handle. */
  readonly lag: number;
}

/** Undefined for other brokers: only Wadi's own serves these metrics. */
async function readCounters({ url, examples: { pipeline } }: EmitPlan): Promise<Counters | undefined> {
  if (pipeline === undefined || new URL(url).pathname !== "/") return undefined;
  try {
    const answer = await fetch(new URL("metrics", url), { signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = await answer.text();
    if (!answer.ok || !text.includes("wadi_trigger_lag")) return undefined;
    return countersOf(text, pipeline);
  } catch {
    return undefined;
  }
}

function countersOf(metrics: string, pipeline: string): Counters {
  let examples = 0;
  let late = 0;
  let lag = 0;
  for (const [, name, labels = "", value] of metrics.matchAll(/^(wadi_\w+)\{(.*)\} (\d+)$/gm)) {
    const ours = labels.includes(`"${pipeline}"`);
    if (name === "wadi_duplicates_total" && ours) examples += Number(value);
    if (name === "wadi_labels_total" && ours && labels.includes('outcome="duplicate"')) late += Number(value);
    if (name === "wadi_trigger_lag") lag += Number(value);
  }
  return { examples, labels: late, lag };
}
