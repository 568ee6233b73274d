// A file or standard input as text, piece by piece.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { asError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { type Encoding, encodingOf } from "./encoding.ts";

export interface TextSource {
  /** For people, and for the `source` of the events. */
  readonly name: string;
  /** Bytes in all; undefined where nobody knows. */
  readonly bytes: number | undefined;
  readonly bytesRead: () => number;
  /** Whether waiting for more may take for ever. */
  readonly live: boolean;
  /** To be read once. @throws FailedError for what is neither UTF-8 nor UTF-16. */
  readonly text: AsyncIterable<string>;
}

/** `-` is standard input. The signal ends the reading. @throws UsageError for a file that is not there. */
export async function openTextSource(path: string, signal: AbortSignal): Promise<TextSource> {
  if (path === "-") return fromStream("standard input", "stdin", () => process.stdin, undefined, true, signal);
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
  return fromStream(path, basename(path), () => createReadStream(path), bytes, live, signal);
}

/** By which the encoding is told. */
const LEAST_BYTES = 2;

type Readable = AsyncIterable<Buffer | string> & { destroy(): unknown };

function fromStream(
  path: string,
  name: string,
  open: () => Readable,
  bytes: number | undefined,
  live: boolean,
  signal: AbortSignal,
): TextSource {
  let read = 0;
  async function* text(): AsyncGenerator<string> {
    if (signal.aborted) return;
    // Only now: what fails to open must find somebody who listens.
    const stream = open();
    let decode: ((chunk?: Uint8Array) => string) | undefined;
    let start: Uint8Array = new Uint8Array();
    // Reading may wait for ever; only its end lets the loop go.
    const stop = () => void stream.destroy();
    signal.addEventListener("abort", stop, { once: true });
    try {
      for await (const chunk of stream) {
        let bytes: Uint8Array = chunk as Buffer;
        if (decode === undefined) {
          bytes = start = Buffer.concat([start, bytes]);
          if (start.length < LEAST_BYTES) continue;
          decode = createDecode(path, encodingOf(start), () => read);
        }
        const piece = decode(bytes);
        read += bytes.length;
        yield piece;
      }
      if (decode !== undefined) yield decode();
      else {
        decode = createDecode(path, "utf-8", () => read);
        yield decode(start) + decode();
        read += start.length;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof FailedError) throw error;
      throw new FailedError(`cannot read ${path}: ${asError(error).message}`, { cause: error });
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
  return { name, bytes, live, bytesRead: () => read, text: text() };
}

/** Without a chunk it is the end. */
function createDecode(path: string, encoding: Encoding, read: () => number): (chunk?: Uint8Array) => string {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (chunk) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (error) {
      const file = path === "standard input" ? "" : ` ${path}`;
      const cure =
        encoding === "utf-8"
          ? `convert it first: iconv -f latin1 -t utf-8${file}`
          : "it is cut off or damaged: save it again as UTF-8";
      const name = encoding === "utf-8" ? "UTF-8" : "UTF-16";
      throw new FailedError(`${path} is not ${name} text (near byte ${read()}); ${cure}`, { cause: error });
    }
  };
}
