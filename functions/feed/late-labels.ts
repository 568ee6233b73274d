// The order of a stream with late labels: observations in their order, each label when it is due.
//
//   L1  Every label comes after its observation.
//   L2  Labels come in order of their due times; if these are equal, in order of their observations.
//   L3  An observation at time t comes after the labels due before t, and before those due at t.

import type { Event } from "../lib/events/vocabulary.ts";
import { createDueQueue } from "./due-queue.ts";
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
