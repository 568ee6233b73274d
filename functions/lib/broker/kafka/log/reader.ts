// A broker's topic, read from outside: the lag of its triggers, its events and the dead letters. No trigger's group is
// joined, so no event is taken away from those who work.

import type { Admin, ISocketFactory, Kafka, Producer } from "kafkajs";
import type { Clock } from "../../../clock.ts";
import type { TopicOwner } from "../../../events/kafka-binding.ts";
import type { Event } from "../../../events/vocabulary.ts";
import { DEFAULT_RETENTION, type Retention } from "../../../retention.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { Broker, DeadLetterQueue, Filter, Seen, SeenBroker, Tap } from "../../broker.ts";
import type { FollowedLog } from "../../event-log.ts";
import { type KafkaAddress, topicOf } from "../address.ts";
import { createClient, createProducer, failureOf } from "../client.ts";
import { openFetcher } from "../follow/fetcher.ts";
import { Follower } from "../follow/follower.ts";
import { Lags } from "../follow/lags.ts";
import { Listeners } from "../follow/listeners.ts";
import { Tally } from "../follow/tally.ts";
import { Letters } from "../letters/letters.ts";
import { Partitioner } from "../partitioner.ts";
import { recordOf } from "../record.ts";
import { ensureDecisions } from "../topics.ts";
import { type Record, Writer } from "../writer.ts";
import { followTopic } from "./followed-log.ts";
import { startInterval } from "./interval.ts";

export interface KafkaReaderOptions {
  readonly address: KafkaAddress;
  /** By name. */
  readonly triggers: readonly string[];
  /** Of the triggers: whose are known, their events are counted while somebody looks. */
  readonly filters?: ReadonlyMap<string, readonly Filter[]>;
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

export interface KafkaReader extends Seen, Pick<Broker, "check" | "deadLetters" | "stop"> {
  /** Which names itself, as an archive knows it. */
  readonly log: FollowedLog;
  /** The topic is read along with from its end while somebody looks. */
  readonly along: {
    /** Somebody looks. Waits for the newest events that are there, though not for long. @throws UnavailableError, ConfigurationError. */
    look(): Promise<void>;
    readonly tap: Tap;
  };
}

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
  readonly log: FollowedLog;
  readonly along: KafkaReader["along"];
  readonly #address: KafkaAddress;
  readonly #clock: Clock;
  readonly #owner: TopicOwner;
  readonly #retention: Retention;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #letters: Letters;
  readonly #writer: Writer;
  readonly #tally: Tally;
  readonly #lags: Lags;
  readonly #listeners: Listeners;
  readonly #follower: Follower;
  #missing: Error | undefined;
  #looking: Promise<void> = Promise.resolve();
  #stopLooking = () => {};
  #stopping: Promise<void> | undefined;

  constructor(options: KafkaReaderOptions) {
    const { address, triggers, clock, owner = "binding", retention = DEFAULT_RETENTION } = options;
    this.#address = address;
    this.#clock = clock;
    this.#owner = owner;
    this.#retention = retention;
    this.#kafka = createClient(address, silentLog, options.socketFactory);
    this.#admin = this.#kafka.admin();
    const partitioner = new Partitioner();
    this.#producer = createProducer(this.#kafka, partitioner);
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
    this.#writer = new Writer(this.#producer, partitioner, {
      failure,
      grown: (topic, partition, end) => this.#letters.grown(topic, partition, end),
      turned: () => {},
    });
    this.log = followTopic({
      kafka: this.#kafka,
      owner,
      topic: topicOf(address),
      admin: async () => this.#admin,
      failure,
    });
    const fetcher = openFetcher(this.#kafka, topicOf(address));
    this.#tally = new Tally([...(options.filters ?? [])].map(([name, filters]) => ({ name, filters })));
    this.#lags = new Lags({ ...{ address, owner, triggers, fetcher }, admin: this.#admin, tally: this.#tally });
    this.#listeners = new Listeners(this.deadLetters, () => clock.now());
    this.along = { tap: this.#listeners.tap, look: () => this.#lookAlong() };
    this.#follower = new Follower({
      ...{ fetcher, owner, clock, failure, tally: this.#tally },
      bounds: () => this.#lags.bounds(),
      behind: () => this.#lags.behind(),
      seen: (...told) => this.#listeners.seen(...told),
      passedOver: (events) => this.#listeners.passedOver(events),
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

  #lookAlong(): Promise<void> {
    this.#listeners.looked();
    return this.#follower.look();
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    try {
      const position = this.#follower.position();
      const bounds = await this.#lags.bounds();
      this.#follower.grown(bounds.high, position);
      await this.#lags.look(bounds, this.#follower.isAlong, this.#clock.now());
      await this.#letters.look();
      this.#missing = undefined;
    } catch (error) {
      this.#missing = failureOf(error, this.#address);
    }
    // What of them is not read yet is told later.
    if (this.#follower.isAlong) await this.#listeners.lookForLetters().catch(() => {});
  }

  async #write(records: readonly Record[], bytes: number): Promise<void> {
    if (records.length === 0) return;
    await new Promise<void>((written, failed) => this.#writer.enter({ records, bytes, written, failed }));
  }

  async #publish(events: readonly Event[]): Promise<void> {
    for (const event of events) {
      const { message, bytes } = recordOf(event, 0, this.#clock.now(), MAX_EVENT_BYTES, { owner: this.#owner });
      await this.#write([{ topic: topicOf(this.#address), message }], bytes);
    }
  }

  status(): SeenBroker {
    const { received, unmatched, since } = this.#tally;
    const isCounted = this.#follower.isAlong && this.#tally.triggers.length > 0 && since !== undefined;
    return {
      deadLetters: this.#letters.count,
      triggers: this.#lags.status(this.#missing === undefined && this.#follower.failure === undefined),
      ...(isCounted && { received, unmatched, countedSince: since }),
    };
  }

  async check(): Promise<void> {
    const missing = this.#missing ?? this.#follower.failure;
    if (missing !== undefined) throw missing;
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
    await Promise.all([this.#letters.close(), this.log.close(), this.#follower.stop()]);
    await Promise.allSettled([this.#producer.disconnect(), this.#admin.disconnect()]);
  }
}
