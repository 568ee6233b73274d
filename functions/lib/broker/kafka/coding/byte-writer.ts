// Writes Kafka's numbers, texts and bytes one behind the other, into memory that grows with them.

/** Up to so many characters a loop writes ASCII faster than a call into Node does. */
const LOOP_CHARACTERS = 48;
const VARINT_BYTES = 10;

export class ByteWriter {
  #memory: Buffer;
  at = 0;

  constructor(bytes: number) {
    this.#memory = Buffer.allocUnsafe(bytes);
  }

  /** What was written from `start` on; the writer's own memory, good until it is written to again. */
  view(start = 0): Buffer {
    return this.#memory.subarray(start, this.at);
  }

  /** Leaves room for what is written later, by the functions that are told where. */
  skip(bytes: number): void {
    this.#reserve(bytes);
    this.at += bytes;
  }

  int8(value: number): void {
    this.#reserve(1);
    this.#memory[this.at++] = value;
  }

  int16At(at: number, value: number): void {
    this.#memory.writeInt16BE(value, at);
  }

  int32At(at: number, value: number): void {
    this.#memory.writeInt32BE(value | 0, at);
  }

  int64At(at: number, value: bigint): void {
    this.#memory.writeBigInt64BE(value, at);
  }

  /** Zigzag and seven bits a byte; any integer that a float64 holds exactly. */
  varint(value: number): void {
    this.#reserve(VARINT_BYTES);
    if (value >= -0x40000000 && value < 0x40000000) this.#small(((value << 1) ^ (value >> 31)) >>> 0);
    else this.#large(value);
  }

  #small(zigzag: number): void {
    let rest = zigzag;
    while (rest > 127) {
      this.#memory[this.at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#memory[this.at++] = rest;
  }

  #large(value: number): void {
    const wide = BigInt(value);
    let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
    while (rest > 127n) {
      this.#memory[this.at++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#memory[this.at++] = Number(rest);
  }

  /** With its length before it; of nothing the length is -1. */
  sized(value: string | Uint8Array | null | undefined): void {
    if (typeof value === "string") this.#text(value);
    else if (value == null) this.varint(-1);
    else {
      this.varint(value.length);
      this.bytes(value);
    }
  }

  #text(text: string): void {
    const start = this.at;
    this.#reserve(VARINT_BYTES + text.length);
    this.#small(text.length << 1);
    if (text.length <= LOOP_CHARACTERS && this.#ascii(text)) return;
    this.at = start;
    const bytes = Buffer.byteLength(text);
    this.varint(bytes);
    this.#reserve(bytes);
    this.at += this.#memory.write(text, this.at, bytes, "utf8");
  }

  /** False, and nothing is moved, where a character is beyond ASCII. */
  #ascii(text: string): boolean {
    const { at } = this;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      this.#memory[at + index] = code;
    }
    this.at += text.length;
    return true;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#memory.set(bytes, this.at);
    this.at += bytes.length;
  }

  #reserve(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.#memory.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#memory.length));
    this.#memory.copy(larger, 0, 0, this.at);
    this.#memory = larger;
  }
}
