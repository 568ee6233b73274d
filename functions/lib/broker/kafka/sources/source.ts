// Topics of the user's own as sources: each record is put into Wadi's broker as a client's event. A record's offset is
// committed only after its event is on disk; what is read twice has the same id, and is learned once.
//
//   S1  Nothing is passed over: a record that cannot be read goes in too, whole, and is a dead letter with its reason.
//   S2  Nothing stops the reading for good: a topic that is not there yet, a Kafka that is away, a broker that takes
//       nothing are waited for, and told of once. While it waits nothing more is fetched, so memory is bounded.
//   S3  Records of one partition go in in their order.

import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from "kafkajs";
import type { Clock } from "../../../clock.ts";
import { asError, RejectedError, UnavailableError } from "../../../errors.ts";
import { type Event, EventType } from "../../../events/vocabulary.ts";
import type { Pipelines } from "../../../pipeline/choice.ts";
import { recordEvent, recordId, type TopicRecord } from "../../../pipeline/sources/record.ts";
import { fetchWanted } from "../../../pipeline/sources/schema-registry.ts";
import type { TopicSource } from "../../../pipeline/sources/source.ts";
import { createLineQuota, type LineQuota } from "../../../telemetry/line-quota.ts";
import { type Log, silentLog } from "../../../telemetry/log.ts";
import { onPassedOver } from "../passed-over.ts";
import { whyNot } from "./why-not.ts";

export interface TopicSourcesOptions {
  /** Connected as the topics are to be read; without logs of its own. */
  readonly kafka: Kafka;
  readonly pipelines: Pipelines;
  /** The broker's: resolves once the event is on disk. */
  publish(event: Event): Promise<void>;
  readonly clock: Clock;
  readonly log?: Log;
}

export interface TopicSourceStatus {
  readonly pipeline: string;
  readonly topic: string;
  readonly group: string;
  /** Since the start: records put in, those that could not be read among them. */
  readonly read: number;
  readonly refused: number;
  /** Why nothing is read now; absent while all is well. */
  readonly waiting?: string;
}

export interface TopicSources {
  status(): readonly TopicSourceStatus[];
  /** What is under way is finished or read again at the next start. */
  stop(): Promise<void>;
}

/** Put in at once, and then noted: what a crash makes us read again. */
const CHUNK = 256;
const FIRST_PAUSE_MS = 250;
/** Well within a consumer's session time-out. */
const LONGEST_PAUSE_MS = 5_000;
/** After Kafka was killed its group still waits so long for the consumer it knew. */
const SESSION_MS = 15_000;

/** Reads the sources of all pipelines, in the background, until it is stopped. */
export function openTopicSources(options: TopicSourcesOptions): TopicSources {
  const quota = createLineQuota(options.clock);
  const readers = [...options.pipelines.values()].flatMap(({ name, sources }) =>
    sources.map((source) => new TopicReader(name, source, options, quota)),
  );
  for (const reader of readers) reader.start();
  return {
    status: () => readers.map((reader) => reader.status()),
    async stop() {
      await Promise.all(readers.map((reader) => reader.stop()));
    },
  };
}

class TopicReader {
  readonly #pipeline: string;
  readonly #source: TopicSource;
  readonly #options: TopicSourcesOptions;
  readonly #quota: LineQuota;
  readonly #log: Log;
  readonly #group: string;
  #read = 0;
  #refused = 0;
  #waiting: string | undefined;
  #stopping = false;
  #wake = () => {};
  #life: Promise<void> = Promise.resolve();

  constructor(pipeline: string, source: TopicSource, options: TopicSourcesOptions, quota: LineQuota) {
    this.#pipeline = pipeline;
    this.#source = source;
    this.#options = options;
    this.#quota = quota;
    this.#log = options.log ?? silentLog;
    this.#group = `wadi-source-${pipeline}-${source.topic}`;
  }

  start(): void {
    this.#life = this.#live();
  }

