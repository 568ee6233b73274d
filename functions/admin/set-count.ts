// How many model sets there are, for those who ask every second: to count many of them takes a store some milliseconds.

import type { Clock } from "../lib/clock.ts";
import type { ModelSets } from "../lib/store/store.ts";

/** Up to so many are counted each time: that is one page of names. */
const FEW = 100;
const KEPT_MS = 10_000;

/** Exact where they are few, else at most ten seconds old. A failure is not kept. */
export function createSetCount(models: Pick<ModelSets, "setCount">, clock: Pick<Clock, "now">): () => Promise<number> {
  let counted: { readonly at: number; readonly count: number } | undefined;
  let counting: Promise<number> | undefined;

  async function count(): Promise<number> {
    const at = clock.now();
    const found = await models.setCount();
    counted = { at, count: found };
    return found;
  }

  return async () => {
    // If the clock was set back it counts again, too.
    const age = counted === undefined ? KEPT_MS : Math.abs(clock.now() - counted.at);
    if (counted !== undefined && counted.count > FEW && age < KEPT_MS) return counted.count;
    counting ??= count().finally(() => {
      counting = undefined;
    });
    return counting;
  };
}
