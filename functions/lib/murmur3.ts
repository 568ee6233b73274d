// MurmurHash3, x86 32 bit: Austin Appleby's public domain hash, which River's FeatureHasher uses.

const encoder = new TextEncoder();

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

function mix(block: number): number {
  return Math.imul(rotate(Math.imul(block, C1), 15), C2);
}

/** The hash of the UTF-8 bytes of `text`, an unsigned 32-bit integer. `seed` is one too. */
export function murmur3(text: string, seed: number): number {
  const bytes = encoder.encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let h = seed | 0;
  for (let i = 0; i < whole; i += 4) {
    h = (Math.imul(rotate(h ^ mix(view.getUint32(i, true)), 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= whole; i--) tail = (tail << 8) | view.getUint8(i);
  if (bytes.length > whole) h ^= mix(tail);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
