// A store that went back: after a failover, a torn append-only file or a restored copy, versions that were there are gone.
// Weights and learned ids went back together, so the store is consistent; but what was learned in between is lost until it is
// fed again, and nobody would notice.
//
//   W1  A version counts as lost only if it was known before the store was asked, so that answers may overtake each other.
//   W2  Each process reports a loss once, not for each answer that shows it.
//   W3  Anybody may have written the version that an event says served it. It raises no alarm and is not remembered: a forged
//       number would raise a false alarm and hide the losses below it. Where the store has less, the log gets a hint.

import type { Clock } from "../clock.ts";
import type { Activity, Happening } from "../store/store.ts";
import type { Head } from "../store/stored-model.ts";
import { createLineQuota } from "../telemetry/line-quota.ts";
import { type Log, silentLog } from "../telemetry/log.ts";
import type { Telemetry } from "../telemetry/metrics.ts";

/** Kinds of happenings: a loss was noticed; what was lost has been fed again. */
export const STORE_REGRESSED = "store-regressed";
export const GAP_REPLAYED = "gap-replayed";

export const REGRESSED_CURE =
  "wadi replay --pipeline <name> --gap feeds again from the log what the store has lost; what it still knows is not learned twice";

type Versioned = Pick<Head, "generation" | "version">;

export interface StoreWatch {
  /** This version was committed, logged, or read from a join record of the store, so the store must have it. */
  seen(set: string, version: Versioned): void;
  /**
   * To be called before the store is asked; what it returns is called with the answer. `before`: for a commit, the version
   * that the store had until then.
   */
  asking(set: string): (found: Versioned, before?: number) => void;
  /** W3. `found`: what the store had after the event had come. */
  claimed(set: string, claim: Versioned, found: Versioned): void;
}

export interface StoreWatchDeps {
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, "storeRegressed">;
  readonly log?: Log;
  /** Where people find a loss afterwards. */
  readonly activity?: Pick<Activity, "append">;
}

interface Known extends Versioned {
  /** Up to this version losses were reported. */
  readonly told: number;
}

const NOTHING: Known = { generation: "", version: 0, told: 0 };

export function createStoreWatch({ clock, telemetry, log = silentLog, activity }: StoreWatchDeps): StoreWatch {
  const sets = new Map<string, Known>();
  const quota = createLineQuota(clock);

  const knownOf = (set: string, generation: string): Known => {
    const known = sets.get(set);
    return known?.generation === generation ? known : NOTHING;
  };

  function tell(set: string, found: Versioned, version: number): void {
    const [pipeline = set] = set.split("/");
    // Where a pipeline has a set for each value, /metrics must not grow with the values.
    telemetry.storeRegressed.inc({ set: pipeline });
    const said = quota(set);
    if (said === undefined) return;
    const detail = regressedText(set, found, version);
    log.error({ set, generation: found.generation, version: found.version, known: version, ...said }, withCure(detail));
    activity?.append({ time: clock.now(), kind: STORE_REGRESSED, pipeline, detail });
  }

  return {
    seen(set, { generation, version }) {
      const known = sets.get(set);
      if (known === undefined) sets.set(set, { generation, version, told: 0 });
      else if (known.generation === generation && version > Math.max(known.version, known.told)) {
        sets.set(set, { ...known, version });
      }
    },
    asking(set) {
      const asked = sets.get(set) ?? NOTHING;
      return ({ generation, version }, before = version) => {
        const { told, ...known } = knownOf(set, generation);
        const lost = asked.generation === generation && before < asked.version && before < known.version;
        if (lost) tell(set, { generation, version: before }, known.version);
        const newest = lost ? version : Math.max(version, known.version);
        if (newest === known.version && known.generation === generation) return;
        sets.set(set, { generation, version: newest, told: lost ? Math.max(told, known.version) : told });
      };
    },
    claimed(set, { generation, version }, found) {
      if (generation !== found.generation || version <= found.version) return;
      // Hints do not use up the lines of alarms.
      const said = quota(`hint ${set}`);
      if (said === undefined) return;
      log.warn(
        { set, generation, version: found.version, claimed: version, ...said },
        `an example of ${set} says that version ${version} served it, and the store has ${found.version}: if nobody but ` +
          `Wadi's own predict can have written that, the store has lost some; ${REGRESSED_CURE}`,
      );
    },
  };
}

/** For people, without the cure. `version`: the one that was there. */
export function regressedText(set: string, found: Versioned, version: number): string {
  if (found.version === 0) {
    return `the store has nothing of ${set}, and version ${version} was there: it was emptied, or it is another one`;
  }
  return `the store has lost some of ${set}: it has version ${found.version}, and ${version} was there (generation ${found.generation})`;
}

function withCure(text: string): string {
  return `${text}; ${REGRESSED_CURE}`;
}

/** Those of the happenings (newest first) that are losses not fed again since, each once. */
export function openLostCommits(tail: readonly Happening[], since: number): readonly Happening[] {
  const replayed = new Set<string>();
  const found = new Map<string, Happening>();
  for (const happening of tail) {
    const { kind, pipeline, detail, time } = happening;
    if (kind === GAP_REPLAYED) replayed.add(pipeline);
    if (kind !== STORE_REGRESSED || replayed.has(pipeline) || time < since) continue;
    if (!found.has(detail)) found.set(detail, happening);
  }
  return [...found.values()];
}
