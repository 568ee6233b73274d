// The broker's topic as a log to be read again, beside the groups of the triggers and without disturbing them.
//
//   L1  The order within a partition is kept. Partitions are merged by Kafka's time of the messages, then by the number of
//       the partition: so the same range is read in the same order each time.
//   L2  What is in memory is bounded: a partition that is ahead of the others is not fetched further.

import { randomBytes } from "node:crypto";
import type { Admin, Consumer, EachBatchPayload, Kafka } from "kafkajs";
import { MalformedEventError } from "../../../errors.ts";
import { readMessage, type TopicOwner } from "../../../events/kafka-binding.ts";
import type { Event } from "../../../events/vocabulary.ts";
import {
  type EventLog,
  isChosen,
  type LogPage,
  type LogPlace,
  type LogPosition,
  type TypeChoice,
} from "../../event-log.ts";
import type { TypeBound } from "../../filter.ts";
import { onPassedOver } from "../passed-over.ts";
import { type Fetched, mayMatch } from "../record.ts";
import { PartitionBuffer } from "./partition-buffer.ts";

export interface TopicLogOptions {
  readonly kafka: Kafka;
  /** Connected. @throws UnavailableError while Kafka is away. */
  readonly admin: () => Promise<Admin>;
  readonly topic: string;
  /** Whose the topic is; default: Wadi's own. */
  readonly owner?: TopicOwner;
  /** What Kafka's failure is to us. */
  readonly failure: (error: unknown) => Error;
  /** How long a reader stays that nobody asks; default 30 s. */
  readonly idleMs?: number;
}

export interface TopicLog extends EventLog {
  close(): Promise<void>;
}

const PAGE_EVENTS = 256;
const PAGE_BYTES = 4 * 1024 * 1024;
/** A reader that is asked again soon has its group already; joining one takes Kafka seconds. */
const IDLE_MS = 30_000;

export function openTopicLog(options: TopicLogOptions): TopicLog {
  const { kafka, admin, topic, owner, failure, idleMs = IDLE_MS } = options;
  let reader: Promise<Reader> | undefined;
  let turn: Promise<void> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;

  async function bounds(): Promise<{ readonly low: LogPosition; readonly high: LogPosition }> {
    const found = await (await admin()).fetchTopicOffsets(topic).catch(fail);
    const by = (of: "low" | "high") => {
      const position = new Array<number>(found.length).fill(0);
      for (const one of found) position[one.partition] = Number(one[of]);
      return position;
    };
    return { low: by("low"), high: by("high") };
  }

  function fail(error: unknown): never {
    throw failure(error);
  }

  async function closeReader(): Promise<void> {
    clearTimeout(idle);
    const open = reader;
    reader = undefined;
    await open?.then((one) => one.close()).catch(() => {});
    if (open === undefined) return;
    // It holds nothing; Kafka would forget it by itself in a while.
    await open.then(async (one) => (await admin()).deleteGroups([one.group])).catch(() => {});
  }

  async function* read(from: LogPosition, to: LogPosition, types: TypeChoice): AsyncGenerator<LogPage> {
    const { low } = await bounds();
    const start = to.map((_, partition) => Math.max(from[partition] ?? 0, low[partition] ?? 0));
    if (start.every((next, partition) => next >= (to[partition] ?? 0))) return;
    clearTimeout(idle);
    reader ??= openReader({ kafka, topic, owner, begins: async () => (await bounds()).low });
    try {
      yield* (await reader).read(start, to, types);
    } catch (error) {
      await closeReader();
      fail(error);
    } finally {
      // Also where the caller ends early.
      if (reader !== undefined) idle = setTimeout(() => void closeReader(), idleMs).unref();
    }
  }

  return {
    start: async () => (await bounds()).low,
    end: async () => (await bounds()).high,
    async at(time) {
      const { high } = await bounds();
      const found = await (await admin()).fetchTopicOffsetsByTimestamp(topic, time).catch(fail);
      const position = [...high];
      for (const { partition, offset } of found) if (Number(offset) >= 0) position[partition] = Number(offset);
      return position;
    },
    /** One reading at a time; another one waits for its turn. */
    async *read(from, to, types) {
      const mine = Promise.withResolvers<void>();
      const before = turn;
      turn = mine.promise;
      try {
        await before;
        yield* read(from, to, types);
      } finally {
        mine.resolve();
      }
    },
    close: closeReader,
  };
}

interface ReaderOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly owner: TopicOwner | undefined;
  /** Where the topic begins by now. */
  begins(): Promise<LogPosition>;
}

async function openReader({ kafka, ...options }: ReaderOptions): Promise<Reader> {
  const group = `wadi-log-${randomBytes(8).toString("hex")}`;
  const retry = { initialRetryTime: 100, maxRetryTime: 1000, retries: 5, restartOnFailure: async () => false };
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100, allowAutoTopicCreation: false, retry });
  const reader = new Reader(consumer, group, options);
  try {
    await reader.open();
  } catch (error) {
    await reader.close();
    throw error;
  }
  return reader;
}

/** All that there is from `fetched` to `next`. */
interface Taken {
  readonly fetched: number;
  readonly messages: EachBatchPayload["batch"]["messages"];
  readonly next: number;
}

