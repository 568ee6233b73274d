// The fetches of a broker: one at a time of each node of Kafka, for all groups of the process. Where groups are at the same
// offset of a partition, and all are that keep up, its records are fetched, unpacked and read once for all of them.
//
//   F1  Whoever takes gets what lies behind its own position, in order and without a gap; what it has already is not taken twice.
//   F2  A fetch asks for one position of a partition. Of several it is the one that has waited longest: who is far behind and who
//       keeps up go on in turn.
//   F3  Nothing is fetched for who has no room.
//   F4  While much comes there is a short pause between two fetches: the more each brings, the less a record costs. An event that
//       comes alone waits for nothing.

import { setTimeout as sleep } from "node:timers/promises";
import type { Kafka } from "kafkajs";
import type { LineQuota } from "../../../telemetry/line-quota.ts";
import type { Log } from "../../../telemetry/log.ts";
import { crashLevel } from "../client.ts";
import type { Ends } from "../ends.ts";
import { type Fetcher, type FetchLimits, isOutOfRange, openFetcher } from "../follow/fetcher.ts";
import { ReadPart } from "./read-part.ts";

/** Who takes what is fetched of a partition. */
export interface Taker {
  readonly partition: number;
  /** The offset that it takes next. */
  readonly next: number;
  readonly hasRoom: boolean;
  /** What was fetched, from `next` or before it on. */
  take(part: ReadPart): void;
  /** The log does not have the offset that it takes next. */
  lost(): void;
}

export interface SharedFetchHost {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly ends: Ends;
  readonly log: Log;
  readonly quota: LineQuota;
  /** As they are now. */
  takers(): Iterable<Taker>;
}

/** How long Kafka waits where there is nothing: so long may who comes to be served wait, too. */
const WAIT_MS = 200;
/** While somebody is behind and has no room just now. */
const WAIT_FOR_ROOM_MS = 20;
const BYTES = 4 * 1024 * 1024;
const PART_BYTES = 512 * 1024;
const PAUSE_MS = 3;
/** So many records of one fetch are much. */
const MUCH = 16;
const AGAIN_MS = 300;

export class SharedFetch {
  readonly #host: SharedFetchHost;
  readonly #fetcher: Fetcher;
  /** Of each node that is fetched from. */
  readonly #loops = new Map<string, Promise<void>>();
  /** When each was served last, in fetches. */
  readonly #served = new WeakMap<Taker, number>();
  #fetches = 0;
  #spreading = false;
  #stopped = false;

  constructor(host: SharedFetchHost) {
    this.#host = host;
    this.#fetcher = openFetcher(host.kafka, host.topic);
  }

  /** There may be more to fetch than there was: who takes, or has room. */
  wake(): void {
    if (this.#spreading || this.#stopped) return;
    this.#spreading = true;
    void this.#spread();
  }

  /** Begins to fetch from nodes of which nothing is fetched. Never rejects. */
  async #spread(): Promise<void> {
    for (let again = true; again && !this.#stopped; ) {
      again = false;
      try {
        const partitions = new Set(
          [...this.#host.takers()].filter(({ hasRoom }) => hasRoom).map((one) => one.partition),
        );
        const nodes = partitions.size === 0 ? [] : (await this.#fetcher.leadersOf([...partitions])).keys();
        for (const node of nodes) if (!this.#loops.has(node)) this.#loops.set(node, this.#run(node));
      } catch (error) {
        again = true;
        this.#failed(error);
        await sleep(AGAIN_MS);
      }
    }
    this.#spreading = false;
  }

  async #run(node: string): Promise<void> {
    while (!this.#stopped) {
      try {
        if (!(await this.#fetch(node))) break;
      } catch (error) {
        if (isOutOfRange(error)) this.#lose(error.partition);
        else this.#failed(error);
        await sleep(AGAIN_MS);
      }
    }
    this.#loops.delete(node);
    // Somebody may have come, or be led from elsewhere, since nothing was found.
    if ([...this.#host.takers()].some(({ hasRoom }) => hasRoom)) this.wake();
  }

  /** False: nobody takes anything of this node. */
  async #fetch(node: string): Promise<boolean> {
    const takers = [...this.#host.takers()];
    const partitions = [...new Set(takers.filter(({ hasRoom }) => hasRoom).map((one) => one.partition))];
    const ofNode = partitions.length === 0 ? [] : ((await this.#fetcher.leadersOf(partitions)).get(node) ?? []);
    if (ofNode.length === 0) return false;
    const from = new Map(ofNode.map((partition) => [partition, this.#first(takers, partition).next]));
    const limits: FetchLimits = { waitMs: this.#waitMs(takers, from), bytes: BYTES, partBytes: PART_BYTES };
    const parts = await this.#fetcher.fetchOf(node, from, limits);
    this.#fetches++;
    let records = 0;
    for (const part of parts) {
      records += part.messages.length;
      this.#host.ends.grown(part.partition, part.end);
      this.#give(new ReadPart(part));
    }
    if (records >= MUCH) await sleep(PAUSE_MS);
    return true;
  }

  #give(part: ReadPart): void {
    for (const taker of this.#host.takers()) {
      if (taker.partition !== part.partition || taker.next < part.from) continue;
      if (taker.next === part.from) this.#served.set(taker, this.#fetches);
      if (taker.next >= part.next || !taker.hasRoom) continue;
      this.#served.set(taker, this.#fetches);
      taker.take(part);
    }
  }

  /** Of those who have room. */
  #first(takers: readonly Taker[], partition: number): Taker {
    const when = (taker: Taker) => this.#served.get(taker) ?? -1;
    return takers
      .filter((taker) => taker.partition === partition && taker.hasRoom)
      .reduce((first, taker) => (when(taker) < when(first) ? taker : first));
  }

  #waitMs(takers: readonly Taker[], from: ReadonlyMap<number, number>): number {
    const others = takers.filter(({ partition, next }) => {
      const asked = from.get(partition);
      return asked !== undefined && asked !== next && next < this.#host.ends.of(partition);
    });
    if (others.some(({ hasRoom }) => hasRoom)) return 0;
    return others.length > 0 ? WAIT_FOR_ROOM_MS : WAIT_MS;
  }

  /** Those who wanted what the log does not have. */
  #lose(partition: number): void {
    const takers = [...this.#host.takers()].filter((taker) => taker.partition === partition && taker.hasRoom);
    if (takers.length > 0) this.#first(takers, partition).lost();
  }

  #failed(error: unknown): void {
    const level = crashLevel(error);
    const said = level === "debug" ? {} : this.#host.quota("fetch");
    if (said === undefined || this.#stopped) return;
    this.#host.log[level]({ err: error, topic: this.#host.topic, ...said }, "nothing can be fetched; tried again");
  }

  async close(): Promise<void> {
    this.#stopped = true;
    await this.#fetcher.close();
    await Promise.all(this.#loops.values());
  }
}
