// Events each in a request of its own, several under way at once: for an ingress that takes no batches.

import type { Ingress } from "./ingress.ts";
import type { Outgoing } from "./late-labels.ts";
import { type Events, notSent, type Sending } from "./sending.ts";

export async function sendSingly(events: Events, ingress: Ingress, options: Sending): Promise<void> {
  const { limit, signal } = options;
  const underWay = new Map<Outgoing, Promise<void>>();
  const refused = new WeakSet<Outgoing>();
  let failure: { readonly error: unknown } | undefined;
  let freed = () => {};
  const room = () =>
    new Promise<void>((resolve) => {
      freed = resolve;
    });

  async function send(outgoing: Outgoing): Promise<void> {
    try {
      const { follows } = outgoing;
      if (follows !== undefined) {
        await underWay.get(follows);
        // Its observation may be what failed.
        if (failure !== undefined) return;
      }
      const reason =
        follows !== undefined && refused.has(follows) ? notSent(outgoing) : await ingress.deliver(outgoing.event);
      if (reason === undefined) return options.accepted?.(outgoing);
      refused.add(outgoing);
      options.refused?.(outgoing, reason);
    } catch (error) {
      failure ??= { error };
    } finally {
      underWay.delete(outgoing);
      freed();
    }
  }

  try {
    for await (const outgoing of events) {
      await options.ready?.();
      while (underWay.size >= limit) await room();
      if (signal.aborted || failure !== undefined) break;
      options.setOut?.(outgoing);
      underWay.set(outgoing, send(outgoing));
    }
  } catch (error) {
    failure ??= { error };
  }
  await Promise.all(underWay.values());
  if (failure !== undefined) throw failure.error;
}
