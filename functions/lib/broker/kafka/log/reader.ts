// A broker's topic, read from outside: the lag of its triggers, its events and the dead letters. No trigger's group is
// joined, so no event is taken away from those who work.

import type { Admin, ISocketFactory, Kafka, Producer } from "kafkajs";
import type { Clock } from "../../../clock.ts";
import { UnavailableError } from "../../../errors.ts";
import type { TopicOwner } from "../../../events/kafka-binding.ts";
import type { Event } from "../../../events/vocabulary.ts";
import { startInterval } from "../../../interval.ts";
import { DEFAULT_RETENTION, type Retention } from "../../../retention.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { Broker, BrokerStatus, DeadLetterQueue, TriggerStatus } from "../../broker.ts";
import { groupOf, type KafkaAddress, topicOf } from "../address.ts";
import { createClient, createProducer, failureOf } from "../client.ts";
import { groupOffsets } from "../group-offsets.ts";
import { Letters } from "../letters/letters.ts";
import { recordOf } from "../record.ts";
import { ensureDecisions } from "../topics.ts";
import { type Record, Writer } from "../writer.ts";
import { openTopicLog, type TopicLog } from "./topic-log.ts";

export interface KafkaReaderOptions {
  readonly address: KafkaAddress;
  /** By name. */
  readonly triggers: readonly string[];
  readonly clock: Clock;
  /** Who writes the topics: a Knative Broker on a cluster; default: Wadi's own broker. */
  readonly owner?: TopicOwner;
  /** How long letters are kept: what is decided of them is kept longer. */
  readonly retention?: Retention;
  /** False: it is open before it has read the dead letters, and their list waits for that; for a process that stays. */
  readonly waits?: boolean;
  /** Where Kafka's own addresses are reached by ways of their own. */
  readonly socketFactory?: ISocketFactory;
}

export type KafkaReader = Pick<Broker, "status" | "check" | "deadLetters" | "log" | "stop">;

const LOOK_MS = 1000;
const MAX_EVENT_BYTES = 1024 * 1024;

/** @throws UnavailableError, ConfigurationError where Kafka or the topics are not to be had. */
export async function openKafkaReader(options: KafkaReaderOptions): Promise<KafkaReader> {
  const reader = new TopicReader(options);
  await reader.open(options.waits ?? true);
  return reader;
}

class TopicReader implements KafkaReader {
  readonly deadLetters: DeadLetterQueue;
  readonly log: TopicLog;
  readonly #address: KafkaAddress;
  readonly #triggers: readonly string[];
  readonly #clock: Clock;
  readonly #owner: TopicOwner;
  readonly #retention: Retention;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #letters: Letters;
  readonly #writer: Writer;
  #lags: readonly number[] = [];
  #missing: Error | undefined;
  #looking: Promise<void> = Promise.resolve();
  #stopLooking = () => {};
  #stopping: Promise<void> | undefined;

  constructor(options: KafkaReaderOptions) {
    const { address, triggers, clock, owner = "binding", retention = DEFAULT_RETENTION } = options;
    this.#address = address;
    this.#triggers = triggers;
    this.#clock = clock;
    this.#owner = owner;
    this.#retention = retention;
    this.#kafka = createClient(address, silentLog, options.socketFactory);
    this.#admin = this.#kafka.admin();
    this.#producer = createProducer(this.#kafka);
    this.#letters = new Letters({
      address,
      owner,
      log: silentLog,
      now: () => clock.now(),
      write: (records, bytes) => this.#write(records, bytes),
      publish: (events) => this.#publish(events),
    });
    this.deadLetters = this.#letters.queue;
    const failure = (error: unknown) => failureOf(error, address);
    this.#writer = new Writer(this.#producer, {
      failure,
      grown: (topic, partition, end) => this.#letters.grown(topic, partition, end),
      turned: () => {},
    });
    this.log = openTopicLog({
      kafka: this.#kafka,
      owner,
      topic: topicOf(address),
      admin: async () => this.#admin,
      failure,
    });
  }

  async open(waits: boolean): Promise<void> {
    try {
      await this.#admin.connect();
      await this.#producer.connect();
      await ensureDecisions(this.#admin, this.#address, this.#retention);
      await this.#letters.start(this.#kafka, this.#admin);
      if (waits) await this.#letters.caughtUp();
    } catch (error) {
      await this.#close();
      throw failureOf(error, this.#address);
    }
    await this.#look();
    this.#stopLooking = startInterval(LOOK_MS, () => {
      this.#looking = this.#look();
      return this.#looking;
    });
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    try {
      this.#lags = await lagsOf(this.#admin, this.#address, this.#triggers);
      await this.#letters.look();
      this.#missing = undefined;
    } catch (error) {
      this.#missing = failureOf(error, this.#address);
    }
  }

  async #write(records: readonly Record[], bytes: number): Promise<void> {
    if (records.length === 0) return;
    await new Promise<void>((written, failed) => this.#writer.enter({ records, bytes, written, failed }));
  }

  async #publish(events: readonly Event[]): Promise<void> {
    for (const event of events) {
      const { message, bytes } = recordOf(event, 0, this.#clock.now(), MAX_EVENT_BYTES, this.#owner);
      await this.#write([{ topic: topicOf(this.#address), message }], bytes);
    }
  }

  status(): BrokerStatus {
    return {
      received: 0,
      deadLetters: this.#letters.count,
      triggers: this.#triggers.map((name, i) => statusOf(name, this.#lags[i])),
    };
  }

  async check(): Promise<void> {
    if (this.#missing !== undefined) throw this.#missing;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#stopLooking();
    await this.#looking;
    await this.#close();
  }

  async #close(): Promise<void> {
    await Promise.all([this.#letters.close(), this.log.close()]);
    await Promise.allSettled([this.#producer.disconnect(), this.#admin.disconnect()]);
  }
}

/** In the topic, and not committed by the group: of whatever type, for a trigger passes over what it does not take. */
async function lagsOf(admin: Admin, address: KafkaAddress, triggers: readonly string[]): Promise<readonly number[]> {
  const topic = topicOf(address);
  const bounds = await admin.fetchTopicOffsets(topic);
  if (bounds.length === 0) throw new UnavailableError("kafka-unavailable", `there is no topic ${topic} in Kafka`);
  const groups = triggers.map((name) => groupOffsets(admin, groupOf(address, name), topic));
  return (await Promise.all(groups)).map((offsets) => {
    const committed = new Map(offsets.map(({ partition, offset }) => [partition, offset]));
    const behind = bounds.map(({ partition, low, high }) => {
      const next = committed.get(partition) ?? -1;
      return Math.max(0, Number(high) - Math.max(next, Number(low)));
    });
    return behind.reduce((sum, one) => sum + one, 0);
  });
}

/** What only the broker itself knows is 0. */
function statusOf(name: string, lag = 0): TriggerStatus {
  return { name, lag, inFlight: 0, handled: 0, retries: 0, deadLetters: 0 };
}
