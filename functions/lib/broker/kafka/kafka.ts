// The broker on a real Kafka, as Knative's Kafka broker is one: one topic, a consumer group for each trigger, dead letters
// in a topic of their own. Any number of processes share the work.
//
//   B1  An event is accepted, and what came of one is settled, when all replicas have it.
//   B2  Without Kafka nothing is accepted and nothing handed out; it is looked for, and all goes on when it is back.

import type { Admin, Kafka, Producer } from "kafkajs";
import type { Clock } from "../../clock.ts";
import { ConfigurationError, UnavailableError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import { DEFAULT_RETENTION, type Retention } from "../../retention.ts";
import { createLineQuota, type LineQuota } from "../../telemetry/line-quota.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";
import type { Broker, BrokerStatus, DeadLetterQueue } from "../broker.ts";
import { Drain } from "../drain.ts";
import type { FollowedLog } from "../event-log.ts";
import { BrokerObservers } from "../observers.ts";
import { MAX_HOPS } from "../settlement.ts";
import { groupOf, type KafkaAddress, showKafkaAddress, topicOf } from "./address.ts";
import { createClient, createProducer, failureOf, unavailable } from "./client.ts";
import { Consumers, type Subscription } from "./consumers.ts";
import { Ends } from "./ends.ts";
import { Letters } from "./letters/letters.ts";
import { Link } from "./link.ts";
import { followTopic } from "./log/followed-log.ts";
import { startInterval } from "./log/interval.ts";
import { openTopicLog, type TopicLog, type TopicLogOptions } from "./log/topic-log.ts";
import { Partitioner } from "./partitioner.ts";
import { Publisher } from "./publisher.ts";
import { recordOf, type Sized } from "./record.ts";
import { settledIn } from "./settled-in.ts";
import { startUp } from "./start-up.ts";
import { ensureTopics } from "./topics.ts";
import { Writer } from "./writer.ts";

export interface KafkaBrokerOptions {
  readonly address: KafkaAddress;
  readonly triggers: readonly Subscription[];
  /** Of waits between deliveries, of their time limits, and of the dates of records. */
  readonly clock: Clock;
  readonly log?: Log;
  /** Of an event as it lies in Kafka; default 1 MiB less what a dead letter of it needs. */
  readonly maxEventBytes?: number;
  /** Default 32. */
  readonly maxHops?: number;
  /** Of topics that are made here. */
  readonly retention?: Retention;
  /** How long `stop` waits for what is under way, milliseconds; default 10 s. */
  readonly graceMs?: number;
}

const MAX_EVENT_BYTES = 1024 * 1024 - 16 * 1024;
const GRACE_MS = 10_000;
const LOOK_MS = 2000;
const CLOSE_MS = 5000;

/**
 * Resolves when all groups have joined, or, where Kafka is away, after a first look: then the broker comes up by itself
 * when Kafka does. @throws ConfigurationError for a filter, a duration or a setting of Kafka that is wrong.
 */
export async function openKafkaBroker(options: KafkaBrokerOptions): Promise<Broker> {
  const broker = new KafkaBroker(options);
  await broker.open();
  return broker;
}

class KafkaBroker implements Broker {
  readonly deadLetters: DeadLetterQueue;
  readonly log: TopicLog;
  readonly #address: KafkaAddress;
  readonly #topic: string;
  readonly #clock: Clock;
  readonly #programLog: Log;
  readonly #retention: Retention;
  readonly #maxEventBytes: number;
  readonly #graceMs: number;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #partitioner = new Partitioner();
  readonly #producer: Producer;
  readonly #quota: LineQuota;
  readonly #observers: BrokerObservers;
  readonly #ends: Ends;
  readonly #letters: Letters;
  readonly #link: Link;
  /** Of all that is published and of all that comes of events: the more goes in one request, the less each costs. */
  readonly #writer: Writer;
  readonly #publisher: Publisher;
  readonly #consumers: Consumers;
  readonly #drain = new Drain();
  #isNewTopic = false;
  #isUp = false;
  #stopLooking = () => {};
  #stopping: Promise<void> | undefined;

  constructor(options: KafkaBrokerOptions) {
    const { address, clock, log = silentLog } = options;
    this.#address = address;
    this.#topic = topicOf(address);
    this.#clock = clock;
    this.#ends = new Ends(() => clock.now());
    this.#programLog = log;
    this.#retention = options.retention ?? DEFAULT_RETENTION;
    this.#maxEventBytes = options.maxEventBytes ?? MAX_EVENT_BYTES;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    this.#kafka = createClient(address, log);
    this.#admin = this.#kafka.admin();
    this.#producer = createProducer(this.#kafka, this.#partitioner);
    this.#quota = createLineQuota(clock);
    this.#observers = new BrokerObservers(log, this.#quota);
    this.#letters = new Letters({
      address,
      log,
      now: () => clock.now(),
      write: (records, bytes) => this.#publisher.write(records, bytes),
      publish: (events) => this.#publisher.publishAgain(events),
    });
    this.deadLetters = this.#letters.queue;
    this.#link = new Link(
      () => this.#reachKafka(),
      log,
      () => this.#consumers.wake(),
    );
    this.#writer = this.#openWriter();
    this.#publisher = this.#openPublisher();
    this.#consumers = this.#openConsumers(options.triggers, options.maxHops ?? MAX_HOPS);
    this.log = openTopicLog(this.#ofTopic());
  }

  readonly follow = (): FollowedLog => followTopic(this.#ofTopic());

  #ofTopic(): TopicLogOptions {
    const admin = async () => {
      this.#checkUp();
      return this.#admin;
    };
    return { kafka: this.#kafka, topic: this.#topic, admin, failure: this.#failure };
  }

  #openWriter(): Writer {
    return new Writer(this.#producer, this.#partitioner, {
      failure: this.#failure,
      grown: (topic, partition, end) => {
        if (topic === this.#topic) this.#ends.grown(partition, end);
        else this.#letters.grown(topic, partition, end);
      },
      turned: () => this.#drain.look(),
    });
  }

  #openPublisher(): Publisher {
    return new Publisher(this.#writer, {
      topic: this.#topic,
      checkUp: () => this.#checkUp(),
      recordOf: (event) => this.#recordOf(event, 0),
      appended: (event, bytes) => this.#appended(event, 0, bytes),
      lost: (error) => this.#lost(error),
    });
  }

  #openConsumers(triggers: readonly Subscription[], maxHops: number): Consumers {
    return new Consumers(triggers, {
      groupOf: (trigger) => groupOf(this.#address, trigger),
      writer: this.#writer,
      consumer: {
        kafka: this.#kafka,
        admin: this.#admin,
        topic: this.#topic,
        ends: this.#ends,
        log: this.#programLog,
        quota: this.#quota,
        clock: this.#clock,
        logAway: "kafka-unavailable",
        isNewTopic: () => this.#isNewTopic,
        suspended: () => this.#link.away !== undefined,
        idled: () => this.#drain.look(),
      },
      settler: {
        topic: this.#topic,
        letters: this.#address.deadLetters,
        maxHops,
        now: () => this.#clock.now(),
        recordOf: (event, hops) => this.#recordOf(event, hops),
        appended: (event, hops, bytes) => this.#appended(event, hops, bytes),
        onDeadLetter: (...told) => this.#observers.onDeadLetter(...told),
        failed: (error) => this.#lost(error),
      },
    });
  }

  readonly tap: Broker["tap"] = (...listeners) => this.#observers.tap(...listeners);

  readonly #failure = (error: unknown): Error => failureOf(error, this.#address);

  /** @throws TooLargeError; MalformedEventError. */
  #recordOf(event: Event, hops: number): Sized {
    return recordOf(event, hops, this.#clock.now(), this.#maxEventBytes);
  }

  #appended(event: Event, hops: number, bytes: number): void {
    this.#observers.appended(event, { hops, bytes }, hops === 0 && !this.#consumers.matches(event));
  }

  #lost(error: Error): void {
    if (error instanceof UnavailableError || error instanceof ConfigurationError) this.#link.lost(unavailable(error));
    else this.#programLog.error({ err: error }, error.message);
  }

  async #reachKafka(): Promise<void> {
    await this.#admin.connect();
    await this.#admin.listTopics();
  }

  /** @throws UnavailableError while nothing can be put in. */
  #checkUp(): void {
    if (this.#stopping !== undefined)
      throw new UnavailableError("stopping", "the broker is stopping; send again later");
    if (this.#link.away !== undefined) throw this.#link.away;
    if (this.#isUp) return;
    const message = `the groups on Kafka at ${showKafkaAddress(this.#address)} are still being joined; send again`;
    throw new UnavailableError("kafka-unavailable", message);
  }

  async open(): Promise<void> {
    this.#stopLooking = startInterval(LOOK_MS, () => this.#lookAgain());
    try {
      await startUp({
        bringUp: () => this.#bringUp(),
        failure: this.#failure,
        failed: (error) => this.#lost(error),
        isStopped: () => this.#stopping !== undefined,
      });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #bringUp(): Promise<void> {
    await this.#admin.connect();
    await this.#producer.connect();
    this.#isNewTopic = (await ensureTopics(this.#admin, this.#address, this.#retention)) || this.#isNewTopic;
    await this.#look();
    await this.#letters.start(this.#kafka, this.#admin);
    await this.#consumers.start();
    this.#isUp = true;
  }

  /** Where the topic ends, and how far the groups are in partitions that are not ours. */
  async #look(): Promise<void> {
    const bounds = await this.#admin.fetchTopicOffsets(this.#topic);
    for (const { partition, high } of bounds) this.#ends.grown(partition, Number(high));
    await this.#consumers.lookAtOthers(this.#admin, this.#topic);
  }

  /** Never rejects, and never beside itself: see interval.ts. */
  async #lookAgain(): Promise<void> {
    if (!this.#isUp || this.#link.away !== undefined || this.#stopping !== undefined) return;
    try {
      await this.#look();
      await this.#letters.look();
    } catch (error) {
      this.#lost(this.#failure(error));
    }
  }

  readonly publish = (event: Event): Promise<void> => this.#publisher.publish([event]);

  readonly publishAll = (events: readonly Event[]): Promise<void> => this.#publisher.publish(events);

  status(): BrokerStatus {
    return {
      received: this.#publisher.received,
      unmatched: this.#observers.unmatched,
      triggers: this.#consumers.status(),
      deadLetters: this.#letters.count,
    };
  }

  readonly check = async (): Promise<void> => this.#checkUp();

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#stopLooking();
    this.#consumers.stop();
    const isIdle = () => this.#writer.empty && this.#consumers.isIdle();
    const drained = this.#drain.wait(isIdle, this.#clock, this.#graceMs);
    this.#drain.look();
    await drained;
    // Kafka may be away: then nothing of it is waited for.
    await settledIn(Promise.all([this.#consumers.close(), this.#letters.close(), this.log.close()]), CLOSE_MS);
    this.#link.close();
    await settledIn(Promise.allSettled([this.#producer.disconnect(), this.#admin.disconnect()]), CLOSE_MS);
  }
}
