// MurmurHash2 of 32 bits (Austin Appleby, 2008) as Java's clients of Kafka seed it: by it a key chooses its partition, whoever
// writes. kafkajs computes it in BigInts, which takes ten times as long.

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** Of the bytes: any integer of 32 bits, with its sign. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const whole = length & ~3;
  const at = (index: number) => bytes[index] as number;
  let h = SEED ^ length;
  for (let i = 0; i < whole; i += 4) {
    const word = at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
    const k = Math.imul(word, M);
    h = Math.imul(h, M) ^ Math.imul(k ^ (k >>> 24), M);
  }
  const rest = length - whole;
  if (rest === 3) h ^= at(whole + 2) << 16;
  if (rest >= 2) h ^= at(whole + 1) << 8;
  if (rest >= 1) h = Math.imul(h ^ at(whole), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}
