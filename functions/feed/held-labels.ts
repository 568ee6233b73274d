// Labels that wait for something, such as the prediction of their observation, while later events go ahead.

import type { Outgoing } from "./late-labels.ts";

export interface HoldOptions {
  /** Whether this label may go now. */
  isDue(label: Outgoing): boolean;
  /** Labels held back at most: past that, the stream waits for one of them. */
  readonly most: number;
  /** Resolves after a while, and at once when all is over. */
  wait(): Promise<void>;
  /** Nothing will make a held label due any more: the first of them goes, due or not. */
  isIdle(): boolean;
  /** The stream is to end as it is. */
  isOver(): boolean;
}

/** Observations in their order; a label once it is due, in the order of the labels otherwise. */
export async function* holdLabels(events: AsyncIterable<Outgoing>, options: HoldOptions): AsyncGenerator<Outgoing> {
  const { isDue, most, wait, isIdle, isOver } = options;
  let held: Outgoing[] = [];
  const takeDue = () => {
    const due = held.filter(isDue);
    if (due.length > 0) held = held.filter((label) => !due.includes(label));
    return due;
  };
  async function* downTo(length: number) {
    while (held.length > length && !isOver()) {
      const due = takeDue();
      if (due.length > 0) yield* due;
      else if (isIdle()) yield held.shift() as Outgoing;
      else await wait();
    }
  }

  for await (const outgoing of events) {
    yield* takeDue();
    if (outgoing.follows === undefined || isDue(outgoing)) yield outgoing;
    else held.push(outgoing);
    yield* downTo(most);
  }
  yield* downTo(0);
}
