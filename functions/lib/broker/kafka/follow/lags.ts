// How far each trigger is behind: by the offsets of its group alone, and, while the topic is read along with, by the events that match.

import type { Admin } from "kafkajs";
import { MalformedEventError, UnavailableError } from "../../../errors.ts";
import { readMessage, type TopicOwner } from "../../../events/kafka-binding.ts";
import type { SeenTrigger } from "../../broker.ts";
import { groupOf, type KafkaAddress, topicOf } from "../address.ts";
import { groupOffsets } from "../group-offsets.ts";
import type { Fetched } from "../record.ts";
import type { Fetcher, FetchLimits } from "./fetcher.ts";
import type { Bounds } from "./follower.ts";
import type { Offsets, Tally } from "./tally.ts";

export interface LagsOptions {
  readonly admin: Admin;
  readonly address: KafkaAddress;
  readonly owner: TopicOwner;
  /** By name. */
  readonly triggers: readonly string[];
  readonly tally: Tally;
  readonly fetcher: Fetcher;
}

interface Known {
  readonly lag: number;
  readonly handled?: number | undefined;
  readonly oldest?: number | undefined;
}

/** For the first record that a group has not passed; a record larger than that comes all the same. */
const PROBE: FetchLimits = { waitMs: 100, bytes: 512 * 1024, partBytes: 32 * 1024 };

export class Lags {
  readonly #options: LagsOptions;
  readonly #known = new Map<string, Known>();
  /** Of records that were not read along: when the first that waits was written, by trigger and partition. */
  readonly #probed = new Map<string, ReadonlyMap<number, { readonly at: number; readonly time: number | undefined }>>();
  #committed: ReadonlyMap<string, Offsets> = new Map();
  /** When the groups were looked at, epoch milliseconds: what they have passed since is not known, so no age grows by it. */
  #lookedAt = 0;

  constructor(options: LagsOptions) {
    this.#options = options;
  }

  /** @throws UnavailableError where there is no topic; what kafkajs throws. */
  async bounds(): Promise<Bounds> {
    const topic = topicOf(this.#options.address);
    const found = await this.#options.admin.fetchTopicOffsets(topic);
    if (found.length === 0) throw new UnavailableError("kafka-unavailable", `there is no topic ${topic} in Kafka`);
    const by = (of: "low" | "high") => new Map(found.map((one) => [one.partition, Number(one[of])]));
    return { low: by("low"), high: by("high") };
  }

  /** The least offset of each partition that some group has not passed. */
  behind(): Offsets {
    const least = new Map<number, number>();
    for (const offsets of this.#committed.values()) {
      for (const [partition, at] of offsets) least.set(partition, Math.min(at, least.get(partition) ?? at));
    }
    return least;
  }

  /** @param isAlong the tally has what was written of late. @param now epoch milliseconds. @throws what kafkajs throws. */
  async look(bounds: Bounds, isAlong: boolean, now: number): Promise<void> {
    const { admin, address, triggers } = this.#options;
    const topic = topicOf(address);
    const groups = triggers.map((name) => groupOffsets(admin, groupOf(address, name), topic));
    const found = (await Promise.all(groups)).map((offsets, i): [string, Offsets] => [
      triggers[i] as string,
      new Map(offsets.map(({ partition, offset }) => [partition, Math.max(offset, bounds.low.get(partition) ?? 0)])),
    ]);
    this.#committed = new Map(found);
    for (const [name, committed] of found) this.#known.set(name, await this.#lookAt(name, committed, bounds, isAlong));
    this.#lookedAt = now;
  }

  async #lookAt(name: string, committed: Offsets, { low, high }: Bounds, isAlong: boolean): Promise<Known> {
    const behind = [...high].map(([partition, end]) => end - (committed.get(partition) ?? low.get(partition) ?? 0));
    // Of whatever type: a trigger passes over what it does not take.
    const most = behind.reduce((sum, one) => sum + Math.max(0, one), 0);
    const tally = isAlong ? this.#options.tally.look(name, committed) : undefined;
    if (tally === undefined) return { lag: most };
    const { unread, lag = most, handled, oldest } = tally;
    const times = [oldest, ...(await this.#probe(name, unread))].filter((time) => time !== undefined);
    return { lag, handled, oldest: times.length === 0 ? undefined : Math.min(...times) };
  }

  /** One record of each partition, and only where the group has moved. */
  async #probe(name: string, unread: Offsets): Promise<readonly (number | undefined)[]> {
    const before = this.#probed.get(name);
    const moved = new Map([...unread].filter(([partition, at]) => before?.get(partition)?.at !== at));
    const parts = moved.size === 0 ? [] : await this.#options.fetcher.fetch(moved, PROBE);
    const times = new Map(parts.map(({ partition, messages }) => [partition, this.#timeOf(name, messages)]));
    const now = [...unread].map(([partition, at]) => {
      const time = moved.has(partition) ? times.get(partition) : before?.get(partition)?.time;
      return [partition, { at, time }] as const;
    });
    this.#probed.set(name, new Map(now));
    return now.map(([, { time }]) => time);
  }

  /** Of the first that matches; where none does, the first that matches is younger than all of them. */
  #timeOf(name: string, messages: readonly Fetched[]): number | undefined {
    const first = messages.find((message) => this.#takes(name, message)) ?? messages.at(-1);
    return first && Number(first.timestamp);
  }

  #takes(name: string, message: Fetched): boolean {
    try {
      return this.#options.tally.takes(name, readMessage(message, this.#options.owner));
    } catch (error) {
      if (error instanceof MalformedEventError) return false; // no trigger gets it
      throw error;
    }
  }

  /** As of the last look. @param isKnown false: what was known then may have changed since; only the lag is told. */
  status(isKnown = true): readonly SeenTrigger[] {
    return this.#options.triggers.map((name) => {
      const { lag, handled, oldest } = this.#known.get(name) ?? { lag: 0 };
      if (!isKnown) return { name, lag };
      const seconds = oldest === undefined ? undefined : Math.max(0, this.#lookedAt - oldest) / 1000;
      const lagSeconds = lag === 0 ? 0 : seconds;
      return {
        name,
        lag,
        ...(lagSeconds !== undefined && { lagSeconds }),
        ...(handled !== undefined && { handled }),
      };
    });
  }
}
