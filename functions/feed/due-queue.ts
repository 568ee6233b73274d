// What waits until it is due, such as the label of an observation.

export interface DueQueue<T> {
  put(due: number, item: T): void;
  /** When the next one is due; infinity where there is none. */
  due(): number;
  take(): T;
}

/** A binary heap; items due at the same time come out in the order they were put in. */
export function createDueQueue<T>(): DueQueue<T> {
  interface Entry {
    readonly due: number;
    readonly order: number;
    readonly item: T;
  }
  const heap: Entry[] = [];
  let order = 0;
  const before = (a: Entry, b: Entry) => a.due < b.due || (a.due === b.due && a.order < b.order);

  return {
    put(due, item) {
      const entry = { due, order: order++, item };
      let i = heap.length;
      for (let parent = (i - 1) >> 1; i > 0 && before(entry, heap[parent] as Entry); parent = (i - 1) >> 1) {
        heap[i] = heap[parent] as Entry;
        i = parent;
      }
      heap[i] = entry;
    },
    due: () => heap[0]?.due ?? Number.POSITIVE_INFINITY,
    take() {
      const { item } = heap[0] as Entry;
      const last = heap.pop() as Entry;
      if (heap.length === 0) return item;
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++;
        if (!before(heap[child] as Entry, last)) break;
        heap[i] = heap[child] as Entry;
        i = child;
      }
      heap[i] = last;
      return item;
    },
  };
}
