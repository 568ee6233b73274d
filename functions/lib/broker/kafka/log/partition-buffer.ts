// Events of one partition that were read and not handed on yet.

import type { Event } from "../../../events/vocabulary.ts";

export interface Buffered {
  readonly event: Event;
  /** As Kafka dated it, epoch milliseconds. */
  readonly time: number;
  readonly size: number;
}

const FULL_EVENTS = 4096;
const FULL_BYTES = 8 * 1024 * 1024;

export class PartitionBuffer {
  /** The offset that is to be read next. */
  next: number;
  readonly #end: number;
  #waiting: (Buffered & { readonly offset: number })[] = [];
  #taken = 0;
  #bytes = 0;

  constructor(from: number, end: number) {
    this.next = from;
    this.#end = end;
  }

  /** All was read. */
  get isRead(): boolean {
    return this.next >= this.#end;
  }

  /** All was read and handed on. */
  get isOver(): boolean {
    return this.isRead && this.head === undefined;
  }

  get isFull(): boolean {
    return this.#waiting.length - this.#taken >= FULL_EVENTS || this.#bytes >= FULL_BYTES;
  }

  get isHungry(): boolean {
    return this.#waiting.length - this.#taken < FULL_EVENTS / 2 && this.#bytes < FULL_BYTES / 2;
  }

  get head(): Buffered | undefined {
    return this.#waiting[this.#taken];
  }

  /** Everything before this offset was handed on. */
  get position(): number {
    return this.#waiting[this.#taken]?.offset ?? Math.min(this.next, this.#end);
  }

  /** Undefined: nothing that was asked for. */
  put(offset: number, buffered: Buffered | undefined): void {
    this.next = offset + 1;
    if (buffered === undefined) return;
    this.#waiting.push({ ...buffered, offset });
    this.#bytes += buffered.size;
  }

  /** There is nothing before it any more that was not put. */
  reach(next: number): void {
    this.next = Math.max(this.next, Math.min(next, this.#end));
  }

  take(): Buffered & { readonly offset: number } {
    const first = this.#waiting[this.#taken++] as Buffered & { readonly offset: number };
    this.#bytes -= first.size;
    if (this.#taken >= 1024) {
      this.#waiting = this.#waiting.slice(this.#taken);
      this.#taken = 0;
    }
    return first;
  }
}
