// A cache that makes a value at first use and evicts the least recently used one that is not in use.

export interface Recent<V> {
  readonly size: number;
  /** Calls `work` with the value at once. The value is not evicted before the promise of `work` is settled. */
  use<T>(key: string, make: () => V, work: (value: V) => Promise<T>): Promise<T>;
  /** Drops the value: the next use makes it anew. Does nothing when another value has taken its place already. */
  forget(key: string, value: V): void;
}

/** Keeps at most `most` values, more only while more are in use. */
export function createRecent<V>(most: number): Recent<V> {
  /** Least recently used first. */
  const entries = new Map<string, { readonly value: V; users: number }>();

  function trim(): void {
    for (const [key, { users }] of entries) {
      if (entries.size <= most) return;
      if (users === 0) entries.delete(key);
    }
  }

  return {
    get size() {
      return entries.size;
    },
    async use(key, make, work) {
      const entry = entries.get(key) ?? { value: make(), users: 0 };
      entries.delete(key);
      entries.set(key, entry);
      entry.users++;
      try {
        return await work(entry.value);
      } finally {
        entry.users--;
        trim();
      }
    },
    forget(key, value) {
      if (entries.get(key)?.value === value) entries.delete(key);
    },
  };
}
