// Our coding of records beside kafkajs's own, byte by byte.

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import KafkaDecoder from "kafkajs/src/protocol/decoder.js";
import readMessages from "kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js";
import fetchVersion from "kafkajs/src/protocol/requests/fetch/v11/response.js";
import requestOf from "kafkajs/src/protocol/requests/produce/v3/request.js";
import { describe, expect, test } from "vitest";
import { AT, HEAD_BYTES } from "./batch-format.ts";
import { DamagedBatchError, readBatches } from "./batch-reader.ts";
import { batchOf } from "./batch-writer.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { crc32c } from "./crc32c.ts";
import { readFetchResponse } from "./fetch-response.ts";
import { writeHeaders } from "./header-writer.ts";
import { headerName, message, messages, messageWith, NOBODY, NOW, text } from "./messages.contract.ts";
import { type Produce, writeProduceRequest } from "./produce-request.ts";

/** What kafkajs reads of batches one behind the other. */
async function asKafkajsReads(batches: Buffer) {
  const size = Buffer.alloc(4);
  size.writeInt32BE(batches.length);
  return readMessages(new KafkaDecoder(Buffer.concat([size, batches])));
}

/** What somebody asks a message for. */
function shown({
  key,
  value,
  headers,
  offset,
  timestamp,
  isControlRecord,
  batchContext,
}: Awaited<ReturnType<typeof readMessages>>[0]) {
  const { inTransaction, producerId } = batchContext;
  return { key, value, headers, offset, timestamp, isControlRecord, inTransaction, producerId };
}

function sealed(batch: Buffer): Buffer {
  batch.writeInt32BE(batch.length - AT.leaderEpoch, AT.length);
  batch.writeUInt32BE(crc32c(batch, AT.attributes), AT.crc);
  return batch;
}

describe("a produce request", () => {
  test("has the bytes of kafkajs's, whatever the messages are", async () => {
    const partition = fc.record({ partition: fc.nat(99), firstSequence: fc.nat(9999), messages });
    const topic = fc.record({
      topic: fc.string({ minLength: 1, maxLength: 20 }),
      partitions: fc.array(partition, { maxLength: 3 }),
    });
    const produce = fc.record({
      acks: fc.constantFrom(-1, 0, 1),
      timeout: fc.nat(60_000),
      transactionalId: fc.option(fc.string({ minLength: 1, maxLength: 20 })),
      producerId: fc.bigInt({ min: -1n, max: 2n ** 60n }).map(String),
      producerEpoch: fc.nat(9999),
      topicData: fc.array(topic, { maxLength: 3 }),
    });

    await fc.assert(
      fc.asyncProperty(produce, async (one: Produce) => {
        expect(writeProduceRequest(one, NOW).buffer).toEqual((await requestOf(one).encode()).buffer);
      }),
    );
  });

  test("has the same bytes where the headers were written before", () => {
    const texts = fc.dictionary(text, text, { maxKeys: 80 });

    fc.assert(
      fc.property(message, texts, (one, headers) => {
        const written = writeHeaders((add) => {
          for (const name in headers) add(name, headers[name] as string);
        });

        expect(batchOf([{ ...one, headers: undefined as never, written }], NOBODY, NOW)).toEqual(
          batchOf([{ ...one, headers }], NOBODY, NOW),
        );
      }),
    );
  });

  test("gives a message without a time the time of now", async () => {
    const batch = batchOf([{ value: "a" }, { value: "b", timestamp: String(NOW + 5) }, { value: "c" }], NOBODY, NOW);

    const times = (await asKafkajsReads(batch)).map(({ timestamp }) => Number(timestamp) - NOW);

    // kafkajs, too, counts from the first time that a message has.
    expect(times).toEqual([0, 5, 0]);
  });
});

