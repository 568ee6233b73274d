import { expect, test } from "vitest";
import { AT } from "./batch-format.ts";
import { readBatches } from "./batch-reader.ts";
import { batchOf, type SentMessage } from "./batch-writer.ts";
import { SentBatches, type SentEvent } from "./sent-batches.ts";

const NOBODY = { producerId: -1n, producerEpoch: 0, firstSequence: 0, transactional: false };
const sentEvent = (type: string): SentEvent => ({ type, read: () => type });
const messageOf = (value: string, sent?: SentEvent): SentMessage => ({
  key: "k",
  value,
  headers: { ce_type: "t", ce_id: value },
  timestamp: "1700000000000",
  sent,
});

/** As Kafka gives it back: with an offset and an epoch of its own, in other memory. */
function kept(batch: Buffer, offset = 4711n): Buffer {
  const copy = Buffer.from(batch);
  copy.writeBigInt64BE(offset, AT.baseOffset);
  copy.writeInt32BE(7, AT.leaderEpoch);
  return copy;
}

test("a batch that was sent is known when it is fetched, and what is asked of its records is what was written", async () => {
  const events = [sentEvent("one"), sentEvent("two")];
  const batch = kept(batchOf([messageOf("a", events[0]), messageOf("b", events[1])], NOBODY, 0));

  const own = await readBatches(batch);
  const others = await readBatches(batch);

  expect(own.map((record) => "sent" in record && record.sent)).toEqual(events);
  expect(own.map(({ type }) => type)).toEqual(["one", "two"]);
  // Known once: what was fetched is not kept.
  expect(others.map((record) => "sent" in record)).toEqual([false, false]);
  const shown = ({ offset, seq, timestamp, key, value, headers, isControlRecord }: (typeof own)[0]) => ({
    ...{ offset, seq, timestamp, key, value, headers, isControlRecord },
  });
  expect(own.map(shown)).toEqual(others.map(shown));
});

test("a batch with a record that has to be read is read whole", async () => {
  const batch = batchOf([messageOf("c", sentEvent("one")), messageOf("d")], NOBODY, 0);

  const types = (await readBatches(kept(batch))).map(({ type }) => type);

  expect(types).toEqual(["t", "t"]);
});

test("a batch that differs in one bit is not taken for the one that was sent, though its checksum says so", async () => {
  const batch = batchOf([messageOf("e", sentEvent("one"))], NOBODY, 0);

  for (let at = AT.attributes; at < batch.length; at++) {
    const other = kept(batch);
    other[at] = (other[at] as number) ^ 1;

    await expect(readBatches(other), `the byte at ${at}`).rejects.toThrow("is damaged");
  }
  const longer = Buffer.concat([kept(batch), Buffer.alloc(1)]);
  longer.writeInt32BE(longer.length - AT.leaderEpoch, AT.length);
  await expect(readBatches(longer)).rejects.toThrow("is damaged");
  expect((await readBatches(kept(batch))).map(({ type }) => type)).toEqual(["one"]);
});

test("what is never fetched again takes a bounded memory: the oldest go", () => {
  const batches = new SentBatches(1000);
  const bytesOf = (crc: number) => {
    const bytes = Buffer.alloc(400);
    bytes.writeUInt32BE(crc, AT.crc);
    return bytes;
  };

  for (const crc of [1, 2, 3, 3, 4]) batches.remember({ bytes: bytesOf(crc), records: [] });

  expect([1, 2, 3, 4].map((crc) => batches.take(bytesOf(crc)) !== undefined)).toEqual([false, false, true, true]);
  batches.remember({ bytes: Buffer.alloc(2000), records: [] });
  expect(batches.take(Buffer.alloc(2000))).toBeUndefined();
});
