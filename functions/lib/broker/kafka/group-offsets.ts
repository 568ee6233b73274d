// Where a group begins. One that has committed continues there. A new one begins at the end of the topic, as a Trigger on
// Knative does, or at the start of a topic that was made for it. One member commits that for all partitions at once, so it
// is the same for every process, and all that is accepted once a process is ready is delivered.

import { setTimeout as sleep } from "node:timers/promises";
import type { Admin, TopicPartitionOffsetAndMetadata } from "kafkajs";
import type { Log } from "../../telemetry/log.ts";

export interface GroupOffsets {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string | null;
}

/** Of a partition, as Kafka writes offsets. */
export interface Bounds {
  readonly partition: number;
  readonly low: string;
  readonly high: string;
}

export interface Fixing {
  readonly admin: Admin;
  readonly topic: string;
  readonly group: string;
  readonly isNewTopic: boolean;
  /** Of the member that leads the group. */
  readonly commit: ((offsets: TopicPartitionOffsetAndMetadata[]) => Promise<void>) | undefined;
  /** The assignment is no longer ours. */
  isOver(): boolean;
}

const LOOK_MS = 100;

/** Of all partitions, once every one of them has an offset. */
export async function fixedOffsets(fixing: Fixing): Promise<readonly GroupOffsets[]> {
  const { admin, topic, group, commit, isOver } = fixing;
  for (;;) {
    const offsets = await groupOffsets(admin, group, topic);
    if (offsets.every(({ offset }) => offset >= 0) || isOver()) return offsets;
    if (commit === undefined) await sleep(LOOK_MS);
    else await commit(await beginnings(fixing, offsets));
  }
}

/**
 * The same, within what the log holds by now: where it begins later, events were trimmed before they were handled; where
 * it ends earlier, it was recreated, and all of it is new.
 */
export function within(offsets: readonly GroupOffsets[], bounds: readonly Bounds[], log: Log): readonly GroupOffsets[] {
  return offsets.map((one) => {
    const { low, high } = bounds.find(({ partition }) => partition === one.partition) ?? { low: 0, high: Infinity };
    if (one.offset >= Number(low) && one.offset <= Number(high)) return one;
    const where = { partition: one.partition, committed: one.offset, begins: Number(low), ends: Number(high) };
    if (one.offset > Number(high)) log.warn(where, "the topic was recreated: the group begins at its start");
    else log.error(where, "events left the log before they were handled: keep it longer (retention.ms of the topic)");
    return { ...one, offset: Number(low), metadata: null };
  });
}

export async function groupOffsets(admin: Admin, group: string, topic: string): Promise<readonly GroupOffsets[]> {
  const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  return (found?.partitions ?? []).map(({ partition, offset, metadata }) => ({
    partition,
    metadata: metadata ?? null,
    offset: Number(offset),
  }));
}

async function beginnings({ admin, topic, isNewTopic }: Fixing, offsets: readonly GroupOffsets[]) {
  // Where others have an offset, those without one were added to the topic.
  const fromStart = isNewTopic || offsets.some(({ offset }) => offset >= 0);
  const bounds = await admin.fetchTopicOffsets(topic);
  return bounds
    .filter(({ partition }) => (offsets.find((one) => one.partition === partition)?.offset ?? -1) < 0)
    .map(({ partition, low, high }) => ({ topic, partition, offset: fromStart ? low : high }));
}
