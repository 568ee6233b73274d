// Reads along at the end of a Broker's topic while somebody looks, for those who want to see its events and its rates.
//
//   F1  It joins no group, and takes nothing away from anybody.
//   F2  What is in memory is one fetch; what it would have to catch up with is bounded: past that it goes on near the end, and says
//       how much it passed over.
//   F3  No event is told twice, also where it was not looked at for a while; the order within a partition is kept.

import type { Clock } from "../../../clock.ts";
import { MalformedEventError } from "../../../errors.ts";
import { readMessage, type TopicOwner } from "../../../events/kafka-binding.ts";
import type { Event } from "../../../events/vocabulary.ts";
import type { Written } from "../../broker.ts";
import { type Fetched, hopsOf } from "../record.ts";
import type { FetchedPart, Fetcher, FetchLimits } from "./fetcher.ts";
import { isFromOutside, type Offsets, type Tally } from "./tally.ts";

export interface FollowerOptions {
  readonly fetcher: Fetcher;
  readonly tally: Tally;
  readonly owner: TopicOwner;
  readonly clock: Clock;
  /** Where the topic begins and ends. @throws UnavailableError. */
  bounds(): Promise<Bounds>;
  /** The least offset by partition that some group has not passed, as far as is known. */
  behind(): Offsets;
  /** Told of each event. */
  seen(event: Event, written: Written): void;
  passedOver(events: number): void;
  /** What Kafka's failure is to us. */
  failure(error: unknown): Error;
  readonly limits?: Partial<FollowLimits>;
}

export interface Bounds {
  readonly low: Offsets;
  readonly high: Offsets;
}

export interface FollowLimits {
  /** For how long after a look it reads on, milliseconds. */
  readonly lookMs: number;
  /** To be caught up with, at most: of all partitions. */
  readonly records: number;
  readonly bytes: number;
  /** From how far before the end it begins, where nothing waits, and goes on where it passed something over. */
  readonly recent: number;
}

const LIMITS: FollowLimits = { lookMs: 60_000, records: 20_000, bytes: 32 * 1024 * 1024, recent: 1000 };
const FETCH: FetchLimits = { waitMs: 500, bytes: 1024 * 1024, partBytes: 512 * 1024 };
/** Once it has caught up: many small fetches cost more than few larger ones. */
const PAUSE_MS = 200;
const AGAIN_MS = 1000;
/** Of an event's attributes, about. */
const OVERHEAD = 512;
/** A look waits so long for what there is already. */
const FIRST_MS = 3000;

type State = "idle" | "catching up" | "along";

export class Follower {
  readonly #options: FollowerOptions;
  readonly #limits: FollowLimits;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #state: State = "idle";
  #caughtUp = Promise.withResolvers<void>();
  /** What comes next, by partition. */
  #next = new Map<number, number>();
  /** All before it was told, or passed over; also from a time before this one. */
  readonly #told = new Map<number, number>();
  #failure: Error | undefined;
  #stopped = false;
  #wake = () => {};

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  /** It reads, and has read what there was when it began. */
  get isAlong(): boolean {
    return this.#state === "along";
  }

