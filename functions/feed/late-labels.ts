// The order of a stream with late labels: observations in their order, each label when it is due.
//
//   L1  Every label comes after its observation.
//   L2  Labels come in order of their due times; if these are equal, in order of their observations.
//   L3  An observation at time t comes after the labels due before t, and before those due at t.

import type { Event } from "../lib/events/vocabulary.ts";
import type { Example } from "./examples.ts";

/** An event to send. A label names the observation it must come after. */
export interface Outgoing {
  readonly event: Event;
  readonly follows?: Outgoing;
}

/** Keeps only the labels that are not due yet. */
export async function* withLateLabels(
  examples: AsyncIterable<Example> | Iterable<Example>,
): AsyncGenerator<Outgoing, void, void> {
  const waiting = createDueQueue<Outgoing>();
  for await (const { observation, at, label } of examples) {
    while (waiting.due() < at) yield waiting.take();
    const outgoing: Outgoing = { event: observation };
    yield outgoing;
    if (label !== undefined) waiting.put(label.due, { event: label.event, follows: outgoing });
  }
  while (waiting.due() < Number.POSITIVE_INFINITY) yield waiting.take();
}

interface DueQueue<T> {
  put(due: number, item: T): void;
  /** When the next one is due; infinity where there is none. */
  due(): number;
  take(): T;
}

/** A binary heap; items due at the same time come out in the order they were put in. */
function createDueQueue<T>(): DueQueue<T> {
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
