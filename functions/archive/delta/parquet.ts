// Parquet files in memory: written for the table and for checkpoints, and those of other writers read. Compressed with zstd, which
// Node has: half of what snappy leaves, in the same time.

import { promisify } from "node:util";
import { brotliDecompressSync, constants, gunzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { cachedAsyncBuffer, parquetReadObjects, type SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { asError, ConfigurationError, WadiError } from "../../lib/errors.ts";
import type { Part } from "./objects.ts";

export type { SchemaElement } from "hyparquet";

/** The values of one column, null where there is none; the type stands in the schema. */
export interface Column {
  readonly name: string;
  readonly data: readonly unknown[];
  /** Of whole numbers that lie close together only the differences are written. */
  readonly encoding?: "DELTA_BINARY_PACKED" | undefined;
}

/** Encoding so many rows takes about 20 ms; between two groups other work gets its turn. */
const GROUP_ROWS = 1000;
const GROUP_BYTES = 2 * 2 ** 20;
const turn = promisify(setImmediate);

class Turns extends ByteWriter {
  flush(): Promise<void> {
    return turn();
  }
}

/** More packs a twentieth closer and takes longer. */
const ZSTD_LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const zstd = {
  codec: "ZSTD",
  compressors: { ZSTD: (input: Uint8Array) => zstdCompressSync(input, ZSTD_LEVEL) },
} as const;

/** `rowBytes`: of a row, about. */
export async function writeParquet(
  schema: readonly SchemaElement[],
  columns: readonly Column[],
  rowBytes = 0,
): Promise<Uint8Array> {
  const bytes = new Turns();
  const writer = new ParquetWriter({ writer: bytes, schema: [...schema], ...zstd });
  const rowGroupSize = Math.max(1, Math.min(GROUP_ROWS, Math.floor(GROUP_BYTES / Math.max(1, rowBytes))));
  const columnData = columns.map(({ data, encoding, ...column }) => ({
    ...column,
    data: [...data],
    ...(encoding !== undefined && { encoding }),
  }));
  await writer.write({ columnData, rowGroupSize });
  await writer.finish();
  return bytes.getBytes();
}

const compressors = {
  ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)),
  GZIP: (input: Uint8Array) => new Uint8Array(gunzipSync(input)),
  BROTLI: (input: Uint8Array) => new Uint8Array(brotliDecompressSync(input)),
};

/** A Date would lose what is below a millisecond. */
const parsers = { timestampFromMicroseconds: (micros: bigint) => micros };

export type ParquetRow = Readonly<Record<string, unknown>>;

/** What was to be a Parquet file is none, or a part of one. */
export class NoParquetError extends ConfigurationError {}

/** A file of which only what is needed is read. */
export interface PartlyRead {
  readonly name: string;
  readonly bytes: number;
  read(part: Part): Promise<Buffer>;
}

/**
 * Of the rows that have `value` in one of the columns `of`, the columns `wanted`. Groups of rows whose bounds leave it out are not read.
 * @throws NoParquetError.
 */
export async function findInParquet(
  { name, bytes, read }: PartlyRead,
  value: string,
  { of, wanted }: { readonly of: readonly string[]; readonly wanted: readonly string[] },
): Promise<readonly ParquetRow[]> {
  // It reads a small file whole: each part is a request of its own.
  const file = cachedAsyncBuffer({
    byteLength: bytes,
    slice: async (from, to = bytes) => new Uint8Array(await read({ from, to })).buffer,
  });
  const filter = { $or: of.map((column) => ({ [column]: { $eq: value } })) };
  return inWords(name, () =>
    parquetReadObjects({ file, compressors, parsers, utf8: false, columns: [...wanted], filter }),
  );
}

/** Whole numbers of 64 bits and timestamps are bigints, bytes are bytes. @throws NoParquetError. */
export async function readParquet(content: Buffer, name: string): Promise<readonly ParquetRow[]> {
  const file = new Uint8Array(content).buffer;
  return inWords(name, () => parquetReadObjects({ file, compressors, parsers, utf8: false }));
}

async function inWords<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof WadiError) throw error; // of a part that could not be had
    const message = `${name} cannot be read as Parquet: ${asError(error).message}; restore it from a copy`;
    throw new NoParquetError(message, { cause: error });
  }
}
