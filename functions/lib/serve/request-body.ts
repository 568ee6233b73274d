// Bodies, read whole: each within its own limit, all together within one, so that many slow clients with large bodies
// cannot fill the memory of a small pod.

import type { IncomingMessage, ServerResponse } from "node:http";
import { BusyError, MalformedEventError, TooLargeError } from "../errors.ts";

export interface BodyReader {
  /**
   * The whole body; its bytes count until the response is closed.
   * @throws TooLargeError; BusyError where all bodies together are too many; MalformedEventError `cut` when the client
   *   left in the middle.
   */
  read(request: IncomingMessage, response: ServerResponse, maxBytes: number): Promise<Buffer>;
}

export function createBodyReader(maxBufferedBytes: number): BodyReader {
  let buffered = 0;

  function read(request: IncomingMessage, response: ServerResponse, maxBytes: number): Promise<Buffer> {
    const tooLarge = () => new TooLargeError("too-large", `the body has more than ${maxBytes} bytes, the limit here`);
    return new Promise((resolve, reject) => {
      if (Number(request.headers["content-length"] ?? 0) > maxBytes) return reject(tooLarge());
      let chunks: Buffer[] | undefined = [];
      let bytes = 0;
      const forget = () => {
        buffered -= bytes;
        bytes = 0;
        chunks = undefined;
      };
      const refuse = (error: Error) => {
        forget();
        reject(error);
      };
      request.on("data", (chunk: Buffer) => {
        if (chunks === undefined) return; // the rest of what was refused
        bytes += chunk.length;
        buffered += chunk.length;
        chunks.push(chunk);
        if (bytes > maxBytes) refuse(tooLarge());
        else if (buffered > maxBufferedBytes) refuse(busy(maxBufferedBytes));
      });
      request.on("end", () => {
        if (chunks !== undefined) resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
      });
      request.on("error", (cause) => refuse(new MalformedEventError("cut", "the request was cut off", { cause })));
      response.once("close", forget);
    });
  }

  return { read };
}

function busy(maxBufferedBytes: number): BusyError {
  return new BusyError("busy", `bodies of more than ${maxBufferedBytes} bytes are under way; send again later`);
}
