// A batch of records as Kafka keeps and sends it, of magic 2: a head of 61 bytes, then its records.
// https://kafka.apache.org/documentation/#recordbatch

/** Where in the head each of its fields begins, in bytes. */
export const AT = {
  baseOffset: 0,
  /** Of all that comes behind it. */
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  /** CRC-32C of all from `attributes` to the end. */
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
} as const;

export const HEAD_BYTES = 61;
export const MAGIC = 2;

/** Of the attributes. */
export const LOG_APPEND_TIME_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;
