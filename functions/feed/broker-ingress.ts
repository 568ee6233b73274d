// The broker of this process as an address that takes events: it checks what the ingress over HTTP checks.
//
//   I1  A log that cannot be written is waited for, with the same ids: nothing is lost, and nothing learned twice.
//   I2  An event that no ingress takes is refused with its reason, and the others go on.

import type { Broker } from "../lib/broker/broker.ts";
import type { Clock } from "../lib/clock.ts";
import {
  asError,
  BusyError,
  MalformedEventError,
  RejectedError,
  TooLargeError,
  UnavailableError,
} from "../lib/errors.ts";
import { MAX_DOOR_BODY_BYTES } from "../lib/events/derive.ts";
import { parseJson } from "../lib/events/json.ts";
import { eventOf, writeStructured } from "../lib/events/structured.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { FailedError } from "../lib/failure.ts";
import { pause } from "../lib/pause.ts";
import { systemRandom } from "../lib/random.ts";
import type { Ingress } from "./ingress.ts";

export interface BrokerIngressOptions {
  readonly broker: Pick<Broker, "publishAll">;
  readonly clock: Clock;
  /** Once it aborts, nothing is tried again. */
  readonly signal: AbortSignal;
  /** Once for each hold-up. */
  waiting(reason: string): void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export function createBrokerIngress({ broker, clock, signal, waiting }: BrokerIngressOptions): Ingress {
  async function deliverBatch(members: readonly string[]): Promise<string | undefined> {
    try {
      const events = members.map(checkedEvent);
      await publish(events);
      return undefined;
    } catch (error) {
      const isRefusal = [MalformedEventError, RejectedError, TooLargeError].some((kind) => error instanceof kind);
      if (isRefusal) return asError(error).message;
      throw error;
    }
  }

  async function publish(events: readonly Event[]): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await broker.publishAll(events);
      } catch (error) {
        if (!(error instanceof UnavailableError || error instanceof BusyError)) throw error;
        if (signal.aborted) throw new FailedError(error.message, { cause: error });
        if (tries === 0) waiting(error.message);
        await pause(systemRandom() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries), clock, signal);
      }
    }
  }

  return {
    deliver: async (event) => {
      const text = textOf(event);
      return text === undefined ? "it cannot be written as an event" : deliverBatch([text]);
    },
    deliverBatch,
    close: () => {},
  };
}

/** As the ingress reads it. @throws MalformedEventError, TooLargeError. */
function checkedEvent(text: string): Event {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_DOOR_BODY_BYTES) {
    throw new TooLargeError("too-large", `it has ${bytes} bytes, and ${MAX_DOOR_BODY_BYTES} are allowed`);
  }
  return eventOf(parseJson(text, "the event"));
}

function textOf(event: Event): string | undefined {
  try {
    return writeStructured(event);
  } catch {
    return undefined;
  }
}
