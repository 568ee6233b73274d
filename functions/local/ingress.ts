// The local doors for events: the broker's, and that of validate, where a client hears at once what is wrong.
//
//   I1  What only steps may send is refused: forged, it would be learned, or keep a real example from being learned.
//   I2  A batch is accepted once all of it is on disk; what refuses one of its members refuses it.

import type { Broker } from "../lib/broker/broker.ts";
import { ForbiddenError } from "../lib/errors.ts";
import { MAX_BATCH_BYTES, placeOf } from "../lib/events/batch.ts";
import { MAX_DOOR_BODY_BYTES } from "../lib/events/derive.ts";
import { type Event, EventType, isOfClient } from "../lib/events/vocabulary.ts";
import type { EventRoute } from "../lib/serve/route.ts";
import { accepted } from "../lib/serve/status.ts";
import type { Step } from "../lib/serve/step.ts";

/** `refused`: an event that only steps may send came. */
export function ingressRoutes(
  broker: Pick<Broker, "publish" | "publishAll">,
  validate: Step,
  refused: () => void,
): readonly EventRoute[] {
  function check({ type }: Event, member?: string): void {
    if (isOfClient(type)) return;
    refused();
    throw new ForbiddenError(
      "internal-type",
      `${member === undefined ? "" : `${member}: `}${type} is sent by Wadi alone; ` +
        `send ${EventType.observation} or ${EventType.label}`,
    );
  }

  const toBroker: EventRoute = {
    path: "/",
    maxBodyBytes: MAX_DOOR_BODY_BYTES,
    async accept(event) {
      check(event);
      await broker.publish(event);
      return accepted;
    },
    batch: {
      maxBodyBytes: MAX_BATCH_BYTES,
      async accept(events) {
        for (const [i, event] of events.entries()) check(event, placeOf(i));
        await broker.publishAll(events);
        return accepted;
      },
    },
  };
  const toValidate: EventRoute = {
    path: "/validate",
    maxBodyBytes: MAX_DOOR_BODY_BYTES,
    async accept(event) {
      check(event);
      return validate.answer(event);
    },
  };
  return [toBroker, toValidate];
}
