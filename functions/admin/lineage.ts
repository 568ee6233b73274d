// How many examples a rollback forgets. A rollback makes a version with the state of an older one, so versions form a tree: an
// example is in a state if it was learned on the way from the root to it.

/** A version, how many examples were learned by then, and, where a rollback made it, whose state it has. */
export interface Ancestor {
  readonly version: number;
  readonly count: number;
  readonly restored?: number;
}

/** Versions in a row, each learned on the one before. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Whether the state of version `then` went on to that of version `now`. @param known all versions that are known. */
export function isOnTheWay(known: readonly Ancestor[], now: number, then: number): boolean {
  return within(stretchesOf(restoredOf(known), now), then);
}

/** How many examples are in `now` and not in `then`. @param known all versions that are known, newest first. */
export function forgottenBetween(known: readonly Ancestor[], now: Ancestor, then: Ancestor): number {
  const restored = restoredOf(known);
  const [mine, its] = [stretchesOf(restored, now.version), stretchesOf(restored, then.version)];
  const common = mine.flatMap((a) => its.map((b) => (b.to < a.from || a.to < b.from ? 0 : Math.min(a.to, b.to))));
  const fork = Math.max(0, ...common);
  // The newest that is known of where both come from; what is older is in both.
  const shared = [now, then, ...known].filter(({ version }) => version <= fork && within(mine, version));
  const newest = shared.reduce((best, one) => (one.version > best.version ? one : best), { version: 0, count: 0 });
  return Math.max(0, now.count - newest.count);
}

function restoredOf(known: readonly Ancestor[]): readonly { version: number; restored: number }[] {
  return known.flatMap(({ version, restored }) => (restored === undefined ? [] : [{ version, restored }]));
}

function stretchesOf(restored: readonly { version: number; restored: number }[], last: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let to = last;
  for (const made of [...restored].sort((a, b) => b.version - a.version)) {
    if (made.version > to) continue;
    stretches.push({ from: made.version, to });
    to = made.restored;
  }
  return [...stretches, { from: 0, to }];
}

function within(stretches: readonly Stretch[], version: number): boolean {
  return stretches.some(({ from, to }) => from <= version && version <= to);
}
