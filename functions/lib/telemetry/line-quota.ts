// Lines of a log that are alike, so many a minute: a client that errs a thousand times a second must not drown what else is
// said. What is left out is counted, and stays in the metrics and the dead letters.

import type { Clock } from "../clock.ts";

const LINES = 10;
const EVERY_MS = 60_000;
/** Kinds are a handful; should they not be, what comes later shares one. */
const MAX_KINDS = 256;

interface Kind {
  readonly since: number;
  said: number;
  unsaid: number;
}

/** The field for a line of this kind: how many like it were left out before. Undefined where this one is left out, too. */
export type LineQuota = (kind: string) => { readonly unsaid?: number } | undefined;

export function createLineQuota(clock: Clock): LineQuota {
  const kinds = new Map<string, Kind>();
  return (wanted) => {
    const name = kinds.size < MAX_KINDS || kinds.has(wanted) ? wanted : "others";
    const now = clock.now();
    const kind = kinds.get(name);
    // A clock that was set back begins anew, too.
    if (kind === undefined || now - kind.since >= EVERY_MS || now < kind.since) {
      kinds.set(name, { since: now, said: 1, unsaid: 0 });
      return kind === undefined || kind.unsaid === 0 ? {} : { unsaid: kind.unsaid };
    }
    if (kind.said < LINES) {
      kind.said++;
      return {};
    }
    kind.unsaid++;
    return undefined;
  };
}