  status(): TopicSourceStatus {
    return {
      ...{ pipeline: this.#pipeline, topic: this.#source.topic, group: this.#group },
      ...{ read: this.#read, refused: this.#refused },
      ...(this.#waiting !== undefined && { waiting: this.#waiting }),
    };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#life;
  }

  /** Consumers one after the other: a new one where kafkajs gives one up. */
  async #live(): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.#stopping; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const before = this.#read;
      const failure = await this.#consume();
      if (failure === undefined) return;
      this.#tellWaiting(whyNot(failure, this.#source.topic));
      if (this.#read > before) pause = FIRST_PAUSE_MS;
      await this.#pause(pause);
    }
  }

  /** Until it is stopped (then undefined is the answer), or fails. */
  async #consume(): Promise<Error | undefined> {
    const consumer = this.#options.kafka.consumer({
      groupId: this.#group,
      sessionTimeout: SESSION_MS,
      allowAutoTopicCreation: false,
      // How long an idle fetch keeps a stop waiting.
      maxWaitTimeInMs: 1_000,
      // A second try is this reader's, which also tells of it.
      retry: { retries: 2, restartOnFailure: async () => false },
    });
    try {
      const ended = endOf(consumer);
      this.#wake = ended.stop;
      consumer.on(consumer.events.GROUP_JOIN, () => this.#tellReading());
      onPassedOver(consumer, ({ topic, partition, next }) =>
        // All before it was put in, or it would not have been fetched; what fails is told with the next record's.
        consumer.commitOffsets([{ topic, partition, offset: String(next) }]).catch((error: unknown) => {
          this.#log.debug({ ...this.#place(), error: asError(error).message }, "an offset was not committed");
        }),
      );
      await consumer.connect();
      await consumer.subscribe({ topic: this.#source.topic, fromBeginning: true });
      await consumer.run({ eachBatchAutoResolve: false, eachBatch: (payload) => this.#take(payload) });
      return this.#stopping ? undefined : await ended.failure;
    } catch (error) {
      return asError(error);
    } finally {
      this.#wake = () => {};
      await consumer.disconnect().catch((error: unknown) => {
        this.#log.debug({ ...this.#place(), error: asError(error).message }, "a consumer did not part in peace");
      });
    }
  }

  async #take({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    for (let from = 0; from < batch.messages.length; from += CHUNK) {
      const chunk = batch.messages.slice(from, from + CHUNK);
      const records = chunk.map((message) => this.#recordOf(message, batch.partition));
      const goesOn = () => !this.#stopping && isRunning() && !isStale();
      if (!(await this.#learnSchemas(records, heartbeat, goesOn))) return;
      if (!(await this.#putIn(records, heartbeat, goesOn))) return;
      resolveOffset((chunk.at(-1) as KafkaMessage).offset);
      await heartbeat();
    }
    this.#tellReading();
  }

  #recordOf(message: KafkaMessage, partition: number): TopicRecord {
    const { key, value, headers, offset } = message;
    const timestamp = Number(message.timestamp);
    const written = Number.isFinite(timestamp) && timestamp >= 0 ? { timestamp } : {};
    return { topic: this.#source.topic, partition, offset, ...written, key, value, headers };
  }

  /** Fetches what these records were written under. A registry that is away is waited for: false where told to stop. */
  async #learnSchemas(records: readonly TopicRecord[], heartbeat: () => Promise<void>, goesOn: () => boolean) {
    const { registry } = this.#source;
    if (registry === undefined) return true;
    const { clock } = this.#options;
    for (const record of records) {
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
        if (registry.wanted(record, clock.now()) === undefined) break;
        if (!goesOn()) return false;
        try {
          await fetchWanted(registry, record, clock);
          await heartbeat();
          break;
        } catch (error) {
          if (!(error instanceof UnavailableError)) throw error;
          this.#tellWaiting(error.message);
        }
        await this.#pause(pause);
        await heartbeat();
      }
    }
    return true;
  }

  /** False where it was told to stop before all were put in: they are read again. */
  async #putIn(
    records: readonly TopicRecord[],
    heartbeat: () => Promise<void>,
    goesOn: () => boolean,
  ): Promise<boolean> {
    const events = records.map((record) => this.#eventOf(record) ?? recordEvent(record, this.#pipeline));
    for (let pause = FIRST_PAUSE_MS; goesOn(); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const failure = await this.#publish(events, records);
      if (failure === undefined) {
        this.#read += records.length;
        this.#refused += events.filter(({ type }) => type === EventType.record).length;
        return true;
      }
      this.#tellWaiting(`the broker does not take them: ${failure.message}`);
      await this.#pause(pause);
      await heartbeat();
    }
    return false;
  }

  /** What went in before another failed goes in again with it: the same events, in their order. */
  async #publish(events: Event[], records: readonly TopicRecord[]): Promise<Error | undefined> {
    const results = await Promise.allSettled(events.map((event) => this.#options.publish(event)));
    let failure: Error | undefined;
    for (const [i, result] of results.entries()) {
      if (result.status === "fulfilled") continue;
      failure ??= asError(result.reason);
      // It can never go in as it is; as a record that could not be read it can.
      if (result.reason instanceof UnavailableError || events[i]?.type === EventType.record) continue;
      events[i] = recordEvent(records[i] as TopicRecord, this.#pipeline);
    }
    return failure;
  }

  #eventOf(record: TopicRecord): Event | undefined {
    try {
      return this.#source.read(record);
    } catch (error) {
      // Whatever it was, the next record has nothing to do with it.
      const { message } = asError(error);
      const reason = error instanceof RejectedError ? error.code : "failed";
      const said = this.#quota(`${this.#group} ${reason}`);
      const fields = { ...this.#place(), ...said, record: recordId(record), reason, error: message };
      if (said !== undefined) this.#log.warn(fields, "a record cannot be read, and will be a dead letter");
      return undefined;
    }
  }

  #place(): { readonly pipeline: string; readonly topic: string } {
    return { pipeline: this.#pipeline, topic: this.#source.topic };
  }

  #tellWaiting(reason: string): void {
    if (this.#stopping || this.#waiting === reason) return;
    this.#waiting = reason;
    this.#log.warn(
      { ...this.#place(), reason },
      "no records are read from this topic now; trying again until they are",
    );
  }

  #tellReading(): void {
    if (this.#waiting === undefined) return;
    this.#waiting = undefined;
    this.#log.info(this.#place(), "records are read from this topic again");
  }

  /** Ends early where it is stopped. */
  async #pause(ms: number): Promise<void> {
    if (this.#stopping) return;
    const stopConsumer = this.#wake;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
        stopConsumer();
      };
    });
    this.#wake = stopConsumer;
  }
}

/** What ends a consumer: kafkajs gives it up, or `stop`. */
function endOf(consumer: Consumer): { readonly failure: Promise<Error | undefined>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
  return { failure: promise, stop: () => resolve(undefined) };
}
