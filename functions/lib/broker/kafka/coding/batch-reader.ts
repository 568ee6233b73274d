// The records of a fetch: batches of magic 2, one behind the other, of which the last may be cut off. The checksum of each is
// looked at, which kafkajs leaves out.

import { KafkaJSError } from "kafkajs/src/errors.js";
import { lookupCodecByAttributes } from "kafkajs/src/protocol/message/compression/index.js";
import { asError } from "../../../errors.ts";
import { AT, CONTROL_BIT, HEAD_BYTES, LOG_APPEND_TIME_BIT, TRANSACTIONAL_BIT } from "./batch-format.ts";
import { ByteReader } from "./byte-reader.ts";
import { type BatchContext, ConsumedRecord } from "./consumed-record.ts";
import { crc32c } from "./crc32c.ts";
import { OwnRecord } from "./own-record.ts";
import { type SentRecord, sentBatches } from "./sent-batches.ts";

type ReadRecord = ConsumedRecord | OwnRecord;

/**
 * Kafka ends a fetch at a number of bytes, wherever that is in a batch. What stands before a damaged one is given; the next
 * fetch begins at the damage.
 * @throws DamagedBatchError.
 */
export async function readBatches(bytes: Buffer): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for (let start = 0; start + HEAD_BYTES <= bytes.length; ) {
    const length = bytes.readInt32BE(start + AT.length);
    const end = start + AT.leaderEpoch + length;
    if (end > bytes.length) break;
    try {
      if (end < start + HEAD_BYTES) throw new DamagedBatchError(bytes.subarray(start), `its length is ${length}`);
      for (const record of await readBatch(bytes.subarray(start, end))) records.push(record);
    } catch (error) {
      if (records.length === 0) throw error;
      break;
    }
    start = end;
  }
  return records;
}

/** Bytes that are not what a producer wrote. It is asked for again: what was damaged on the way comes well. */
export class DamagedBatchError extends KafkaJSError {
  constructor(bytes: Buffer, why: string) {
    const offset = bytes.readBigInt64BE(AT.baseOffset);
    super(
      `the batch of records at offset ${offset} is damaged: ${why}; see whether Kafka's disk is well (kafka-dump-log.sh --files)`,
    );
    this.name = "DamagedBatchError";
  }
}

async function readBatch(bytes: Buffer): Promise<ReadRecord[]> {
  const sent = sentBatches.take(bytes);
  if (sent !== undefined) return ownRecords(bytes, sent);
  const [said, is] = [bytes.readUInt32BE(AT.crc), crc32c(bytes, AT.attributes)];
  if (said !== is) throw new DamagedBatchError(bytes, `its checksum should be ${said}, and is ${is}`);
  const attributes = bytes.readInt16BE(AT.attributes);
  const count = bytes.readInt32BE(AT.count);
  const context = contextOf(bytes, attributes);
  const codec = lookupCodecByAttributes(attributes);
  const rest = bytes.subarray(HEAD_BYTES);
  try {
    const from = new ByteReader(codec === null ? rest : await codec.decompress(rest));
    const records: ConsumedRecord[] = [];
    for (let index = 0; index < count; index++) records.push(readRecord(from, context));
    return records;
  } catch (error) {
    throw new DamagedBatchError(bytes, asError(error).message);
  }
}

/** Which need not be read. */
function ownRecords(bytes: Buffer, sent: readonly SentRecord[]): ReadRecord[] {
  const context = contextOf(bytes, bytes.readInt16BE(AT.attributes));
  return sent.map((record, delta) => new OwnRecord(bytes, record, delta, context));
}

function readRecord(from: ByteReader, context: BatchContext): ConsumedRecord {
  const length = from.varint();
  const start = from.skip(length);
  return new ConsumedRecord(new ByteReader(from.bytes, start, from.at), context);
}

function contextOf(bytes: Buffer, attributes: number): BatchContext {
  const isAppendTime = (attributes & LOG_APPEND_TIME_BIT) !== 0;
  return {
    baseOffset: bytes.readBigInt64BE(AT.baseOffset),
    baseTimestamp: bytes.readBigInt64BE(AT.baseTimestamp),
    appendTime: isAppendTime ? bytes.readBigInt64BE(AT.maxTimestamp) : undefined,
    isControl: (attributes & CONTROL_BIT) !== 0,
    inTransaction: (attributes & TRANSACTIONAL_BIT) !== 0,
    producerId: String(bytes.readBigInt64BE(AT.producerId)),
  };
}
