// Reads whole bodies. Each has a limit, and all together have one, so that many slow clients with large bodies cannot fill the
// memory of a small pod.

import type { IncomingMessage } from "node:http";
import { BusyError, ContentCodingError, MalformedEventError, TooLargeError } from "../errors.ts";
import { firstHeader } from "./first-header.ts";

/** What one request has of the common limit. */
export interface Held {
  bytes: number;
  /** Its response is closed: what still comes is not counted. */
  isReleased: boolean;
}

export interface BodyReader {
  /**
   * The whole body, unzipped where it was gzip. Its bytes count towards the common limit until they are released.
   * @throws TooLargeError, before or after unzipping; BusyError where all bodies together are too large;
   *   ContentCodingError for another coding than gzip; MalformedEventError `cut` where the client left in the middle,
   *   `content-encoding` for what is not gzip.
   */
  read(request: IncomingMessage, held: Held, maxBytes: number): Promise<Buffer>;
  /** To be called once the response is closed. */
  release(held: Held): void;
}

export function createBodyReader(maxBufferedBytes: number): BodyReader {
  let buffered = 0;

  function hold(held: Held, bytes: number): void {
    if (held.isReleased) return;
    held.bytes += bytes;
    buffered += bytes;
  }

  function drop(held: Held): void {
    buffered -= held.bytes;
    held.bytes = 0;
  }

  function read(request: IncomingMessage, held: Held, maxBytes: number): Promise<Buffer> {
    const zipped = isZipped(firstHeader(request, "content-encoding") && request.headers["content-encoding"]);
    const body = receive(request, held, maxBytes);
    return zipped ? unzipped(body, held, maxBytes) : body;
  }

  async function unzipped(received: Promise<Buffer>, held: Held, maxBytes: number): Promise<Buffer> {
    const body = await received;
    if (body.length === 0) return body;
    // Its unzipped size is not known yet, so the most that is allowed counts while it is unzipped.
    buffered += maxBytes;
    try {
      if (buffered > maxBufferedBytes) throw busy(maxBufferedBytes);
      const whole = await unzip(body, maxBytes);
      hold(held, whole.length);
      return whole;
    } finally {
      buffered -= maxBytes;
    }
  }

  function receive(request: IncomingMessage, held: Held, maxBytes: number): Promise<Buffer> {
    const tooLarge = () => new TooLargeError("too-large", `the body has more than ${maxBytes} bytes, the limit here`);
    const cut = (cause?: unknown) => new MalformedEventError("cut", "the request was cut off", { cause });
    return new Promise((resolve, reject) => {
      // Nothing more would be heard of it.
      if (held.isReleased) return reject(cut());
      if (Number(firstHeader(request, "content-length") ?? 0) > maxBytes) return reject(tooLarge());
      let chunks: Buffer[] | undefined = [];
      let bytes = 0;
      const refuse = (error: Error) => {
        drop(held);
        chunks = undefined;
        reject(error);
      };
      request.on("data", (chunk: Buffer) => {
        if (chunks === undefined) return; // the rest of what was refused
        bytes += chunk.length;
        hold(held, chunk.length);
        chunks.push(chunk);
        if (bytes > maxBytes) refuse(tooLarge());
        else if (buffered > maxBufferedBytes) refuse(busy(maxBufferedBytes));
      });
      request.on("end", () => {
        if (chunks !== undefined) resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
      });
      request.on("error", (cause) => refuse(cut(cause)));
    });
  }

  return {
    read,
    release(held) {
      drop(held);
      held.isReleased = true;
    },
  };
}

/** @throws ContentCodingError. */
function isZipped(header: string | undefined): boolean {
  const coding = header?.trim().toLowerCase() ?? "";
  if (coding === "gzip" || coding === "x-gzip") return true;
  if (coding === "" || coding === "identity") return false;
  const name = JSON.stringify(coding.slice(0, 80));
  throw new ContentCodingError(`the content-encoding ${name} is not read here; send gzip, or leave it out`, "gzip");
}

async function unzip(body: Buffer, maxBytes: number): Promise<Buffer> {
  // Loaded only where it is needed.
  const { gunzip } = process.getBuiltinModule("node:zlib");
  return new Promise((resolve, reject) => {
    gunzip(body, { maxOutputLength: maxBytes }, (error, whole) => {
      if (error === null) resolve(whole);
      else if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
        reject(
          new TooLargeError(
            "too-large",
            `the body has more than ${maxBytes} bytes once it is unzipped, the limit here`,
          ),
        );
      } else {
        const message = `the content-encoding is gzip, and the body is none: ${error.message}`;
        reject(new MalformedEventError("content-encoding", message, { cause: error }));
      }
    });
  });
}

function busy(maxBufferedBytes: number): BusyError {
  return new BusyError("busy", `bodies of more than ${maxBufferedBytes} bytes are under way; send again later`);
}
