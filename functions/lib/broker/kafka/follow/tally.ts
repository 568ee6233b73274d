// What the records of a Broker's topic and the offsets of its groups tell together: a group passes every record, those that its
// trigger's filters leave out as well, so what it has handled, and what waits for it, are the records among them that match.
//
//   Y1  Nothing is guessed: of a range that was not read nothing is counted, and what depends on it is absent.
//   Y2  Counting begins anew where records were passed over: a count with a hole would be no count.

import { type Event, EventType, isOfClient } from "../../../events/vocabulary.ts";
import type { Filter } from "../../broker.ts";
import { compileFilters, type Predicate } from "../../filter.ts";
import { Track } from "./track.ts";

/** By partition. */
export type Offsets = ReadonlyMap<number, number>;

export interface TallyTrigger {
  readonly name: string;
  readonly filters: readonly Filter[];
}

/** What is known of a trigger. */
export interface TriggerTally {
  /** Events that its group has passed since the counting began; absent where some were not read. */
  readonly handled?: number;
  /** Events that its group has not passed; absent where some were not read. */
  readonly lag?: number;
  /** When the oldest of them was written, as far as they were read, epoch milliseconds; absent where there is none. */
  readonly oldest?: number;
  /** Where its group is in partitions in which records that it has not passed were not read. */
  readonly unread: Offsets;
}

/** Of all partitions; 9 bytes each. */
const MOST_RECORDS = 1024 * 1024;
/** What Wadi's types begin with, mistyped ones too. */
const OWN = "dev.wadi.";
/** Bits of a mask. */
const MOST_TRIGGERS = 8;

export class Tally {
  /** Since when it counts, epoch milliseconds; undefined: it has not begun. */
  since: number | undefined;
  received = 0;
  unmatched = 0;
  readonly triggers: readonly string[];
  readonly #matches: readonly Predicate[];
  #tracks = new Map<number, Track>();
  #ends: Offsets = new Map();
  #counts: Count[] = [];

  /** @throws ConfigurationError for a filter that is wrong. */
  constructor(triggers: readonly TallyTrigger[]) {
    const counted = triggers.slice(0, MOST_TRIGGERS);
    this.triggers = counted.map(({ name }) => name);
    this.#matches = counted.map(({ name, filters }) => compileFilters(filters, `the trigger ${name}: filters`));
  }

  /** Y2. Records are read from `from` on; those from `ends` on are new. */
  begin(from: Offsets, ends: Offsets, now: number): void {
    const most = Math.max(1024, Math.floor(MOST_RECORDS / Math.max(1, from.size)));
    this.#tracks = new Map([...from].map(([partition, at]) => [partition, new Track(at, most)]));
    this.#ends = ends;
    this.#counts = this.#matches.map(() => new Count());
    [this.since, this.received, this.unmatched] = [now, 0, 0];
  }

  take(partition: number, offset: number, time: number, event: Event): void {
    const mask = this.#matches.reduce((bits, matches, bit) => (matches(event) ? bits | (1 << bit) : bits), 0);
    this.#tracks.get(partition)?.put(offset, time, mask);
    if (offset < (this.#ends.get(partition) ?? 0) || !isFirst(event)) return;
    // Others may use the same Broker, with triggers of their own.
    if (mask === 0 && !event.type.startsWith(OWN)) return;
    this.received++;
    if (mask === 0) this.unmatched++;
  }

  /** All records before `next` were read. */
  reach(partition: number, next: number): void {
    this.#tracks.get(partition)?.reach(next);
  }

  /** Of the trigger whose group is at these offsets. Calls must come in the order in which the offsets were asked for. */
  look(name: string, committed: Offsets): TriggerTally | undefined {
    const bit = this.triggers.indexOf(name);
    const count = this.#counts[bit];
    if (count === undefined) return undefined;
    let lag = 0;
    let oldest: number | undefined;
    let isWhole = true;
    const unread = new Map<number, number>();
    for (const [partition, track] of this.#tracks) {
      const at = committed.get(partition) ?? 0;
      isWhole = count.move(partition, at, track, bit) && isWhole;
      if (at < track.from) unread.set(partition, at);
      lag += track.count(bit, at);
      const first = track.oldest(bit, at);
      if (first !== undefined) oldest = Math.min(first, oldest ?? first);
    }
    if (unread.size > 0 || !isWhole) count.restart();
    const isKnown = unread.size === 0;
    return {
      unread,
      ...(oldest !== undefined && { oldest }),
      ...(isKnown && { lag }),
      ...(isKnown && isWhole && { handled: count.handled }),
    };
  }

  /** Whether the trigger takes the event. */
  takes(name: string, event: Event): boolean {
    return this.#matches[this.triggers.indexOf(name)]?.(event) ?? false;
  }
}

/** What one group has passed. */
class Count {
  handled = 0;
  /** Counted up to there, by partition. */
  #upTo = new Map<number, number>();

  /** Whether all that it has passed since the last time was read, and is still known. */
  move(partition: number, committed: number, track: Track, bit: number): boolean {
    const before = this.#upTo.get(partition);
    // What was not read yet is counted once it was.
    const to = Math.min(committed, track.next);
    if (before !== undefined) this.handled += track.count(bit, before, to);
    // A group that was set back handles again what it had handled.
    this.#upTo.set(partition, to);
    return before === undefined || before >= track.from;
  }

  restart(): void {
    this.handled = 0;
    this.#upTo.clear();
  }
}

/** From a client, or from a topic of a user's; not a dead letter that was sent again. */
function isFirst(event: Event): boolean {
  return isFromOutside(event.type) && event["redriven"] === undefined;
}

/** A record that could not be read comes from a topic of a user's. */
export function isFromOutside(type: string): boolean {
  return isOfClient(type) || type === EventType.record;
}
