// A file or standard input as text, piece by piece; what is compressed with gzip is decompressed.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { asError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { createDecoding } from "./encoding.ts";
import { ungzipped } from "./gzip.ts";

export interface TextSource {
  /** For people, and for the `source` of the events. */
  readonly name: string;
  /** Bytes in all; undefined where nobody knows. */
  readonly bytes: number | undefined;
  readonly bytesRead: () => number;
  /** It may never end, like a pipe. */
  readonly live: boolean;
  /** Undefined while all is ASCII. */
  readonly encoding: () => string | undefined;
  /** To be read once. @throws FailedError for what is no text, or in another encoding. */
  readonly text: AsyncIterable<string>;
}

/** `-` is standard input. The signal ends the reading. @throws UsageError for a file that is not there. */
export async function openTextSource(path: string, signal: AbortSignal, encoding?: string): Promise<TextSource> {
  if (path === "-")
    return fromStream("standard input", "stdin", () => process.stdin, undefined, true, signal, encoding);
  const { bytes, live } = await stat(path).then(
    (found) => {
      if (found.isDirectory()) throw new UsageError(`${path} is a folder; name a file in it, or - for standard input`);
      return { bytes: found.isFile() ? found.size : undefined, live: !found.isFile() };
    },
    (error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? "there is no such file" : error.message;
      throw new UsageError(`cannot read ${path}: ${why}`, { cause: error });
    },
  );
  return fromStream(path, basename(path), () => createReadStream(path), bytes, live, signal, encoding);
}

type Readable = AsyncIterable<Buffer | string> & { destroy(): unknown };

function fromStream(
  path: string,
  name: string,
  open: () => Readable,
  bytes: number | undefined,
  live: boolean,
  signal: AbortSignal,
  encoding: string | undefined,
): TextSource {
  let read = 0;
  const decoding = createDecoding(encoding);
  const decode = (next: () => string): string => {
    try {
      return next();
    } catch (error) {
      throw new FailedError(notText(path, decoding.encoding(), read), { cause: error });
    }
  };
  async function* counted(stream: Readable): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      read += chunk.length;
      yield chunk as Buffer;
    }
  }
  async function* text(): AsyncGenerator<string> {
    if (signal.aborted) return;
    // Opened only now, so that its error event has a listener.
    const stream = open();
    // Reading may wait for ever; destroying the stream ends the loop.
    const stop = () => void stream.destroy();
    signal.addEventListener("abort", stop, { once: true });
    try {
      for await (const bytes of ungzipped(counted(stream))) {
        // What was read of a compressed file may be much.
        if (signal.aborted) return;
        const piece = decode(() => decoding.push(bytes));
        if (piece !== "") yield piece;
      }
      yield decode(() => decoding.end());
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof FailedError) throw error;
      throw new FailedError(`cannot read ${path}: ${whyUnread(error)}`, { cause: error });
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
  return { name, bytes, live, bytesRead: () => read, encoding: decoding.encoding, text: text() };
}

function whyUnread(error: unknown): string {
  const { message, code = "" } = asError(error) as NodeJS.ErrnoException;
  return code.startsWith("Z_") ? `its gzip data is damaged or cut off (${message})` : message;
}

function notText(path: string, encoding: string | undefined, byte: number): string {
  if (encoding === "utf-16le" || encoding === "utf-16be") {
    return `${path} is not UTF-16 text (near byte ${byte}): it is cut off or damaged; save it again as UTF-8`;
  }
  if (encoding !== undefined && encoding !== "utf-8") {
    return `${path} is not ${encoding.toUpperCase()} text (near byte ${byte}); name another with --encoding`;
  }
  return `${path} is not UTF-8 text (near byte ${byte}); save it as UTF-8, or name its encoding, such as --encoding shift_jis`;
}
