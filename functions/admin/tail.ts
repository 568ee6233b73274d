// The tail of events: the newest that this process's broker wrote down, or that it reads along with, in memory.
//
//   T1  Numbers grow, within a process and from one to the next: they begin at its start, as microseconds. So a number of an earlier
//       process is known as such, and its reader gets all that this one has.
//   T2  With `after` the oldest come first, so that a reader who comes back often enough misses nothing; what is gone is counted.
//   T3  An event is kept as it is, and summarised only for a reader: what nobody looks at costs a place in a ring. While nobody has
//       looked for a while no more is kept than the embedded broker has at hand anyway.
//   T4  What a source passed over has numbers, too: it is counted as gone, wherever in the tail it would be.

import type { Tap, Written, WrittenLetter } from "../lib/broker/broker.ts";
import type { Clock } from "../lib/clock.ts";
import { UnsupportedError } from "../lib/errors.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Admin } from "./admin.ts";
import type { EventTail, EventTailQuery } from "./shapes/events.ts";
import { outcomeOf, pipelineOfEvent, subjectOfEvent, summarize, type TailEntry } from "./tail-summary.ts";

/** An event, and when it was written down, epoch milliseconds. */
export interface Came {
  readonly event: Event;
  readonly time: number;
}

export interface Tail extends Pick<Admin, "events"> {
  /** The newest observation of the pipeline that `validate` has read, and when that was. */
  newestObservation(pipeline: string): Came | undefined;
}

export interface OpenTail extends Tail {
  /** Keeps no more. */
  stop(): void;
}

/** Where the events come from. */
export interface TailSource {
  readonly tap: Tap;
  /** Called with each look, where they come only while somebody looks. @throws UnavailableError. */
  look?(): Promise<void>;
}

export interface TailBounds {
  /** While somebody looks. */
  readonly events: number;
  readonly idleEvents: number;
  /** Of the events as they were written. */
  readonly bytes: number;
  /** For how long after a look somebody counts as looking, milliseconds. */
  readonly lookMs: number;
}

const BOUNDS: TailBounds = { events: 10_000, idleEvents: 1000, bytes: 8 * 1024 * 1024, lookMs: 60_000 };
const DEFAULT_LIMIT = 100;
/** An observation that is larger is no example to fill a form with. */
const MOST_EXAMPLE_BYTES = 16 * 1024;
const MICROS = 1000;

export function openTail(
  source: TailSource,
  pipelines: Pipelines,
  clock: Clock,
  bounds: TailBounds = BOUNDS,
): OpenTail {
  const ring = new Ring(Math.round(clock.now() * MICROS));
  // One of each pipeline: one that is silent among others that are not would soon be gone from the ring.
  const observations = new Map<string, Came>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  function keep(event: Event, { bytes, hops, time }: Written, letter?: WrittenLetter): void {
    const now = clock.now();
    if (hops > 0 && event.type === EventType.observationValidated && bytes <= MOST_EXAMPLE_BYTES) {
      const pipeline = pipelineOfEvent(event, pipelines) ?? "";
      if (pipelines.has(pipeline)) observations.set(pipeline, { event, time: time ?? now });
    }
    ring.push({ number: ring.last + 1, time: time ?? now, event, bytes, hops, letter });
    const most = Math.abs(now - lookedAt) <= bounds.lookMs ? bounds.events : bounds.idleEvents;
    while (ring.size > most || ring.bytes > bounds.bytes) ring.drop();
  }

  const stop = source.tap(
    (event: Event, written: Written) => keep(event, written),
    (letter: Event, written: WrittenLetter) => keep(letter, { ...written, hops: 0 }, written),
    (events) => ring.passOver(events),
  );

  return {
    stop,
    newestObservation: (pipeline) => observations.get(pipeline),
    async events({ after, limit = DEFAULT_LIMIT, ...filter }) {
      lookedAt = clock.now();
      await source.look?.();
      const matches = (entry: TailEntry) => isWanted(entry, filter, pipelines);
      if (after === undefined) return answer(ring.newest(matches, limit), ring.last, 0);
      // T1: a number from before this process, or from a clock that was ahead.
      const from = after < ring.begun || after > ring.last ? ring.begun : after;
      const found = ring.oldest(matches, limit, from + 1);
      const last = found.at(-1);
      const next = found.length === limit && last !== undefined ? last.number : ring.last;
      return answer(found, next, next - from - ring.kept(from, next));
    },
  };

  function answer(found: readonly TailEntry[], next: number, missed: number): EventTail {
    return { items: found.map((entry) => summarize(entry, pipelines)), next, missed };
  }
}

/** Where nothing runs, or a Broker keeps no log. */
export const noTail: Tail = {
  newestObservation: () => undefined,
  async events() {
    throw new UnsupportedError(
      "no-tail",
      "no events are kept here: a Wadi that runs in one process (wadi start) has the newest that it wrote down, and on a cluster " +
        "a Broker of class Kafka has those that are read along with; ask one of these",
    );
  },
};

function isWanted(
  entry: TailEntry,
  { type, pipeline, outcome, subject }: Omit<EventTailQuery, "after" | "limit">,
  pipelines: Pipelines,
): boolean {
  const { event } = entry;
  if (type !== undefined && event.type !== type) return false;
  if (outcome !== undefined && outcome !== outcomeOf(entry)) return false;
  if (pipeline !== undefined && pipelineOfEvent(event, pipelines) !== pipeline) return false;
  return subject === undefined || subjectOfEvent(event, pipelines) === subject;
}

class Ring {
  /** The number before the first one of all. */
  readonly begun: number;
  bytes = 0;
  #entries: (TailEntry | undefined)[] = [];
  /** Of the oldest that is kept, in `#entries`. */
  #at = 0;
  #last: number;

  constructor(begun: number) {
    this.begun = begun;
    this.#last = begun;
  }

  get last(): number {
    return this.#last;
  }

  get size(): number {
    return this.#entries.length - this.#at;
  }

  /** How many are kept of those after the number `from`, up to `to`. */
  kept(from: number, to: number): number {
    return Math.max(0, this.#after(to) - this.#after(from));
  }

  /** T4 */
  passOver(events: number): void {
    this.#last += events;
  }

  /** Where in `#entries` those of greater numbers begin. */
  #after(number: number): number {
    let [low, high] = [this.#at, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.number ?? 0) <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Its number follows the last one. */
  push(entry: TailEntry): void {
    this.#entries.push(entry);
    this.#last = entry.number;
    this.bytes += entry.bytes;
  }

  drop(): void {
    this.bytes -= this.#entries[this.#at]?.bytes ?? 0;
    this.#entries[this.#at++] = undefined;
    if (this.#at <= this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(this.#at);
    this.#at = 0;
  }

  /** The newest `limit` that match, oldest first. */
  newest(matches: (entry: TailEntry) => boolean, limit: number): readonly TailEntry[] {
    const found: TailEntry[] = [];
    for (let i = this.#entries.length - 1; i >= this.#at && found.length < limit; i--) {
      const entry = this.#entries[i];
      if (entry !== undefined && matches(entry)) found.push(entry);
    }
    return found.reverse();
  }

  /** The oldest `limit` that match, of number `from` and later. */
  oldest(matches: (entry: TailEntry) => boolean, limit: number, from: number): readonly TailEntry[] {
    const found: TailEntry[] = [];
    for (let i = this.#after(from - 1); i < this.#entries.length && found.length < limit; i++) {
      const entry = this.#entries[i];
      if (entry !== undefined && matches(entry)) found.push(entry);
    }
    return found;
  }
}
