// One trigger's consumer group: its part of the partitions, a lane for each.
//
//   T1  An offset is committed when all before it is settled: handled, its reply or its dead letter in the log.
//   T2  With every assignment the lanes begin anew at what is committed; what was in flight is nobody's, and delivered
//       again by whoever has the partition now.
//   T3  Who leads a group that never committed decides for all partitions at once where it begins, before it is ready.
//   T4  kafkajs joins and commits, and fetches nothing: all of the topic is paused as soon as the group is joined.

import { setTimeout as sleep } from "node:timers/promises";
import type { Admin, Consumer, ConsumerGroupJoinEvent, Kafka } from "kafkajs";
import type { LineQuota } from "../../telemetry/line-quota.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Subscriber, Trigger, TriggerStatus } from "../broker.ts";
import { compileFilters, type Predicate, type TypeBound, typeBound } from "../filter.ts";
import { type Entry, type Lane, type LaneHost, Slots } from "../lane.ts";
import { LaneRecord } from "../lane-record.ts";
import { OrderedLane } from "../ordered-lane.ts";
import { UnorderedLane } from "../unordered-lane.ts";
import { createConsumer } from "./client.ts";
import type { Ends } from "./ends.ts";
import type { ReadPart } from "./fetching/read-part.ts";
import type { Taker } from "./fetching/shared-fetch.ts";
import { fixedOffsets, type GroupOffsets, within } from "./group-offsets.ts";
import { Committer, type Part, positionIn, textOf } from "./offset-committer.ts";
import { positionOf } from "./offsets.ts";
import { PartitionSupply } from "./partition-supply.ts";
import { type Fetched, mayMatch, seqOf } from "./record.ts";
import { type Elsewhere, triggerStatus } from "./trigger-status.ts";

export interface ConsumerHost extends Omit<LaneHost, "wake"> {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly topic: string;
  readonly group: string;
  readonly ends: Ends;
  readonly log: Log;
  readonly quota: LineQuota;
  /** The topic was made just now: a new group takes all that is in it. */
  readonly isNewTopic: () => boolean;
  /** There is more to fetch than there was. */
  fetchSoon(): void;
  /** Lanes may have come to rest. */
  idled(): void;
}

type OwnPart = Part & { readonly taker: Taker };

const RESTART_MS = 1000;
const OPEN_PAUSE_MS = 300;

export class TriggerConsumer {
  readonly trigger: Trigger;
  readonly #subscriber: Subscriber;
  readonly #host: ConsumerHost;
  readonly #matches: Predicate;
  readonly #bound: TypeBound | undefined;
  readonly #record: LaneRecord;
  #consumer: Consumer | undefined;
  /** In the order in which they are asked. */
  #parts = new Map<number, OwnPart>();
  #generation = 0;
  /** The lanes of the assignment that came last, anew. */
  #reopen = () => {};
  #others = new Map<number, number>();
  #turn: NodeJS.Immediate | undefined;
  readonly #committer: Committer;
  #stopped = false;
  readonly #ready = Promise.withResolvers<void>();

  /** @throws ConfigurationError for a filter or a duration that is wrong. */
  constructor(trigger: Trigger, subscriber: Subscriber, host: ConsumerHost) {
    this.trigger = trigger;
    this.#subscriber = subscriber;
    this.#host = host;
    this.#matches = compileFilters(trigger.filters, `the trigger ${trigger.name}: filters`);
    this.#bound = typeBound(trigger.filters);
    this.#record = new LaneRecord(trigger);
    const { topic, group, log } = host;
    const parts = () => this.#parts.values();
    this.#committer = new Committer({ topic, group, log, parts, consumer: () => this.#consumer });
    this.#laneOf(new PartitionSupply({ upTo: -1, open: [] }, () => 0), new Slots(1)); // refuses what cannot be
  }

  matches(entry: Pick<Entry, "event">): boolean {
    return this.#matches(entry.event);
  }

