// An embedded broker with one subscriber, for its tests.

import { onTestFinished } from "vitest";
import { manualClock } from "../../clock.ts";
import type { Subscriber, Trigger } from "../broker.ts";
import { subscriberOf, triggerOf } from "../broker-under-test.contract.ts";
import { type EmbeddedOptions, openEmbeddedBroker } from "./embedded.ts";

/** In memory and with a subscriber that accepts everything, unless told otherwise. */
export async function open(options: Partial<EmbeddedOptions> & { trigger?: Partial<Trigger> } = {}) {
  const clock = manualClock();
  const subscriber = subscriberOf();
  const triggers = [{ trigger: triggerOf(options.trigger), subscriber }];
  const broker = await openEmbeddedBroker({ path: ":memory:", triggers, clock, ...options });
  onTestFinished(async () => {
    const stopped = broker.stop();
    clock.advance(options.graceMs ?? 10_000);
    await stopped;
  });
  return { clock, subscriber, broker };
}

/** The same with this subscriber. */
export function openWith(
  subscriber: Subscriber,
  trigger: Partial<Trigger> = {},
  options: Partial<EmbeddedOptions> = {},
) {
  return open({ ...options, triggers: [{ trigger: triggerOf(trigger), subscriber }] });
}
