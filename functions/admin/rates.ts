// Rates over the last ten seconds: counters are read once a second, and eleven readings are kept.

import type { Broker, BrokerStatus } from "../lib/broker/broker.ts";
import type { Clock } from "../lib/clock.ts";

export interface Rates {
  /** Events a second, of what clients sent and by trigger. */
  read(): { readonly received: number; trigger(name: string): number };
  stop(): void;
}

interface Look {
  readonly time: number;
  readonly received: number;
  readonly handled: ReadonlyMap<string, number>;
}

const EVERY_MS = 1000;
const LOOKS = 11;

export function watchRates(broker: Pick<Broker, "status">, clock: Clock): Rates {
  let looks: Look[] = [lookAt(broker.status(), clock.now())];
  let cancel = clock.after(EVERY_MS, look);

  function look(): void {
    looks = [...looks.slice(1 - LOOKS), lookAt(broker.status(), clock.now())];
    cancel = clock.after(EVERY_MS, look);
  }

  return {
    read() {
      const now = lookAt(broker.status(), clock.now());
      const then = looks[0] as Look;
      // Below a second, and on a clock that was set back, a rate would be a guess.
      const seconds = Math.max(EVERY_MS, now.time - then.time) / 1000;
      const handledThen = (name: string) => then.handled.get(name) ?? 0;
      return {
        received: Math.max(0, now.received - then.received) / seconds,
        trigger: (name) => Math.max(0, (now.handled.get(name) ?? 0) - handledThen(name)) / seconds,
      };
    },
    stop: () => cancel(),
  };
}

function lookAt({ received, triggers }: BrokerStatus, time: number): Look {
  return { time, received, handled: new Map(triggers.map(({ name, handled }) => [name, handled])) };
}
