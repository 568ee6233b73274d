// POST requests over connections that are kept. Node's own client takes a third of the time that `fetch` takes.

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

export interface PostAnswer {
  readonly status: number;
  /** Where a redirect points; it is not followed. */
  readonly location: string | undefined;
  /** The body, or its beginning. */
  readonly text: string;
  readonly whole: boolean;
}

export interface Poster {
  /** @throws Error where nobody answered in time. */
  post(headers: Readonly<Record<string, string>>, body: string | Buffer): Promise<PostAnswer>;
  /** Lets the connections go. */
  close(): void;
}

const DEFAULT_TEXT_CHARS = 10_000;

/** Of an answer's body about `textChars` are kept. */
export function createPoster(
  url: string,
  timeoutMs: number,
  connections: number,
  textChars = DEFAULT_TEXT_CHARS,
): Poster {
  const secure = new URL(url).protocol === "https:";
  const options = { keepAlive: true, maxSockets: connections };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const request = secure ? httpsRequest : httpRequest;

  function once(headers: Readonly<Record<string, string>>, body: string | Buffer): Promise<PostAnswer> {
    return new Promise((resolve, reject) => {
      const sized = { ...headers, "content-length": String(Buffer.byteLength(body)) };
      const sent = request(url, { method: "POST", agent, headers: sized }, (response) => {
        readAnswer(response, textChars).then(resolve, reject);
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        // The other end closed an idle connection just as it was taken up again: that says nothing about the event.
        if (sent.reusedSocket && error.code === "ECONNRESET") once(headers, body).then(resolve, reject);
        else reject(error);
      });
      sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      sent.end(body);
    });
  }

  return { post: once, close: () => agent.destroy() };
}

async function readAnswer(response: IncomingMessage, textChars: number): Promise<PostAnswer> {
  let text = "";
  let whole = true;
  response.setEncoding("utf8");
  for await (const piece of response) {
    if (whole) text += piece;
    whole = text.length <= textChars;
  }
  return { status: response.statusCode ?? 0, location: response.headers.location, text, whole };
}
