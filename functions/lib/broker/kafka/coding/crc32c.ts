// CRC-32C (Castagnoli), by which Kafka seals a batch of records: the reflected polynomial 0x82f63b78, eight bytes a step
// (Kounavis and Berry, "A systematic approach to building high performance software-based CRC generators", 2005).

const POLYNOMIAL = 0x82f63b78;
const TABLES = tables();

function tables(): Int32Array[] {
  const first = new Int32Array(256).map((_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
    return rest;
  });
  const all = [first];
  while (all.length < 8) {
    const before = all.at(-1) as Int32Array;
    all.push(before.map((rest) => (first[rest & 255] as number) ^ (rest >>> 8)));
  }
  return all;
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** Of the bytes from `start` to before `end`: 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const at = (index: number) => bytes[index] as number;
  let crc = -1;
  let index = start;
  for (; index + 8 <= end; index += 8) {
    crc ^= at(index) | (at(index + 1) << 8) | (at(index + 2) << 16) | (at(index + 3) << 24);
    crc =
      (T7[crc & 255] as number) ^
      (T6[(crc >>> 8) & 255] as number) ^
      (T5[(crc >>> 16) & 255] as number) ^
      (T4[crc >>> 24] as number) ^
      (T3[at(index + 4)] as number) ^
      (T2[at(index + 5)] as number) ^
      (T1[at(index + 6)] as number) ^
      (T0[at(index + 7)] as number);
  }
  for (; index < end; index++) crc = (T0[(crc ^ at(index)) & 255] as number) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
