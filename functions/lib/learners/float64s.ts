// Numbers of a window in a state: the base64 of their float64s, little-endian. A state is written with every commit, and decimal
// digits would double it.

export function encode(numbers: Float64Array): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");
}

export function decode(text: string): Float64Array {
  const bytes = Buffer.from(text, "base64");
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** As `decode`, but undefined where the text is anything else. What it answers is only to be read, and at once. */
export function decodeExactly(text: string): Float64Array | undefined {
  const bytes = Buffer.from(text, "base64");
  // What is no base64 is left out when it is decoded.
  const isWhole = text.length % 4 === 0 && bytes.length === Buffer.byteLength(text, "base64");
  if (!isWhole || bytes.length % Float64Array.BYTES_PER_ELEMENT !== 0) return undefined;
  if (bytes.byteOffset % Float64Array.BYTES_PER_ELEMENT !== 0) return decode(text);
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / Float64Array.BYTES_PER_ELEMENT);
}
