// The consumer groups of a broker, one a trigger, and the fetches for all of them.

import type { Admin } from "kafkajs";
import { ConfigurationError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import type { Subscriber, Trigger, TriggerStatus } from "../broker.ts";
import { SharedFetch, type Taker } from "./fetching/shared-fetch.ts";
import { groupOffsets } from "./group-offsets.ts";
import { Settler, type SettlerHost } from "./settler.ts";
import { type ConsumerHost, TriggerConsumer } from "./trigger-consumer.ts";
import type { Writer } from "./writer.ts";

export interface Subscription {
  readonly trigger: Trigger;
  readonly subscriber: Subscriber;
}

export interface ConsumersHost {
  /** All that the consumers have in common. */
  readonly consumer: Omit<ConsumerHost, "group" | "settle" | "fetchSoon">;
  readonly settler: SettlerHost;
  /** For what comes of their events. */
  readonly writer: Writer;
  groupOf(trigger: string): string;
}

interface Member {
  readonly consumer: TriggerConsumer;
  readonly group: string;
}

export class Consumers {
  readonly #members: readonly Member[];
  readonly #fetch: SharedFetch;

  /** @throws ConfigurationError for two triggers of one name, or a wrong filter or duration. */
  constructor(triggers: readonly Subscription[], host: ConsumersHost) {
    checkNames(triggers.map(({ trigger }) => trigger.name));
    this.#fetch = new SharedFetch({ ...host.consumer, takers: () => this.#takers() });
    const consumer = { ...host.consumer, fetchSoon: () => this.#fetch.wake() };
    this.#members = triggers.map(({ trigger, subscriber }) => open(trigger, subscriber, { ...host, consumer }));
  }

  /** Whether any trigger takes the event. */
  matches(event: Event): boolean {
    return this.#members.some(({ consumer }) => consumer.matches({ event }));
  }

  /** Resolves when all groups are joined. */
  async start(): Promise<void> {
    await Promise.all(this.#members.map(({ consumer }) => consumer.start()));
  }

  *#takers(): Iterable<Taker> {
    for (const { consumer } of this.#members) yield* consumer.takers();
  }

  wake(): void {
    for (const { consumer } of this.#members) consumer.wake();
  }

  /** How far the groups are in partitions that other processes have. @throws what kafkajs throws. */
  async lookAtOthers(admin: Admin, topic: string): Promise<void> {
    for (const { consumer, group } of this.#members) {
      if (consumer.others.length > 0) consumer.setOthers(await groupOffsets(admin, group, topic));
    }
  }

  status(): readonly TriggerStatus[] {
    return this.#members.map(({ consumer }) => consumer.status());
  }

  /** Hand out no more. */
  stop(): void {
    for (const { consumer } of this.#members) consumer.stop();
  }

  isIdle(): boolean {
    return this.#members.every(({ consumer }) => consumer.isIdle());
  }

  /** What is under way is abandoned; how far they came is committed. */
  async close(): Promise<void> {
    await Promise.all([this.#fetch.close(), ...this.#members.map(({ consumer }) => consumer.close())]);
  }
}

interface MembersHost extends ConsumersHost {
  readonly consumer: Omit<ConsumerHost, "group" | "settle">;
}

function open(trigger: Trigger, subscriber: Subscriber, host: MembersHost): Member {
  const group = host.groupOf(trigger.name);
  const consumer: TriggerConsumer = new TriggerConsumer(trigger, subscriber, {
    ...host.consumer,
    group,
    settle: (lane, entry, outcome) => settler.settle(lane, entry, outcome),
  });
  const settler = new Settler(consumer, host.writer, host.settler);
  return { consumer, group };
}

function checkNames(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new ConfigurationError(`two triggers are named ${twice}: rename one, a trigger's position is kept by its name`);
}
