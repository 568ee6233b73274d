// A limit on log lines of one kind a minute: a client that fails a thousand times a second must not drown the other lines.
// Omitted lines are counted, and the metrics and dead letters still have them.

import type { Clock } from "../clock.ts";

const LINES = 10;
const EVERY_MS = 60_000;
/** There are a handful of kinds; past this number all further kinds share one. */
const MAX_KINDS = 256;

interface Kind {
  readonly since: number;
  said: number;
  unsaid: number;
}

/** How many lines of this kind were omitted before this one, as a field of the line; undefined when this one is omitted too. */
export type LineQuota = (kind: string) => { readonly unsaid?: number } | undefined;

export function createLineQuota(clock: Clock): LineQuota {
  const kinds = new Map<string, Kind>();
  return (wanted) => {
    const name = kinds.size < MAX_KINDS || kinds.has(wanted) ? wanted : "others";
    const now = clock.now();
    const kind = kinds.get(name);
    // A clock that was set back starts a new minute, too.
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
