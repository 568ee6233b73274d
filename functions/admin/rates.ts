// Rates over the last ten seconds: counters are read once a second, and eleven readings are kept.
//
//   R1  A rate that is not known is absent. It is 0 only where nothing came for as long as it takes to know that.
//   R2  A counter that began anew, as its own time or a smaller value tells, is compared with nothing before that.

import type { Seen, SeenBroker } from "../lib/broker/broker.ts";
import type { Clock } from "../lib/clock.ts";

export interface Rates {
  /** Events a second, of what clients sent and by trigger; undefined where it is not known. */
  read(): { readonly received: number | undefined; trigger(name: string): number | undefined };
  stop(): void;
}

interface Reading {
  readonly time: number;
  readonly value: number;
}

interface Look {
  readonly time: number;
  /** Absent: since the start of the process. */
  readonly countedSince: number | undefined;
  readonly received: number | undefined;
  readonly handled: ReadonlyMap<string, number | undefined>;
}

const EVERY_MS = 1000;
const LOOKS = 11;
/** Groups of other processes tell how far they are every few seconds: Knative's dispatcher every five. */
const STEP_MS = 5 * EVERY_MS;
/** Over less than that a rate by steps is not known. */
const STEPS_MS = 9 * EVERY_MS;

export function watchRates(broker: Seen, clock: Clock): Rates {
  let looks: Look[] = [lookAt(broker.status(), clock.now())];
  let cancel = clock.after(EVERY_MS, look);

  function look(): void {
    looks = [...looks.slice(1 - LOOKS), lookAt(broker.status(), clock.now())];
    cancel = clock.after(EVERY_MS, look);
  }

  return {
    read() {
      const now = lookAt(broker.status(), clock.now());
      const all = [...looks, now];
      const isStepwise = now.countedSince !== undefined;
      return {
        received: meanRate(
          readings(all, (one) => one.received),
          isStepwise ? EVERY_MS : 0,
        ),
        trigger(name) {
          const handled = readings(all, (one) => one.handled.get(name));
          return isStepwise ? stepwiseRate(handled) : meanRate(handled, 0);
        },
      };
    },
    stop: () => cancel(),
  };
}

function lookAt({ received, countedSince, triggers }: SeenBroker, time: number): Look {
  return { time, countedSince, received, handled: new Map(triggers.map(({ name, handled }) => [name, handled])) };
}

/** R2. Of the newest looks in a row that can be compared. */
function readings(looks: readonly Look[], counted: (look: Look) => number | undefined): readonly Reading[] {
  const found: Reading[] = [];
  for (const look of looks.toReversed()) {
    const value = counted(look);
    const [next] = found;
    if (value === undefined || look.countedSince !== looks.at(-1)?.countedSince) break;
    if (next !== undefined && value > next.value) break;
    found.unshift({ time: look.time, value });
  }
  return found;
}

/** @param leastMs over less than that it is not known. */
function meanRate(all: readonly Reading[], leastMs: number): number | undefined {
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined || last.time - first.time < leastMs) return undefined;
  // Below a second, and on a clock that was set back, a rate would be a guess.
  const seconds = Math.max(EVERY_MS, last.time - first.time) / 1000;
  return (last.value - first.value) / seconds;
}

/**
 * Of a counter that stands still and then takes a step: from the first step to the last, or to when the next one was due, for with
 * the steps in a window it would swing.
 */
function stepwiseRate(all: readonly Reading[]): number | undefined {
  const mean = meanRate(all, STEPS_MS);
  const steps = all.filter(({ value }, i) => i > 0 && value !== all[i - 1]?.value);
  const [first, last, now] = [steps[0], steps.at(-1), all.at(-1)];
  if (mean === undefined || first === undefined || last === undefined || now === undefined) return mean;
  const ms = Math.max(last.time, now.time - STEP_MS) - first.time;
  return steps.length < 2 || ms < STEP_MS - EVERY_MS ? mean : (1000 * (last.value - first.value)) / ms;
}
