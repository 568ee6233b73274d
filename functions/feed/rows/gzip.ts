// Files that are compressed with gzip (RFC 1952), told by their first two bytes.

import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

const MAGIC = [0x1f, 0x8b] as const;

/** The bytes as they were before; those of a file that is not compressed as they are. @throws Error for one that is damaged or cut off. */
export async function* ungzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  let ended = false;
  try {
    while (start.length < MAGIC.length && !ended) {
      const { value, done } = await iterator.next();
      if (done === true) ended = true;
      else start = start.length === 0 ? value : Buffer.concat([start, value]);
    }
    const rest = restOf(start, ended ? undefined : iterator);
    if (!MAGIC.every((byte, i) => start[i] === byte)) return yield* rest;
    const compressed = Readable.from(rest, { objectMode: false });
    const gunzip = createGunzip();
    compressed.on("error", (error) => gunzip.destroy(error));
    try {
      yield* compressed.pipe(gunzip) as AsyncIterable<Buffer>;
    } finally {
      compressed.destroy();
    }
  } finally {
    await iterator.return?.();
  }
}

async function* restOf(start: Buffer, iterator: AsyncIterator<Buffer> | undefined): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  while (iterator !== undefined) {
    const { value, done } = await iterator.next();
    if (done === true) return;
    yield value;
  }
}
