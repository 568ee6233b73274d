// Reads Kafka's numbers one behind the other. What would lie beyond the end is an error: no length in the bytes is trusted.

export class ByteReader {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Goes over so many bytes, and tells where they begin. @throws Error. */
  skip(count: number): number {
    const start = this.at;
    if (count < 0 || count > this.end - start) throw new Error(`${count} bytes are to follow, and ${this.left} do`);
    this.at = start + count;
    return start;
  }

  int8(): number {
    return this.bytes.readInt8(this.skip(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.skip(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.skip(8));
  }

  /** UTF-8 behind its length; null where that is -1. */
  text(): string | null {
    const length = this.int16();
    if (length === -1) return null;
    const start = this.skip(length);
    return this.bytes.toString("utf8", start, this.at);
  }

  /** Zigzag, of 32 bits. @throws Error. */
  varint(): number {
    let zigzag = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.skip(1)] as number;
      zigzag |= (byte & 127) << shift;
      if (byte < 128) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    throw new Error("a number of 32 bits has more than five bytes");
  }

  /** Zigzag, of 64 bits. @throws Error. */
  varlong(): bigint {
    let zigzag = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.skip(1)] as number;
      zigzag |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n));
    }
    throw new Error("a number of 64 bits has more than ten bytes");
  }

  /** Whether the number that follows has a single byte, as most have. */
  get isShort(): boolean {
    return this.at < this.end && (this.bytes[this.at] as number) < 128;
  }
}
