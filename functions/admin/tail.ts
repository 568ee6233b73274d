// The tail of events: the newest that this process's broker wrote down, in memory.
//
//   T1  Numbers grow, within a process and from one to the next: they begin at its start, as microseconds. So a number of an earlier
//       process is known as such, and its reader gets all that this one has.
//   T2  With `after` the oldest come first, so that a reader who comes back often enough misses nothing; what is gone is counted.
//   T3  An event is kept as it is, and summarised only for a reader: what nobody looks at costs a place in a ring. While nobody has
//       looked for a while no more is kept than the embedded broker has at hand anyway.

import type { Broker, Written, WrittenLetter } from "../lib/broker/broker.ts";
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
  broker: Pick<Broker, "tap">,
  pipelines: Pipelines,
  clock: Clock,
  bounds: TailBounds = BOUNDS,
): OpenTail {
  const ring = new Ring(Math.round(clock.now() * MICROS));
  // One of each pipeline: one that is silent among others that are not would soon be gone from the ring.
  const observations = new Map<string, Came>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  function keep(event: Event, bytes: number, hops: number, letter?: WrittenLetter): void {
    const time = clock.now();
    if (hops > 0 && event.type === EventType.observationValidated && bytes <= MOST_EXAMPLE_BYTES) {
      const pipeline = pipelineOfEvent(event, pipelines) ?? "";
      if (pipelines.has(pipeline)) observations.set(pipeline, { event, time });
    }
    ring.push({ number: ring.last + 1, time, event, bytes, hops, letter });
    const most = Math.abs(time - lookedAt) <= bounds.lookMs ? bounds.events : bounds.idleEvents;
    while (ring.size > most || ring.bytes > bounds.bytes) ring.drop();
  }

  const stop = broker.tap(
    (event: Event, { bytes, hops }: Written) => keep(event, bytes, hops),
    (letter: Event, written: WrittenLetter) => keep(letter, written.bytes, 0, written),
  );

  return {
    stop,
    newestObservation: (pipeline) => observations.get(pipeline),
    async events({ after, limit = DEFAULT_LIMIT, ...filter }) {
      lookedAt = clock.now();
      const matches = (entry: TailEntry) => isWanted(entry, filter, pipelines);
      if (after === undefined) return answer(ring.newest(matches, limit), ring.last, 0);
      // T1: a number from before this process, or from a clock that was ahead.
      const from = after < ring.begun || after > ring.last ? ring.begun : after;
      const found = ring.oldest(matches, limit, from + 1);
      const last = found.at(-1);
      const next = found.length === limit && last !== undefined ? last.number : ring.last;
      return answer(found, next, Math.max(0, ring.first - from - 1));
    },
  };

  function answer(found: readonly TailEntry[], next: number, missed: number): EventTail {
    return { items: found.map((entry) => summarize(entry, pipelines)), next, missed };
  }
}

/** Where nothing runs. */
export const noTail: Tail = {
  newestObservation: () => undefined,
  async events() {
    throw new UnsupportedError(
      "no-tail",
      "no events are kept here: a Wadi that runs in one process (wadi start) has the newest that it wrote down; ask that one",
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

  /** The number of the oldest that is kept, or of the next one. */
  get first(): number {
    return this.#last - this.size + 1;
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
    const begin = this.#at + Math.max(0, from - this.first);
    for (let i = begin; i < this.#entries.length && found.length < limit; i++) {
      const entry = this.#entries[i];
      if (entry !== undefined && matches(entry)) found.push(entry);
    }
    return found;
  }
}
