// A cache that makes a value at first use and evicts the least recently used one that is not in use.

import { getHeapStatistics } from "node:v8";

/**
 * What model sets that are kept open may take together, as bytes of their stored states: open, a state takes up to four
 * times that of the heap.
 */
export const OPEN_STATE_BYTES = getHeapStatistics().heap_size_limit / 10;

export interface Recent<V> {
  readonly size: number;
  /**
   * Calls `work` with the value at once. The value is not evicted before the promise of `work` is settled. `weighs`: how
   * many bytes the value takes by now; 0 until it is called.
   */
  use<T>(key: string, make: () => V, work: (value: V, weighs: (bytes: number) => void) => Promise<T>): Promise<T>;
  /** Drops the value: the next use makes a new one. Does nothing when another value has taken its place already. */
  forget(key: string, value: V): void;
}

interface Entry<V> {
  readonly value: V;
  users: number;
  bytes: number;
}

/** Keeps at most `most` values and `mostBytes` of them, more only while more are in use. */
export function createRecent<V>(most: number, mostBytes = Number.POSITIVE_INFINITY): Recent<V> {
  /** Least recently used first. */
  const entries = new Map<string, Entry<V>>();
  let total = 0;

  function drop(key: string, { bytes }: Entry<V>): void {
    entries.delete(key);
    total -= bytes;
  }

  function trim(): void {
    for (const [key, entry] of entries) {
      if (entries.size <= most && total <= mostBytes) return;
      if (entry.users === 0) drop(key, entry);
    }
  }

  return {
    get size() {
      return entries.size;
    },
    async use(key, make, work) {
      const entry = entries.get(key) ?? { value: make(), users: 0, bytes: 0 };
      entries.delete(key);
      entries.set(key, entry);
      entry.users++;
      try {
        return await work(entry.value, (bytes) => {
          // What was forgotten meanwhile counts no more.
          if (entries.get(key) === entry) total += bytes - entry.bytes;
          entry.bytes = bytes;
        });
      } finally {
        entry.users--;
        trim();
      }
    },
    forget(key, value) {
      const entry = entries.get(key);
      if (entry?.value === value) drop(key, entry);
    },
  };
}
