// Packages without types, as far as codecs.ts and its test use them.
declare module "snappyjs" {
  const snappy: {
    /** @throws Error for what is no snappy or longer than `maxLength`. */
    uncompress(packed: Buffer, maxLength: number): Buffer;
    compress(bytes: Buffer): Buffer;
  };
  export default snappy;
}

declare module "lz4js" {
  const lz4: {
    decompressBound(packed: Uint8Array): number;
    /** @throws Error for what is no frame of lz4. */
    decompress(packed: Uint8Array, maxLength: number): Uint8Array;
    compress(bytes: Uint8Array): Uint8Array;
  };
  export default lz4;
}
