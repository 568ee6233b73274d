// Where generated events go, and how many of them may be under way.

import { setImmediate } from "node:timers/promises";
import type { Broker, Seen } from "../../lib/broker/broker.ts";
import type { Clock } from "../../lib/clock.ts";
import { MAX_BATCH_EVENTS } from "../../lib/events/batch.ts";
import { count } from "../../lib/figures.ts";
import { pause } from "../../lib/pause.ts";
import { sendInBatches } from "../batches.ts";
import { createBrokerIngress } from "../broker-ingress.ts";
import type { Events, Sending } from "../sending.ts";

export interface Door {
  /** Resolves once all are answered, or after the signal aborts. @throws FailedError where nothing is taken any more. */
  send(events: Events, options: DoorOptions): Promise<void>;
}

export interface DoorOptions extends Pick<Sending, "accepted" | "refused" | "signal"> {
  /** Once for each hold-up; it ends with the next event that is accepted. */
  waiting(reason: string): void;
}

/** Events in the log that a step still has to handle. */
const MOST_UNDER_WAY = 2_000;
const LOOK_EVERY = 16;
const LOOK_MS = 20;
/** A step that is only busy has caught up by then. */
const LONG_LOOKS = 100;

export function brokerDoor(broker: Pick<Broker, "publishAll"> & Seen, clock: Clock): Door {
  const underWay = () => Math.max(0, ...broker.status().triggers.map(({ lag }) => lag));
  return {
    async send(events, options) {
      const { signal, waiting } = options;
      let sent = 0;
      const ready = async () => {
        if (sent++ % LOOK_EVERY !== 0) return;
        // Whoever else waits in this process has its turn.
        await setImmediate();
        for (let looks = 0; underWay() > MOST_UNDER_WAY && !signal.aborted; looks++) {
          if (looks === LONG_LOOKS) waiting(`${count(underWay())} events are under way, and a step does not catch up`);
          await pause(LOOK_MS, clock, signal);
        }
      };
      const ingress = createBrokerIngress({ broker, clock, signal, waiting });
      await sendInBatches(events, ingress, { ...options, limit: MAX_BATCH_EVENTS, ready });
    },
  };
}
