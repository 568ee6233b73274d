// The order of a stream with late labels: observations in their order, each label when it is due.
//
//   L1  Every label comes after its observation.
//   L2  Labels come in order of their due times; if these are equal, in order of their observations.
//   L3  An observation at time t comes after the labels due before t, and before those due at t.
//   L4  An event that is sent again is the same event, comes after the first one, and is as a label in all else.

import type { Event } from "../lib/events/vocabulary.ts";
import { createDueQueue } from "./due-queue.ts";
import type { Example } from "./examples.ts";

/** An event to send. */
export interface Outgoing {
  readonly event: Event;
  /** What it must come after: the observation of a label, or the same event where it is sent again. */
  readonly follows?: Outgoing;
  /** Where in the stream it is due, as `at` of an Example counts; absent where the stream has no such order. */
  readonly at?: number;
}

/** Keeps only what is not due yet. */
export async function* withLateLabels(
  examples: AsyncIterable<Example> | Iterable<Example>,
): AsyncGenerator<Outgoing, void, void> {
  interface Waiting {
    readonly outgoing: Outgoing;
    readonly due: number;
    /** When it is sent once more. */
    readonly again?: number | undefined;
  }
  const waiting = createDueQueue<Waiting>();
  const put = (event: Event, follows: Outgoing, due: number, again?: number) =>
    waiting.put(due, { outgoing: { event, follows, at: due }, due, again });
  const repeat = (outgoing: Outgoing, at: number, again?: number) => {
    if (again !== undefined) put(outgoing.event, outgoing, Math.max(at, again));
  };
  const take = (): Outgoing => {
    const { outgoing, due, again } = waiting.take();
    repeat(outgoing, due, again);
    return outgoing;
  };
  for await (const { observation, at, label, again } of examples) {
    while (waiting.due() < at) yield take();
    const outgoing: Outgoing = { event: observation, at };
    yield outgoing;
    repeat(outgoing, at, again?.observation);
    if (label !== undefined) put(label.event, outgoing, label.due, again?.label);
  }
  while (waiting.due() < Number.POSITIVE_INFINITY) yield take();
}

/** Whether this event was sent before, in this stream. */
export function isRepeat({ event, follows }: Outgoing): boolean {
  return follows?.event === event;
}