describe("a batch of records", () => {
  test("is read as kafkajs reads it: of several batches, cut off anywhere, with what Kafka writes into their heads", async () => {
    // kafkajs takes what an object inherits, such as `toString`, for an earlier value of that name.
    const ordinary = headerName.filter((name) => !(name in Object.prototype));
    const batch = fc.record({
      messages: fc.array(messageWith(ordinary), { minLength: 1, maxLength: 8 }),
      baseOffset: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      attributes: fc.constantFrom(0x00, 0x08, 0x10, 0x30),
      producerId: fc.bigInt({ min: -1n, max: 2n ** 62n }),
    });

    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3 }), fc.nat(), async (written, cut) => {
        const batches = written.map((one) => {
          const made = batchOf(one.messages, { ...NOBODY, producerId: one.producerId }, NOW);
          made.writeBigInt64BE(one.baseOffset, AT.baseOffset);
          made.writeInt16BE(one.attributes, AT.attributes);
          return sealed(made);
        });
        const whole = Buffer.concat(batches);
        const fetched = whole.subarray(0, HEAD_BYTES + (cut % (whole.length - HEAD_BYTES + 1)));

        const ours = (await readBatches(fetched)).map((record) => shown(record as never));

        expect(ours).toEqual((await asKafkajsReads(fetched)).map(shown));
      }),
    );
  });

  test("has the headers that it was written with, also by the names of what an object inherits", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const headers = Object.fromEntries(names.map((name) => [name, `the value of ${name}`]));
    const batch = batchOf([{ value: null, headers }], NOBODY, NOW);

    const [record] = await readBatches(batch);

    const read = Object.entries(record?.headers ?? {}).map(([name, value]) => [name, String(value)]);
    expect(read).toEqual(Object.entries(headers));
  });

  test("tells the type of an event without the other headers, unless it is there twice", async () => {
    const type = "dev.wadi.observation";
    const batch = batchOf(
      [
        { value: null, headers: { ce_id: "1", ce_type: type, ce_typed: "x" } },
        { value: null, headers: { ce_type: [type, "another"] } },
        { value: null, headers: { ce_type: ["one", "two", "three"] } },
        { value: null, headers: { ce_typo: type } },
        { value: null },
      ],
      NOBODY,
      NOW,
    );

    const types = (await readBatches(batch)).map((record) => record.type);

    expect(types).toEqual([type, undefined, undefined, undefined, undefined]);
  });

  test("that is damaged in one byte anywhere behind its length is refused, and says at which offset", async () => {
    const written = batchOf([{ key: "k", value: "v", headers: { ce_type: "t" } }], NOBODY, NOW);
    written.writeBigInt64BE(4711n, AT.baseOffset);

    for (let at = AT.crc; at < written.length; at++) {
      const damaged = Buffer.from(written);
      damaged[at] = (damaged[at] as number) ^ 1;

      await expect(readBatches(damaged), `the byte at ${at}`).rejects.toThrow(/at offset 4711 is damaged: .*disk/);
    }
  });

  test("whose lengths lead beyond its end is refused, though its checksum is right", async () => {
    const written = batchOf([{ key: "key", value: "value", headers: { ce_type: "type" } }], NOBODY, NOW);

    await fc.assert(
      fc.asyncProperty(fc.integer({ min: AT.count, max: written.length - 1 }), fc.nat(255), async (at, byte) => {
        const spoilt = Buffer.from(written);
        spoilt[at] = byte;
        const read = readBatches(sealed(spoilt)).then(
          (records) => records.map(({ key, value, headers, type }) => ({ key, value, headers, type })),
          (error: unknown) => error,
        );

        const found = await read;

        expect(Array.isArray(found) || found instanceof DamagedBatchError).toBe(true);
      }),
    );
  });

  test("with a negative length is refused, not read for ever", async () => {
    const written = batchOf([{ value: "v" }], NOBODY, NOW);
    written.writeInt32BE(-AT.leaderEpoch, AT.length);

    await expect(readBatches(written)).rejects.toThrow(DamagedBatchError);
  });

  test("that is compressed is unpacked first", async () => {
    const plain = batchOf([{ value: "one" }, { value: "two" }], NOBODY, NOW);
    const packed = Buffer.concat([plain.subarray(0, HEAD_BYTES), gzipSync(plain.subarray(HEAD_BYTES))]);
    packed.writeInt16BE(1, AT.attributes);

    const values = (await readBatches(sealed(packed))).map(({ value }) => String(value));

    expect(values).toEqual(["one", "two"]);
  });
});

describe("the answer to a fetch", () => {
  test("is read as kafkajs reads it", async () => {
    const batch = batchOf([{ key: "k", value: "v", headers: { ce_type: "t", again: ["1", "2"] } }], NOBODY, NOW);
    const answer = new ByteWriter(64);
    const int32 = (value: number) => {
      answer.skip(4);
      answer.int32At(answer.at - 4, value);
    };
    const int64 = (value: bigint) => {
      answer.skip(8);
      answer.int64At(answer.at - 8, value);
    };
    const int16 = (value: number) => {
      answer.skip(2);
      answer.int16At(answer.at - 2, value);
    };
    int32(7); // throttled, milliseconds
    int16(0);
    int32(42); // session
    int32(1); // topics
    int16(4);
    answer.bytes(Buffer.from("wadi"));
    int32(2); // partitions
    for (const [partition, records] of [
      [3, batch],
      [4, Buffer.alloc(0)],
    ] as const) {
      int32(partition);
      int16(0);
      for (const offset of [9n, 8n, 1n]) int64(offset);
      int32(partition === 3 ? 1 : -1); // aborted transactions
      if (partition === 3) for (const value of [77n, 5n]) int64(value);
      int32(-1); // preferred replica
      int32(records.length);
      answer.bytes(records);
    }
    const raw = Buffer.from(answer.view());

    const ours = await readFetchResponse(11, raw);

    const theirs = await fetchVersion.decode(raw);
    const plain = ({ responses, ...rest }: typeof theirs) => ({
      ...rest,
      responses: responses.map(({ partitions, ...topic }) => ({
        ...topic,
        partitions: partitions.map(({ messages: found, ...part }) => ({ ...part, found: found.map(shown) })),
      })),
    });
    expect(plain(ours as never)).toEqual(plain(theirs));
  });
});

describe("numbers", () => {
  test("the checksum is CRC-32C, with the check value of its catalogue (CRC-32/ISCSI)", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  });

  test("of any size are read as they were written", () => {
    const small = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

    fc.assert(
      fc.property(small, fc.maxSafeInteger(), (narrow, wide) => {
        const writer = new ByteWriter(1);
        writer.varint(narrow);
        writer.varint(wide);
        const reader = new ByteReader(Buffer.from(writer.view()));

        expect([reader.varint(), reader.varlong(), reader.left]).toEqual([narrow, BigInt(wide), 0]);
      }),
    );
  });
});
