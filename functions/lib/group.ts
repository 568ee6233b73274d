// Work in groups: while one is at work, what arrives waits, and the next group takes all of it, up to a limit.
//
//   G1  An item is settled only after the work on its group.
//   G2  Groups are taken in call order, one at a time.
//   G3  After a failure all that waits fails with the group: nothing overtakes what will be sent again.

export interface Groups<T, R> {
  /** What the work made of this item. */
  add(item: T): Promise<R>;
  /** Items that wait behind the group at work. */
  readonly waiting: number;
}

export interface GroupOptions<T, R> {
  /** Most items in a group. */
  readonly limit: number;
  /** Before the next group is taken: items that come meanwhile are in it. */
  before?(): Promise<void> | undefined;
  /** Answers one result for each item, in their order. What it throws rejects them all. */
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
        // What arrives in this turn of the event loop makes the first group.
        setImmediate(run);
      });
    },
    get waiting() {
      return queue.length;
    },
  };
}
