// A broker's topic as others look at it: how far its triggers are, and the dead letters. No group of a trigger is joined,
// so who looks takes no event away from who works.

import type { Admin, ISocketFactory } from "kafkajs";
import type { Clock } from "../../../clock.ts";
import { UnavailableError } from "../../../errors.ts";
import type { TopicOwner } from "../../../events/kafka-binding.ts";
import { DEFAULT_RETENTION, type Retention } from "../../../retention.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { Broker, TriggerStatus } from "../../broker.ts";
import { decisionsOf, groupOf, type KafkaAddress, topicOf } from "../address.ts";
import { createClient, failureOf, QUICK } from "../client.ts";
import { groupOffsets } from "../group-offsets.ts";
import { openLetterQueue } from "../letters/queue.ts";
import { LetterTail } from "../letters/tail.ts";
import { LetterView } from "../letters/view.ts";
import { createPartitioner } from "../partitioner.ts";
import { recordOf } from "../record.ts";
import { ensureDecisions } from "../topics.ts";
import { type Record, Writer } from "../writer.ts";
import { openTopicLog } from "./topic-log.ts";

export interface KafkaReaderOptions {
  readonly address: KafkaAddress;
  /** By name. */
  readonly triggers: readonly string[];
  readonly clock: Clock;
  /** Who writes the topics: a Knative Broker on a cluster; default: Wadi's own broker. */
  readonly owner?: TopicOwner;
  /** How long letters are kept: what is decided of them is kept longer. */
  readonly retention?: Retention;
  /** Where Kafka's own addresses are reached by ways of their own. */
  readonly socketFactory?: ISocketFactory;
}

export type KafkaReader = Pick<Broker, "status" | "check" | "deadLetters" | "log" | "stop">;

const LOOK_MS = 1000;
const MAX_EVENT_BYTES = 1024 * 1024;

/** @throws UnavailableError, ConfigurationError where Kafka or the topics are not to be had. */
export async function openKafkaReader(options: KafkaReaderOptions): Promise<KafkaReader> {
  const { address, triggers, clock, owner = "binding", socketFactory, retention = DEFAULT_RETENTION } = options;
  const decisions = decisionsOf(address);
  const kafka = createClient(address, silentLog, socketFactory);
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner, allowAutoTopicCreation: false, retry: QUICK });
  const failure = (error: unknown) => failureOf(error, address);
  const log = openTopicLog({ kafka, owner, topic: topicOf(address), admin: async () => admin, failure });
  const view = new LetterView();
  const tail = new LetterTail(view, { letters: address.deadLetters, decisions, owner }, silentLog);
  const writer = new Writer(producer, {
    failure,
    grown(topic, partition, end) {
      if (topic === decisions) tail.grown(topic, partition, end);
    },
    turned: () => {},
  });
  let lags: readonly number[] = [];
  let missing: Error | undefined;
  let looking: Promise<void> = Promise.resolve();
  let stopping: Promise<void> | undefined;

  async function look(): Promise<void> {
    try {
      lags = await lagsOf(admin, address, triggers);
      await tail.look();
      missing = undefined;
    } catch (error) {
      missing = failureOf(error, address);
    }
  }

  async function write(records: readonly Record[], bytes: number): Promise<void> {
    if (records.length === 0) return;
    await new Promise<void>((written, failed) => writer.enter({ records, bytes, written, failed }));
  }

  try {
    await admin.connect();
    await producer.connect();
    await ensureDecisions(admin, address, retention);
    await tail.start(kafka, admin);
    await tail.caughtUp();
  } catch (error) {
    await close();
    throw failureOf(error, address);
  }
  await look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_MS);

  async function close(): Promise<void> {
    await Promise.all([tail.close(), log.close()]);
    await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    view.close();
  }

  return {
    status: () => ({
      received: 0,
      deadLetters: view.count,
      triggers: triggers.map((name, i) => statusOf(name, lags[i])),
    }),
    async check() {
      if (missing !== undefined) throw missing;
    },
    deadLetters: openLetterQueue({
      ...{ view, tail, decisions },
      now: () => clock.now(),
      write: (records) => write(records, 100 * records.length),
      async publish(events) {
        for (const event of events) {
          const { message, bytes } = recordOf(event, 0, clock.now(), MAX_EVENT_BYTES, owner);
          await write([{ topic: topicOf(address), message }], bytes);
        }
      },
    }),
    log,
    stop() {
      stopping ??= (async () => {
        clearInterval(timer);
        await looking;
        await close();
      })();
      return stopping;
    },
  };
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

/** What only who delivers can know is 0. */
function statusOf(name: string, lag = 0): TriggerStatus {
  return { name, lag, inFlight: 0, handled: 0, retries: 0, deadLetters: 0 };
}
