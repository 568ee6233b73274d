// Commits how far a group has come, with a short delay. Events that were not committed when a process dies are delivered
// again.

import type { Consumer } from "kafkajs";
import type { Log } from "../../telemetry/log.ts";
import type { Lane } from "../lane.ts";
import { type Committed, committedOf } from "./offsets.ts";
import type { PartitionSupply } from "./partition-supply.ts";

/** One partition that is ours. */
export interface Part {
  readonly partition: number;
  readonly lane: Lane<PartitionSupply>;
  /** Settled, and not yet written as such. */
  readonly pending: Set<number>;
  /** What Kafka knows. */
  committed: string;
  /** Nothing is fetched for it until there is room again. */
  isFull: boolean;
}

export interface CommitterHost {
  readonly topic: string;
  readonly group: string;
  readonly log: Log;
  parts(): Iterable<Part>;
  consumer(): Consumer | undefined;
}

const COMMIT_MS = 250;

export class Committer {
  readonly #host: CommitterHost;
  #timer: NodeJS.Timeout | undefined;
  #committing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(host: CommitterHost) {
    this.#host = host;
  }

  soon(): void {
    if (this.#stopped) return;
    this.#timer ??= setTimeout(() => {
      // First: what is settled while this commit is under way wants one of its own.
      this.#timer = undefined;
      void this.commit();
    }, COMMIT_MS);
  }

  /** Never rejects: what could not be committed is tried again soon, for there may come no other event to do it with. */
  commit(): Promise<void> {
    this.#committing = this.#committing.then(() => this.#commit());
    return this.#committing;
  }

  async #commit(): Promise<void> {
    const { topic, log, group, parts, consumer } = this.#host;
    const changed = [...parts()]
      .map((part) => ({ part, committed: positionIn(part) }))
      .filter(({ part, committed }) => textOf(committed) !== part.committed);
    if (changed.length === 0) return;
    const offsets = changed.map(({ part: { partition }, committed }) => ({ topic, partition, ...committed }));
    await (consumer() as Consumer).commitOffsets(offsets).then(
      () => {
        for (const { part, committed } of changed) part.committed = textOf(committed);
      },
      (error: unknown) => {
        log.debug({ err: error, group }, "offsets could not be committed; tried again");
        this.soon();
      },
    );
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}

/** How far it is, as Kafka is told. */
export function positionIn({ lane, pending }: Part): Committed {
  return committedOf(lane.supply.positionOf(lane.position(), pending));
}

export function textOf({ offset, metadata }: Committed): string {
  return `${offset} ${metadata}`;
}
