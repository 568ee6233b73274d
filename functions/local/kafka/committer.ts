// Tells Kafka how far a group has come, a little after it has: what is not told when a process dies is delivered again.

import type { Consumer } from "kafkajs";
import type { Lane } from "../../lib/broker/lane.ts";
import type { Log } from "../../lib/telemetry/log.ts";
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
  resume: (() => void) | undefined;
}

export interface CommitterHost {
  readonly topic: string;
  readonly group: string;
  readonly log: Log;
  parts(): Iterable<Part>;
  consumer(): Consumer | undefined;
}

const COMMIT_MS = 100;

export class Committer {
  readonly #host: CommitterHost;
  #timer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;

  constructor(host: CommitterHost) {
    this.#host = host;
  }

  soon(): void {
    this.#timer ??= setTimeout(async () => {
      await this.commit();
      this.#timer = undefined;
    }, COMMIT_MS);
  }

  /** Never rejects: what could not be committed is with the next. */
  async commit(): Promise<void> {
    await this.#committing;
    const { topic, log, group, parts, consumer } = this.#host;
    const changed = [...parts()]
      .map((part) => ({ part, committed: positionIn(part) }))
      .filter(({ part, committed }) => textOf(committed) !== part.committed);
    if (changed.length === 0) return;
    const offsets = changed.map(({ part: { partition }, committed }) => ({ topic, partition, ...committed }));
    this.#committing = (consumer() as Consumer).commitOffsets(offsets).then(
      () => {
        for (const { part, committed } of changed) part.committed = textOf(committed);
      },
      (error: unknown) => log.debug({ err: error, group }, "offsets could not be committed; they are with the next"),
    );
    await this.#committing;
  }

  stop(): void {
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
