// POST requests over kept-alive connections. Node's own client takes a third of the time of `fetch`.

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

export interface PostAnswer {
  readonly status: number;
  /** The target of a redirect, which is not followed. */
  readonly location: string | undefined;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** The body, or its beginning where `whole` is false: the rest was not waited for. */
  readonly body: Buffer;
  readonly whole: boolean;
  /** The body as text. */
  readonly text: string;
}

/** The whole answer did not come in time. */
export class TimeoutError extends Error {}

export type PostHeaders = Readonly<Record<string, string>>;

export interface Poster {
  /** @throws TimeoutError where the whole answer does not come in time; Error where none comes. */
  post(headers: PostHeaders, body: string | Buffer): Promise<PostAnswer>;
  /** Closes the connections. */
  close(): void;
}

const DEFAULT_KEPT_BYTES = 10_000;

/** `keptBytes`: the most of an answer's body that is read. */
export function createPoster(
  url: string,
  timeoutMs: number,
  connections: number,
  keptBytes = DEFAULT_KEPT_BYTES,
): Poster {
  const secure = new URL(url).protocol === "https:";
  const options = { keepAlive: true, maxSockets: connections };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const request = secure ? httpsRequest : httpRequest;

  function once(headers: PostHeaders, body: string | Buffer): Promise<PostAnswer> {
    return new Promise((resolve, reject) => {
      const sized = { ...headers, "content-length": String(Buffer.byteLength(body)) };
      let late: Error | undefined;
      const failed = (error: Error) => {
        clearTimeout(timer);
        reject(late ?? error);
      };
      const sent = request(url, { method: "POST", agent, headers: sized }, (response) => {
        readAnswer(response, keptBytes).then((answer) => {
          clearTimeout(timer);
          resolve(answer);
        }, failed);
      });
      const timer = setTimeout(() => {
        late = new TimeoutError(`no answer within ${timeoutMs / 1000} s`);
        sent.destroy(late);
      }, timeoutMs);
      sent.on("error", (error: NodeJS.ErrnoException) => {
        if (!sent.reusedSocket || error.code !== "ECONNRESET") return failed(error);
        // The other end closed the idle connection just as it was used again. That says nothing about the request, and an
        // event may be sent twice.
        clearTimeout(timer);
        once(headers, body).then(resolve, reject);
      });
      sent.end(body);
    });
  }

  return { post: once, close: () => agent.destroy() };
}

async function readAnswer(response: IncomingMessage, keptBytes: number): Promise<PostAnswer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    // Leaving the loop closes the connection: an answer without end is not read to its end.
    if (bytes > keptBytes) break;
  }
  const body = Buffer.concat(pieces);
  const { statusCode: status = 0, headers, rawHeaders } = response;
  return {
    ...{ status, location: headers.location, rawHeaders, body, whole: bytes <= keptBytes },
    get text() {
      return body.toString("utf8");
    },
  };
}
