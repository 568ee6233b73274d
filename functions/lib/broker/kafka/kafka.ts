// The broker on a real Kafka, as Knative's Kafka broker is one: one topic, a consumer group for each trigger, dead letters
// in a topic of their own. Any number of processes share the work.
//
//   B1  An event is accepted, and what came of one is settled, when all replicas have it.
//   B2  Without Kafka nothing is accepted and nothing handed out; it is looked for, and all goes on when it is back.

import type { Admin } from "kafkajs";
import type { Clock } from "../../clock.ts";
import { ConfigurationError, UnavailableError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import { startInterval } from "../../interval.ts";
import { DEFAULT_RETENTION, type Retention } from "../../retention.ts";
import { createLineQuota } from "../../telemetry/line-quota.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";
import type { Broker, Subscriber, Trigger } from "../broker.ts";
import { BrokerObservers } from "../observers.ts";
import { MAX_HOPS } from "../settlement.ts";
import { decisionsOf, groupOf, type KafkaAddress, showKafkaAddress, topicOf } from "./address.ts";
import { createClient, failureOf, QUICK } from "./client.ts";
import { Ends } from "./ends.ts";
import { groupOffsets } from "./group-offsets.ts";
import { openLetterQueue } from "./letters/queue.ts";
import { LetterTail } from "./letters/tail.ts";
import { LetterView } from "./letters/view.ts";
import { Link } from "./link.ts";
import { openTopicLog } from "./log/topic-log.ts";
import { createPartitioner } from "./partitioner.ts";
import { recordOf } from "./record.ts";
import { Settler, type SettlerHost } from "./settler.ts";
import { ensureTopics } from "./topics.ts";
import { TriggerConsumer } from "./trigger-consumer.ts";
import { type Record, Writer, type WriterHost } from "./writer.ts";

export interface KafkaBrokerOptions {
  readonly address: KafkaAddress;
  readonly triggers: readonly { readonly trigger: Trigger; readonly subscriber: Subscriber }[];
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
const AGAIN_MS = 500;
const CLOSE_MS = 5000;

/**
 * Resolves when all groups have joined, or, where Kafka is away, after a first look: then the broker comes up by itself
 * when Kafka does. @throws ConfigurationError for a filter, a duration or a setting of Kafka that is wrong.
 */
export async function openKafkaBroker(options: KafkaBrokerOptions): Promise<Broker> {
  const { address, clock, log = silentLog, maxHops = MAX_HOPS, maxEventBytes = MAX_EVENT_BYTES } = options;
  const [topic, decisions] = [topicOf(address), decisionsOf(address)];
  const kafka = createClient(address, log);
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner, allowAutoTopicCreation: false, retry: QUICK });
  const ends = new Ends();
  const events = openTopicLog({ kafka, topic, admin: upAdmin, failure: (error) => failureOf(error, address) });
  const view = new LetterView();
  const tail = new LetterTail(view, { letters: address.deadLetters, decisions }, log);
  const quota = createLineQuota(clock);
  const observers = new BrokerObservers(log, quota);
  const firstFailure = Promise.withResolvers<void>();
  let [isNewTopic, isUp, isOpen] = [false, false, false];
  let received = 0;
  let stopping: Promise<void> | undefined;
  let onIdle = () => {};

  const link = new Link(
    async () => {
      await admin.connect();
      await admin.listTopics();
    },
    log,
    () => {
      for (const consumer of consumers) consumer.wake();
    },
  );
  const writerHost: WriterHost = {
    failure: (error) => failureOf(error, address),
    grown: (name, partition, end) => (name === topic ? ends.grown(partition, end) : tail.grown(name, partition, end)),
    turned: () => onIdle(),
  };
  const settlerHost: SettlerHost = {
    ...{ topic, letters: address.deadLetters, maxHops, failed: lost, appended },
    now: () => clock.now(),
    recordOf: (event, hops) => recordOf(event, hops, clock.now(), maxEventBytes),
    onDeadLetter: (trigger, event, reason) => observers.onDeadLetter(trigger, event, reason),
  };
  const ingress = new Writer(producer, writerHost);
  const writers = [ingress];
  const consumers = options.triggers.map(({ trigger, subscriber }) => {
    const writer = new Writer(producer, writerHost);
    writers.push(writer);
    const consumer: TriggerConsumer = new TriggerConsumer(trigger, subscriber, {
      ...{ kafka, admin, topic, group: groupOf(address, trigger.name), ends, log, quota, clock },
      ...{ logAway: "kafka-unavailable", isNewTopic: () => isNewTopic, idled: () => onIdle() },
      suspended: () => link.away !== undefined,
      settle: (lane, entry, outcome) => settler.settle(lane, entry, outcome),
    });
    const settler = new Settler(consumer, writer, settlerHost);
    return consumer;
  });
  checkNames(options.triggers.map(({ trigger }) => trigger.name));

  function lost(error: Error): void {
    if (error instanceof UnavailableError || error instanceof ConfigurationError) link.lost(unavailable(error));
    else log.error({ err: error }, error.message);
  }

  function appended(event: Event, hops: number): void {
    observers.appended(event, hops === 0 && !consumers.some((consumer) => consumer.matches({ event })));
  }

  /** @throws UnavailableError while nothing can be put in. */
  function checkUp(): void {
    if (stopping !== undefined) throw new UnavailableError("stopping", "the broker is stopping; send again later");
    if (link.away !== undefined) throw link.away;
    if (isUp) return;
    const where = showKafkaAddress(address);
    throw new UnavailableError(
      "kafka-unavailable",
      `the groups on Kafka at ${where} are still being joined; send again`,
    );
  }

  function take(): void {
    received++;
  }

  async function upAdmin(): Promise<Admin> {
    checkUp();
    return admin;
  }

  /** All in one turn, so in this order. */
  async function write(records: readonly Record[], bytes: number): Promise<void> {
    if (records.length === 0) return;
    await new Promise<void>((written, failed) => {
      const fail = (error: Error) => {
        lost(error);
        failed(error instanceof ConfigurationError ? unavailable(error) : error);
      };
      ingress.enter({ records, bytes, written, failed: fail });
    });
  }

  /** Entered in one turn, so produced in this order; each by itself, or they might be too large together. */
  async function put(events: readonly Event[], taken = () => {}): Promise<void> {
    checkUp();
    const records = events.map((event) => ({ event, ...recordOf(event, 0, clock.now(), maxEventBytes) }));
    await Promise.all(
      records.map(async ({ event, message, bytes }) => {
        await write([{ topic, message }], bytes);
        appended(event, 0);
        taken();
      }),
    );
  }

  async function bringUp(): Promise<void> {
    await admin.connect();
    await producer.connect();
    isNewTopic = (await ensureTopics(admin, address, options.retention ?? DEFAULT_RETENTION)) || isNewTopic;
    await look();
    await tail.start(kafka, admin);
    await Promise.all(consumers.map((consumer) => consumer.start()));
    isUp = true;
  }

  async function begin(): Promise<void> {
    while (stopping === undefined && !isUp) {
      try {
        await bringUp();
      } catch (thrown) {
        const error = failureOf(thrown, address);
        if (error instanceof ConfigurationError && !isOpen) throw error;
        lost(error);
        firstFailure.resolve();
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  /** Where the topic ends, and how far the groups are in partitions that are not ours. */
  async function look(): Promise<void> {
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) ends.grown(partition, Number(high));
    for (const [i, consumer] of consumers.entries()) {
      const name = options.triggers[i]?.trigger.name ?? "";
      if (consumer.others.length > 0) consumer.setOthers(await groupOffsets(admin, groupOf(address, name), topic));
    }
  }

  const stopLooking = startInterval(LOOK_MS, async () => {
    if (!isUp || link.away !== undefined || stopping !== undefined) return;
    await look()
      .then(() => tail.look())
      .catch((error: unknown) => lost(failureOf(error, address)));
  });

  async function stop(): Promise<void> {
    stopLooking();
    for (const consumer of consumers) consumer.stop();
    await new Promise<void>((resolve) => {
      const cancel = clock.after(options.graceMs ?? GRACE_MS, resolve);
      onIdle = () => {
        if (!writers.every(({ empty }) => empty) || !consumers.every((consumer) => consumer.isIdle())) return;
        cancel();
        resolve();
      };
      onIdle();
    });
    onIdle = () => {};
    const readers = [...consumers.map((consumer) => consumer.close()), tail.close(), events.close()];
    await atMost(CLOSE_MS, Promise.all(readers));
    link.close();
    await atMost(CLOSE_MS, Promise.allSettled([producer.disconnect(), admin.disconnect()]));
    view.close();
  }

  const close = () => {
    stopping ??= stop();
    return stopping;
  };
  try {
    await Promise.race([begin(), firstFailure.promise]);
    isOpen = true;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    publish: (event) => put([event], take),
    publishAll: (events) => put(events, take),
    status: () => ({
      ...{ received, unmatched: observers.unmatched, deadLetters: view.count },
      triggers: consumers.map((consumer) => consumer.status()),
    }),
    check: async () => checkUp(),
    deadLetters: openLetterQueue({
      ...{ view, tail, decisions },
      now: () => clock.now(),
      write: (records) => write(records, 100 * records.length),
      publish: (events) => put(events),
    }),
    log: events,
    tap: (listener) => observers.tap(listener),
    stop: close,
  };
}

function checkNames(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new ConfigurationError(`two triggers are named ${twice}: rename one, each keeps its place by its name`);
}

function unavailable(error: Error): UnavailableError {
  if (error instanceof UnavailableError) return error;
  return new UnavailableError("kafka-unavailable", error.message, { cause: error });
}

/** Kafka may be away: then nothing of it is waited for. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
