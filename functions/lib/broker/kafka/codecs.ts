// How others compress what they write to Kafka (a producer's `compression.type`): kafkajs itself knows gzip alone, and a
// reader that meets another one stops for ever. Wadi writes uncompressed.
//
//   snappy  bare blocks, or as Java frames them: a head of 16 bytes, then blocks, each behind its length
//   lz4     frames
//   zstd    frames; of Node itself

import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import kafkajs from "kafkajs";
import lz4 from "lz4js";
import snappy from "snappyjs";

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** Of a batch when it is unpacked; what is larger is an error and no full memory. */
export const MAX_BATCH_BYTES = 64 * 1024 * 1024;

const XERIAL_MAGIC = Buffer.from("\x82SNAPPY\0", "latin1");
const XERIAL_HEAD_BYTES = 16;

/** @throws Error for what is no snappy, or too large. */
export function unpackSnappy(packed: Buffer): Buffer {
  if (!packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return block(packed, MAX_BATCH_BYTES);
  const blocks: Buffer[] = [];
  let left = MAX_BATCH_BYTES;
  for (let at = XERIAL_HEAD_BYTES; at < packed.length; ) {
    const end = at + 4 + packed.readUInt32BE(at);
    if (end > packed.length) throw new Error("a block of snappy is cut off");
    const unpacked = block(packed.subarray(at + 4, end), left);
    blocks.push(unpacked);
    left -= unpacked.length;
    at = end;
  }
  return Buffer.concat(blocks);
}

function block(packed: Buffer, most: number): Buffer {
  return snappy.uncompress(packed, most);
}

/** @throws Error for what is no lz4, or too large. */
export function unpackLz4(packed: Buffer): Buffer {
  // A bound: as many whole blocks as there are, the last of which may be short.
  const bound = lz4.decompressBound(packed);
  if (bound > MAX_BATCH_BYTES) throw new Error(`a batch of up to ${bound} bytes; at most ${MAX_BATCH_BYTES} are read`);
  return Buffer.from(lz4.decompress(packed, bound));
}

const unpackZstd = promisify(zstdDecompress);

type Unpack = (packed: Buffer) => Buffer | Promise<Buffer>;

function codec(decompress: Unpack) {
  return () => ({
    async compress(): Promise<never> {
      throw new Error("Wadi writes uncompressed");
    },
    decompress: async (packed: Buffer) => decompress(packed),
  });
}

const codecs: { [type: number]: ReturnType<typeof codec> } = CompressionCodecs;
codecs[CompressionTypes.Snappy] = codec(unpackSnappy);
codecs[CompressionTypes.LZ4] = codec(unpackLz4);
codecs[CompressionTypes.ZSTD] = codec((packed) => unpackZstd(packed, { maxOutputLength: MAX_BATCH_BYTES }));