class Reader {
  readonly group: string;
  readonly #consumer: Consumer;
  readonly #topic: string;
  readonly #owner: TopicOwner | undefined;
  readonly #begins: () => Promise<LogPosition>;
  #buffers: readonly PartitionBuffer[] = [];
  #types: TypeChoice = [];
  #bound: TypeBound | undefined;
  #failed: unknown;
  #wake = () => {};

  constructor(consumer: Consumer, group: string, { topic, owner, begins }: Omit<ReaderOptions, "kafka">) {
    this.#begins = begins;
    this.#owner = owner;
    this.#consumer = consumer;
    this.group = group;
    this.#topic = topic;
  }

  async open(): Promise<void> {
    const consumer = this.#consumer;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.#failed = payload.error;
      this.#wake();
    });
    onPassedOver(consumer, ({ partition, from, next }) => this.#take(partition, { fetched: from, messages: [], next }));
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, () => {
        resolve();
        this.#seek(); // it may have joined again
      });
    });
    await consumer.connect();
    // What is trimmed under us is gone on with where the log begins then.
    await consumer.subscribe({ topics: [this.#topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: ({ batch }) => this.#takeBatch(batch) });
    await joined;
  }

  async *read(from: LogPosition, to: LogPosition, types: TypeChoice): AsyncGenerator<LogPage> {
    this.#buffers = to.map((end, partition) => new PartitionBuffer(from[partition] ?? 0, end));
    this.#types = types;
    this.#bound = "not" in types ? undefined : { types, decides: true };
    this.#seek();
    try {
      while (this.#buffers.some((buffer) => !buffer.isOver)) {
        if (this.#failed !== undefined) throw this.#failed;
        const awaited = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        const { events, places } = this.#page();
        this.#refill();
        if (events.length > 0) yield { events, places, through: this.#buffers.map(({ position }) => position) };
        else if (this.#buffers.some((buffer) => !buffer.isOver)) await awaited;
      }
    } finally {
      this.#buffers = [];
      this.#consumer.pause([{ topic: this.#topic }]);
    }
  }

  #seek(): void {
    for (const [partition, { next, isRead }] of this.#buffers.entries()) {
      if (isRead) this.#consumer.pause([{ topic: this.#topic, partitions: [partition] }]);
      else {
        this.#consumer.resume([{ topic: this.#topic, partitions: [partition] }]);
        this.#consumer.seek({ topic: this.#topic, partition, offset: String(next) });
      }
    }
  }

  /** L1: as long as no partition that is still being read could have an earlier one. */
  #page(): { readonly events: Event[]; readonly places: LogPlace[] } {
    const events: Event[] = [];
    const places: LogPlace[] = [];
    let bytes = 0;
    while (events.length < PAGE_EVENTS && bytes < PAGE_BYTES) {
      const open = this.#buffers.filter((buffer) => !buffer.isOver);
      if (open.length === 0 || open.some((buffer) => buffer.head === undefined)) break;
      const first = open.reduce((a, b) => ((b.head?.time ?? 0) < (a.head?.time ?? 0) ? b : a));
      const { event, size, offset, time } = first.take();
      events.push(event);
      places.push({ partition: this.#buffers.indexOf(first), offset, time });
      bytes += size;
    }
    return { events, places };
  }

  async #takeBatch(batch: EachBatchPayload["batch"]): Promise<void> {
    const fetched = Number((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    await this.#take(batch.partition, { fetched, messages: batch.messages, next: Number(batch.lastOffset()) + 1 });
  }

  async #take(partition: number, { fetched, messages, next }: Taken): Promise<void> {
    const buffer = this.#buffers[partition];
    if (buffer === undefined || buffer.isRead) return;
    if (fetched > buffer.next) {
      // It was fetched before a seek, or the log begins later by now.
      buffer.reach((await this.#begins())[partition] ?? 0);
      if (this.#buffers[partition] !== buffer) return;
      if (!buffer.isRead && fetched > buffer.next) {
        this.#consumer.seek({ topic: this.#topic, partition, offset: String(buffer.next) });
        return;
      }
    }
    for (const message of messages) {
      const [offset, time, size] = [Number(message.offset), Number(message.timestamp), message.value?.byteLength ?? 0];
      if (offset < buffer.next || buffer.isRead) continue;
      const event = this.#wanted(message);
      buffer.put(offset, event && { event, time, size: size + 512 });
    }
    buffer.reach(next);
    if (buffer.isRead || buffer.isFull) this.#consumer.pause([{ topic: this.#topic, partitions: [partition] }]);
    this.#wake();
  }

  /** Undefined for a type that was not asked for. In structured mode the type stands in the value. */
  #wanted(message: Fetched): Event | undefined {
    if (!mayMatch(message, this.#bound)) return undefined;
    const event = eventOf(message, this.#owner);
    return event !== undefined && isChosen(this.#types, event.type) ? event : undefined;
  }

  /** L2 */
  #refill(): void {
    const hungry = [...this.#buffers.entries()].filter(([, buffer]) => !buffer.isRead && buffer.isHungry);
    const partitions = hungry.map(([partition]) => partition);
    if (partitions.length > 0) this.#consumer.resume([{ topic: this.#topic, partitions }]);
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect().catch(() => {});
  }
}

/** Undefined for a message that is no event: no trigger got it either. */
function eventOf(message: Fetched, owner?: TopicOwner): Event | undefined {
  try {
    return readMessage(message, owner);
  } catch (error) {
    if (error instanceof MalformedEventError) return undefined;
    throw error;
  }
}
