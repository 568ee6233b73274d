// Where a group begins. One that has committed goes on; a new one begins with what comes after, as a Trigger on Knative
// does, or with all of a topic that was made for it. That is committed for all partitions at once and by one member, so
// that it is the same for every process, and what is accepted once a process is ready is delivered.

import type { Admin, TopicPartitionOffsetAndMetadata } from "kafkajs";

export interface GroupOffsets {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string | null;
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
    if (commit === undefined) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    else await commit(await beginnings(fixing, offsets));
  }
}

export async function groupOffsets(admin: Admin, group: string, topic: string): Promise<readonly GroupOffsets[]> {
  const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  return (found?.partitions ?? []).map(({ partition, offset, metadata }) => ({
    ...{ partition, metadata: metadata ?? null },
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
