// Removes what belongs to no version of the table that somebody may still read: files of commits that were not made, files that
// were compacted, drafts of processes that were killed.

import { nameOf } from "./delta/actions.ts";
import { REMOVED_MS } from "./delta/checkpoint.ts";
import { HIDDEN } from "./delta/objects.ts";
import type { DeltaTable } from "./delta/table.ts";
import { UNWATCHED, type Watch } from "./watch.ts";

export interface Vacuumed {
  readonly files: number;
  readonly bytes: number;
}

export interface VacuumChoice {
  /** Nothing is removed. */
  readonly isTrial: boolean;
  /**
   * Files that were removed from the table go at once, too, and not after 7 days: who reads an older version loses them. No writer needs
   * them: a commit that names one is refused.
   */
  readonly isAtOnce?: boolean;
}

/**
 * Older than 7 days, as Delta's own default is: a younger file may be of a commit that is being made.
 * @throws UnavailableError.
 */
export async function vacuum(
  { objects, snapshot }: DeltaTable,
  now: number,
  { isTrial, isAtOnce = false }: VacuumChoice,
  watch: Watch = UNWATCHED,
): Promise<Vacuumed> {
  const before = now - REMOVED_MS;
  const kept = new Set([...snapshot.files.values()].map(nameOf));
  const removed = new Set<string>();
  for (const remove of snapshot.removed.values()) {
    if (isAtOnce) removed.add(nameOf(remove));
    else if ((remove.deletionTimestamp ?? now) > before) kept.add(nameOf(remove));
  }
  let [files, bytes] = [0, 0];
  const names = await objects.list("");
  for (const [i, name] of names.entries()) {
    if (watch.signal?.aborted) break;
    watch.step(i, names.length);
    if (kept.has(name) || !isOurs(name)) continue;
    const found = await objects.look(name);
    if (found === undefined || (found.modified > before && !removed.has(name))) continue;
    if (!isTrial) await objects.remove(name);
    files++;
    bytes += found.bytes;
  }
  return { files, bytes };
}

/** Data files, and drafts; never what the log has. */
function isOurs(name: string): boolean {
  const last = name.slice(name.lastIndexOf("/") + 1);
  if (last.startsWith(HIDDEN)) return last.endsWith(".new");
  return last.endsWith(".parquet") && !name.startsWith("_delta_log/");
}