  /** Settles when the group is joined and begins where it should; it goes on by itself from then on. */
  async start(): Promise<void> {
    void this.#run();
    await this.#ready.promise;
  }

  async #run(): Promise<void> {
    const { kafka, group, topic, log } = this.#host;
    const consumer = createConsumer(kafka, group);
    this.#consumer = consumer;
    consumer.on(consumer.events.GROUP_JOIN, (event) => this.#joined(event));
    consumer.on(consumer.events.REBALANCING, () => this.#halt());
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.#leave();
      log.debug({ err: payload.error, group, restart: payload.restart }, "a consumer begins anew");
      if (!payload.restart) this.#again();
    });
    try {
      await consumer.connect();
      // Where a group begins is committed before it begins; a partition that is added later is read from its start.
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        // It is a member and no more: what the group gets is fetched for all groups together, see T4.
        eachBatch: async () => {},
      });
    } catch (error) {
      log.debug({ err: error, group }, "a consumer could not begin");
      await consumer.disconnect().catch(() => {});
      this.#again();
    }
  }

  #again(): void {
    if (!this.#stopped) setTimeout(() => this.#stopped || this.#run(), RESTART_MS);
  }

  #joined({ payload }: ConsumerGroupJoinEvent): void {
    const { topic } = this.#host;
    this.#consumer?.pause([{ topic }]);
    this.#reopen = () => {
      this.#leave();
      void this.#open(payload.memberAssignment[topic] ?? [], payload.isLeader, this.#generation);
    };
    this.#reopen();
  }

  /** Never rejects: as long as the assignment is ours, it is tried again. */
  async #open(partitions: readonly number[], isLeader: boolean, generation: number): Promise<void> {
    const { admin, topic, group, isNewTopic, log } = this.#host;
    const isOver = () => this.#generation !== generation || this.#stopped;
    const consumer = this.#consumer as Consumer;
    const commit = isLeader ? consumer.commitOffsets : undefined;
    while (!isOver()) {
      try {
        const fixed = await fixedOffsets({ admin, topic, group, isNewTopic: isNewTopic(), commit, isOver });
        const bounds = await admin.fetchTopicOffsets(topic);
        if (isOver()) return;
        const offsets = within(fixed, bounds, log);
        for (const { partition, high } of bounds) {
          const isAnew = fixed.some((one) => one.partition === partition && one.offset > Number(high));
          this.#host.ends[isAnew ? "set" : "grown"](partition, Number(high));
        }
        this.setOthers(offsets);
        const slots = new Slots(this.trigger.concurrency);
        for (const one of offsets) if (partitions.includes(one.partition)) this.#add(one, slots);
        this.#host.fetchSoon();
        this.#ready.resolve();
        return;
      } catch (error) {
        log.debug({ err: error, group }, "a group's offsets cannot be had; asked again");
        await sleep(OPEN_PAUSE_MS);
      }
    }
  }

  #add({ partition, offset, metadata }: GroupOffsets, slots: Slots): void {
    const supply = new PartitionSupply(
      positionOf(offset, metadata),
      () => this.#host.ends.of(partition),
      (at) => this.#host.ends.since(partition, at),
    );
    const lane = this.#laneOf(supply, slots);
    const part: Part = { partition, lane, pending: new Set<number>(), committed: "", isFull: false };
    part.committed = textOf(positionIn(part));
    this.#parts.set(partition, Object.assign(part, { taker: this.#takerOf(part) }));
  }

  #laneOf(supply: PartitionSupply, slots: Slots): Lane<PartitionSupply> {
    const { clock, logAway, suspended, settle } = this.#host;
    const host: LaneHost = { clock, logAway, suspended, settle, wake: () => this.wake() };
    return this.trigger.order === "ordered"
      ? new OrderedLane(this.trigger, this.#subscriber, supply, host, this.#record)
      : new UnorderedLane(this.trigger, this.#subscriber, supply, host, this.#record, slots);
  }

  /** A new assignment is coming: what is handed out now would be delivered again. */
  #halt(): void {
    for (const { lane } of this.#parts.values()) lane.stop();
  }

  #leave(): void {
    this.#generation++;
    for (const { partition, lane } of this.#parts.values()) {
      lane.stop();
      lane.abandon();
      this.#others.set(partition, lane.supply.next - lane.supply.held);
    }
    this.#parts = new Map();
  }

  /** Of the partitions that are ours. */
  *takers(): Iterable<Taker> {
    for (const { taker } of this.#parts.values()) yield taker;
  }

  #takerOf(part: Part): Taker {
    const { supply } = part.lane;
    return {
      partition: part.partition,
      get next() {
        return supply.next;
      },
      get hasRoom() {
        return !part.isFull;
      },
      take: (fetched) => this.#take(part, fetched),
      lost: () => this.#reopen(),
    };
  }

  #take(part: Part, fetched: ReadPart): void {
    const { supply } = part.lane;
    const entries: Entry[] = [];
    for (let index = 0; index < fetched.messages.length; index++) {
      const message = fetched.messages[index] as Fetched;
      if (!supply.isWanted(seqOf(message)) || !mayMatch(message, this.#bound)) continue;
      const entry = fetched.entryOf(index);
      if (entry instanceof Error) this.#passOver(part.partition, seqOf(message), entry);
      else if (this.#matches(entry.event)) entries.push(entry);
    }
    supply.add(entries, fetched.next);
    part.isFull = supply.isFull;
    this.wake();
    this.commitSoon();
  }

  /** As Knative's dispatcher does: what is no event can be delivered to nobody. */
  #passOver(partition: number, offset: number, { message: reason }: Error): void {
    const said = this.#host.quota("no event");
    if (said === undefined) return;
    const fields = { trigger: this.trigger.name, partition, offset, ...said, reason };
    this.#host.log.warn(fields, "a message that is no CloudEvent is passed over");
  }

  /** The part in which `lane` is, while it is ours. */
  partOf(lane: unknown): Part | undefined {
    for (const part of this.#parts.values()) if (part.lane === lane) return part;
    return undefined;
  }

  /** Hands out what may be handed out, soon. */
  wake(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      for (const [partition, part] of [...this.#parts]) {
        // Who got some of the slots that all share is asked last from now on.
        if (part.lane.pump() && this.#parts.delete(partition)) this.#parts.set(partition, part);
        if (!part.isFull || !part.lane.supply.hasRoom) continue;
        part.isFull = false;
        this.#host.fetchSoon();
      }
      this.#host.idled();
    });
  }

  commitSoon(): void {
    if (!this.#stopped) this.#committer.soon();
  }

  /** The partitions that others of the group have, as they were a moment ago. */
  get others(): readonly number[] {
    return [...this.#others.keys()].filter((partition) => !this.#parts.has(partition));
  }

  setOthers(offsets: readonly GroupOffsets[]): void {
    this.#others = new Map(offsets.map(({ partition, offset }) => [partition, Math.max(0, offset)]));
  }

  status(): TriggerStatus {
    const ours = [...this.#parts.values()].map(({ lane }) => lane.status());
    const elsewhere = this.others.map((partition): Elsewhere => [partition, this.#others.get(partition) ?? 0]);
    return triggerStatus(this.#record, ours, elsewhere, this.#host.ends, this.#host.clock.now());
  }

  /** Hands out no more. */
  stop(): void {
    this.#stopped = true;
    this.#halt();
  }

  isIdle(): boolean {
    return [...this.#parts.values()].every(({ lane, pending }) => lane.idle() && pending.size === 0);
  }

  /** What is under way is nobody's from now on; how far we came is committed, where Kafka can be reached. */
  async close(): Promise<void> {
    this.#committer.stop();
    for (const { lane } of this.#parts.values()) lane.abandon();
    if (!this.#host.suspended()) await this.#committer.commit();
    await this.#consumer?.disconnect().catch(() => {});
  }
}