  /** Why it cannot read, though somebody looks. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * Somebody looks: it reads on for a while. A first look waits for what there is, though not for long.
   * @throws UnavailableError, ConfigurationError where nothing can be read.
   */
  async look(): Promise<void> {
    const { clock } = this.#options;
    this.#lookedAt = clock.now();
    if (this.#stopped) return;
    this.#running ??= this.#run();
    if (this.isAlong) return;
    const waited = Promise.withResolvers<void>();
    const cancel = clock.after(FIRST_MS, waited.resolve);
    await Promise.race([this.#caughtUp.promise, waited.promise]).finally(cancel);
  }

  /** What comes next, by partition. */
  position(): Offsets {
    return new Map(this.#next);
  }

  /**
   * Where the topic ends by now: one that has other partitions, or was made anew, is begun again. `before`: the position when that
   * was asked for, for it goes on meanwhile.
   */
  grown(high: Offsets, before: Offsets): void {
    const isAnew = [...high].some(([partition, end]) => (before.get(partition) ?? 0) > end);
    if (this.#state !== "idle" && (isAnew || high.size !== this.#next.size)) this.#state = "idle";
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    await this.#options.fetcher.close();
  }

  get #isWanted(): boolean {
    // The clock may have been set back.
    return !this.#stopped && Math.abs(this.#options.clock.now() - this.#lookedAt) <= this.#limits.lookMs;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    while (this.#isWanted) await this.#round().catch((error: unknown) => this.#failed(error));
    this.#state = "idle";
    this.#failure = undefined;
    this.#caughtUp.resolve();
    this.#caughtUp = Promise.withResolvers();
    this.#running = undefined;
  }

  async #failed(error: unknown): Promise<void> {
    this.#state = "idle";
    const { promise, reject } = this.#caughtUp;
    promise.catch(() => {}); // nobody may be waiting
    this.#failure = this.#options.failure(error);
    reject(this.#failure);
    this.#caughtUp = Promise.withResolvers();
    await this.#pause(AGAIN_MS);
  }

  async #round(): Promise<void> {
    if (this.#state === "idle") await this.#begin();
    const parts = await this.#options.fetcher.fetch(this.#next, FETCH);
    this.#failure = undefined;
    if (this.#state === "idle") return; // the topic is another by now
    const { records, bytes } = this.#take(parts);
    const missing = parts.reduce((sum, { next, end }) => sum + Math.max(0, end - next), 0);
    const size = records === 0 ? 0 : bytes / records;
    if (missing > this.#limits.records || missing * size > this.#limits.bytes) this.#passOver(parts);
    else if (missing === 0) {
      this.#state = "along";
      this.#caughtUp.resolve();
      await this.#pause(PAUSE_MS);
    }
  }

  async #begin(): Promise<void> {
    const { bounds, behind, tally, clock } = this.#options;
    const { low, high } = await bounds();
    const waits = behind();
    const [recent, most] = [this.#limits.recent, this.#limits.records].map((all) => Math.ceil(all / high.size));
    this.#next = new Map();
    for (const [partition, end] of high) {
      // The topic may have been made anew.
      if ((this.#told.get(partition) ?? 0) > end) this.#told.delete(partition);
      const wanted = Math.min(end - (recent ?? 0), waits.get(partition) ?? end, this.#told.get(partition) ?? end);
      this.#next.set(partition, Math.max(wanted, end - (most ?? 0), low.get(partition) ?? 0));
    }
    this.#leaveOut(this.#next);
    tally.begin(this.#next, high, clock.now());
    this.#state = "catching up";
  }

  /** F2 */
  #passOver(parts: readonly FetchedPart[]): void {
    const { tally, clock } = this.#options;
    const recent = Math.ceil(this.#limits.recent / this.#next.size);
    for (const { partition, next, end } of parts) this.#next.set(partition, Math.max(next, end - recent));
    this.#leaveOut(this.#next);
    tally.begin(this.#next, new Map(parts.map(({ partition, end }) => [partition, end])), clock.now());
  }

  #leaveOut(from: Offsets): void {
    let left = 0;
    for (const [partition, next] of from) {
      const told = this.#told.get(partition);
      left += Math.max(0, next - (told ?? next));
      // F3
      this.#told.set(partition, Math.max(next, told ?? next));
    }
    if (left > 0) this.#options.passedOver(left);
  }

  /** Of several partitions the older ones first, as far as they were fetched together. */
  #take(parts: readonly FetchedPart[]): { readonly records: number; readonly bytes: number } {
    const { tally } = this.#options;
    const found = parts.flatMap(({ partition, messages }) => messages.map((message) => ({ partition, message })));
    if (parts.length > 1) found.sort((a, b) => Number(a.message.timestamp) - Number(b.message.timestamp));
    let bytes = 0;
    for (const { partition, message } of found) bytes += this.#tell(partition, message);
    for (const { partition, next } of parts) {
      tally.reach(partition, next);
      this.#next.set(partition, next);
      this.#told.set(partition, Math.max(next, this.#told.get(partition) ?? 0));
    }
    return { records: found.length, bytes };
  }

  #tell(partition: number, message: Fetched): number {
    const { owner, tally, seen } = this.#options;
    const [offset, time, bytes] = [Number(message.offset), Number(message.timestamp), message.value?.byteLength ?? 0];
    const event = eventOf(message, owner);
    if (event === undefined) return bytes;
    tally.take(partition, offset, time, event);
    if (offset < (this.#told.get(partition) ?? 0)) return bytes;
    // A Knative Broker does not count hops.
    const hops = hopsOf(message) || (isFromOutside(event.type) ? 0 : 1);
    seen(event, { hops, bytes: bytes + OVERHEAD, time });
    return bytes;
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Undefined for a message that is no event: no trigger gets it either. */
function eventOf(message: Fetched, owner: TopicOwner): Event | undefined {
  try {
    return readMessage(message, owner);
  } catch (error) {
    if (error instanceof MalformedEventError) return undefined;
    throw error;
  }
}
