import { zstdCompressSync } from "node:zlib";
import kafkajs from "kafkajs";
import lz4 from "lz4js";
import snappy from "snappyjs";
import { expect, test } from "vitest";
import { MAX_BATCH_BYTES, unpackLz4, unpackSnappy } from "./codecs.ts";

const { CompressionCodecs, CompressionTypes } = kafkajs;
const TEXT = Buffer.from("a wadi is a riverbed that stays dry until it rains, ".repeat(400));

function framed(...blocks: readonly Buffer[]): Buffer {
  const head = Buffer.from("82534e4150505900" + "00000001" + "00000001", "hex");
  const sized = blocks.flatMap((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(block.length);
    return [size, block];
  });
  return Buffer.concat([head, ...sized]);
}

const codec = (type: number) => (CompressionCodecs as never as Record<number, () => Codec>)[type]?.() as Codec;
interface Codec {
  compress(bytes: Buffer): Promise<Buffer>;
  decompress(packed: Buffer): Promise<Buffer>;
}

test.each([
  ["snappy", CompressionTypes.Snappy, snappy.compress(TEXT)],
  ["snappy as Java frames it", CompressionTypes.Snappy, framed(snappy.compress(TEXT))],
  ["lz4", CompressionTypes.LZ4, Buffer.from(lz4.compress(TEXT))],
  ["zstd", CompressionTypes.ZSTD, zstdCompressSync(TEXT)],
])("a batch of %s is read", async (_name, type, packed) => {
  const unpacked = await codec(type).decompress(packed);

  expect(packed.length).toBeLessThan(TEXT.length);
  expect(unpacked.equals(TEXT)).toBe(true);
});

test("blocks of a frame follow each other", () => {
  const packed = framed(snappy.compress(Buffer.from("one ")), snappy.compress(Buffer.from("two")));

  expect(String(unpackSnappy(packed))).toBe("one two");
});

test.each([
  ["a frame that is cut off", () => unpackSnappy(framed(snappy.compress(TEXT)).subarray(0, 40)), /cut off/],
  ["no snappy", () => unpackSnappy(Buffer.from("ffffffffff", "hex")), /Invalid/],
  ["snappy that says it is larger than all memory", () => unpackSnappy(Buffer.from("ffffffff07", "hex")), /too big/],
  ["no lz4", () => unpackLz4(Buffer.from("no lz4 at all")), /magic/],
])("%s is an error", (_name, unpack, why) => {
  expect(unpack).toThrow(why);
});

test("zstd of more than a batch may have is an error", async () => {
  const packed = zstdCompressSync(Buffer.alloc(MAX_BATCH_BYTES + 1));

  await expect(codec(CompressionTypes.ZSTD).decompress(packed)).rejects.toThrow(/larger than/);
});
