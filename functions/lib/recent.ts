// Values by key, made when they are first asked for; of those that nobody uses, only the ones that were used last are kept.

export interface Recent<V> {
  readonly size: number;
  /** What `work` makes of the value: called at once, and the value is not let go before its promise is settled. */
  use<T>(key: string, make: () => V, work: (value: V) => Promise<T>): Promise<T>;
  /** The next one who asks makes it anew, unless somebody has already. */
  forget(key: string, value: V): void;
}

/** More than `most` are kept only while more are in use. */
export function createRecent<V>(most: number): Recent<V> {
  /** The one used last comes last. */
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
