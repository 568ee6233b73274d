// Events in batches, one batch under way at a time: the next one is whatever has come by the time that this one is
// answered. So the order is kept, a slow stream does not wait for a batch to fill, and a fast one fills them.
//
//   B1  The next batch is sent once this one is answered. Events are read only while the next batch has room.
//   B2  A label is never in one batch with its observation: it would often be learned before there is a prediction to score.
//   B3  A batch that is refused is sent again in halves, down to single events: those that are refused get their reasons,
//       and the others are accepted, all in their order.

import { MAX_BATCH_BYTES, MAX_BATCH_EVENTS } from "../lib/events/batch.ts";
import { MAX_DOOR_BODY_BYTES } from "../lib/events/derive.ts";
import { writeStructured } from "../lib/events/structured.ts";
import type { Ingress } from "./ingress.ts";
import type { Outgoing } from "./late-labels.ts";
import { type Events, notSent, type Sending } from "./sending.ts";

interface Member {
  readonly outgoing: Outgoing;
  readonly text: string;
  /** In a batch, with the comma behind it. */
  readonly bytes: number;
}

export async function sendInBatches(events: Events, ingress: Ingress, options: Sending): Promise<void> {
  const { signal, setOut, accepted, refused } = options;
  const most = Math.min(options.limit, MAX_BATCH_EVENTS);
  const refusedOnes = new WeakSet<Outgoing>();
  let next: Member[] = [];
  let nextBytes = 0;
  const nextOnes = new Set<Outgoing>();
  let underWay: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  let freed = () => {};
  const room = () =>
    new Promise<void>((resolve) => {
      freed = resolve;
    });
  const over = () => signal.aborted || failure !== undefined;
  const fits = ({ outgoing: { follows }, bytes }: Member) => {
    if (next.length === 0) return true;
    if (follows !== undefined && nextOnes.has(follows)) return false;
    return next.length < most && nextBytes + bytes + "[]".length <= MAX_BATCH_BYTES;
  };

  function sendNext(): void {
    if (underWay !== undefined || next.length === 0 || over()) return;
    const batch = next;
    next = [];
    nextBytes = 0;
    nextOnes.clear();
    for (const { outgoing } of batch) setOut?.(outgoing);
    underWay = deliver(batch)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .then(() => {
        underWay = undefined;
        sendNext();
        freed();
      });
  }

  async function deliver(batch: readonly Member[]): Promise<void> {
    const members = batch.filter(({ outgoing }) => {
      if (outgoing.follows === undefined || !refusedOnes.has(outgoing.follows)) return true;
      refuse(outgoing, notSent(outgoing));
      return false;
    });
    const [first] = members;
    if (first === undefined) return;
    const alone = members.length === 1;
    const reason = await (alone
      ? ingress.deliver(first.outgoing.event)
      : ingress.deliverBatch(members.map(({ text }) => text)));
    if (reason === undefined) for (const { outgoing } of members) accepted?.(outgoing);
    else if (alone) refuse(first.outgoing, reason);
    else {
      const half = Math.ceil(members.length / 2);
      await deliver(members.slice(0, half));
      await deliver(members.slice(half));
    }
  }

  function refuse(outgoing: Outgoing, reason: string): void {
    refusedOnes.add(outgoing);
    refused?.(outgoing, reason);
  }

  try {
    for await (const outgoing of events) {
      await options.ready?.();
      const member = memberOf(outgoing);
      while (!over() && !fits(member)) await room();
      if (over()) break;
      next.push(member);
      nextOnes.add(outgoing);
      nextBytes += member.bytes;
      sendNext();
    }
  } catch (error) {
    // The events that were read before the error are still sent.
    while (underWay !== undefined) await underWay;
    failure ??= { error };
  }
  while (underWay !== undefined) await underWay;
  if (failure !== undefined) throw failure.error;
}

/** An event that is too large for a batch, or cannot be written as JSON, counts as a full batch: it is sent in a request of its own. */
function memberOf(outgoing: Outgoing): Member {
  try {
    const text = writeStructured(outgoing.event);
    const bytes = Buffer.byteLength(text);
    return { outgoing, text, bytes: bytes > MAX_DOOR_BODY_BYTES ? MAX_BATCH_BYTES : bytes + ",".length };
  } catch {
    return { outgoing, text: "", bytes: MAX_BATCH_BYTES };
  }
}
