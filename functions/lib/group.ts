// Group commit: items that arrive while a group is at work wait, and the next group takes all of them, up to a limit.
//
//   G1  An item is settled only after the work on its group.
//   G2  Groups are taken in call order, one at a time.
//   G3  When a group fails, the waiting items fail too, so that none overtakes an item that will be sent again.

export interface Groups<T, R> {
  /** Resolves with the item's result. */
  add(item: T): Promise<R>;
  /** Items that wait behind the group at work. */
  readonly waiting: number;
}

export interface GroupOptions<T, R> {
  /** Most items in a group. */
  readonly limit: number;
  /** Runs before a group is taken; items that arrive meanwhile belong to it. */
  before?(): Promise<void> | undefined;
  /** Resolves with one result an item, in order. A rejection rejects the whole group. */
  work(items: readonly T[]): Promise<readonly R[]>;
}

interface Waiting<T, R> {
  readonly item: T;
  resolve(result: R): void;
  reject(error: unknown): void;
}

export function inGroups<T, R>({ limit, before, work }: GroupOptions<T, R>): Groups<T, R> {
  let queue: Waiting<T, R>[] = [];
  let running = false;

  async function run(): Promise<void> {
    while (queue.length > 0) {
      const pause = before?.();
      if (pause !== undefined) await pause;
      const group = queue.splice(0, limit);
      try {
        const results = await work(group.map(({ item }) => item));
        for (const [i, { resolve }] of group.entries()) resolve(results[i] as R);
      } catch (error) {
        const behind = queue;
        queue = [];
        for (const { reject } of [...group, ...behind]) reject(error);
      }
    }
    running = false;
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        if (running) return;
        running = true;
        // The first group takes what arrives in this turn of the event loop.
        setImmediate(run);
      });
    },
    get waiting() {
      return queue.length;
    },
  };
}
