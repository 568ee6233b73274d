// What Kafka answers to a fetch, from version 4 of it on (Kafka 0.11) to 11, the highest that kafkajs asks for.
// https://kafka.apache.org/protocol#The_Messages_Fetch

import KafkaDecoder from "kafkajs/src/protocol/decoder.js";
import readMessageSet from "kafkajs/src/protocol/messageSet/decoder.js";
import { AT, MAGIC } from "./batch-format.ts";
import { readBatches } from "./batch-reader.ts";
import { ByteReader } from "./byte-reader.ts";

export const FIRST_VERSION = 4;
const START_OFFSET_SINCE = 5;
const SESSIONS_SINCE = 7;
const CLIENT_THROTTLES_SINCE = 8;
const REPLICA_SINCE = 11;

/** As kafkajs's own decoder gives it. @throws DamagedBatchError. */
export async function readFetchResponse(version: number, raw: Buffer) {
  const from = new ByteReader(raw);
  const throttleTime = from.int32();
  // Since then Kafka expects its clients to wait by themselves, and says so in the same field.
  const throttle =
    version < CLIENT_THROTTLES_SINCE ? { throttleTime } : { throttleTime: 0, clientSideThrottleTime: throttleTime };
  const session = version < SESSIONS_SINCE ? {} : { errorCode: from.int16(), sessionId: from.int32() };
  const responses = await readList(from, async () => ({
    topicName: from.text(),
    partitions: await readList(from, () => readPartition(version, from)),
  }));
  return { ...throttle, ...session, responses };
}

async function readPartition(version: number, from: ByteReader) {
  return {
    partition: from.int32(),
    errorCode: from.int16(),
    highWatermark: String(from.int64()),
    lastStableOffset: String(from.int64()),
    ...(version >= START_OFFSET_SINCE && { lastStartOffset: String(from.int64()) }),
    abortedTransactions: await readList(from, () => ({
      producerId: String(from.int64()),
      firstOffset: String(from.int64()),
    })),
    ...(version >= REPLICA_SINCE && { preferredReadReplica: from.int32() }),
    messages: await readMessages(from),
  };
}

/** One after the other: each begins where the one before it ends. */
async function readList<T>(from: ByteReader, read: () => T | Promise<T>): Promise<T[]> {
  const list: T[] = [];
  for (let left = from.int32(); left > 0; left--) list.push(await read());
  return list;
}

async function readMessages(from: ByteReader) {
  const size = from.int32();
  if (size <= 0) return [];
  const start = from.skip(size);
  const bytes = from.bytes.subarray(start, from.at);
  // From before Kafka 0.11, in a log that is as old.
  if (bytes[AT.magic] !== MAGIC) return readMessageSet(new KafkaDecoder(bytes), size);
  return readBatches(bytes);
}
