// The way to a broker outside this process: each event a POST in binary mode, over connections that are kept.

import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { asError, UnavailableError } from "../lib/errors.ts";
import { writeEvent } from "../lib/events/codec.ts";
import type { Publish } from "./recorder.ts";

export interface HttpPublisher {
  readonly publish: Publish;
  /** Lets the connections go. */
  close(): void;
}

// An ingress answers when the event is on disk: longer than that, and the caller may as well ask again.
const DEFAULT_TIMEOUT_MS = 10_000;
const CONNECTIONS = 16;
const SHOWN_CHARS = 200;

export function createHttpPublisher(address: string, timeoutMs = DEFAULT_TIMEOUT_MS): HttpPublisher {
  const url = new URL(address);
  const secure = url.protocol === "https:";
  const options = { keepAlive: true, maxSockets: CONNECTIONS };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const request = secure ? httpsRequest : httpRequest;

  function post(headers: Record<string, string>, body: string | Buffer): Promise<{ status: number; said: string }> {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const sized = { ...headers, "content-length": String(Buffer.byteLength(body)) };
      const failed = (error: Error) =>
        reject(signal.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error }) : error);
      const sent = request(url, { method: "POST", agent, headers: sized, signal }, (response) => {
        text(response).then((said) => resolve({ status: response.statusCode ?? 0, said }), failed);
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        // The other end closed an idle connection just as it was taken up again; the event is the same when sent twice.
        if (sent.reusedSocket && error.code === "ECONNRESET") post(headers, body).then(resolve, reject);
        else failed(error);
      });
      sent.end(body);
    });
  }

  return {
    async publish(event) {
      const { headers, body } = writeEvent(event);
      const fail = (why: string, cause?: Error) =>
        new UnavailableError(
          "broker-unavailable",
          // Not the whole address: it may hold a password.
          `the broker at ${url.host} did not take the observation (${why}); send the same id again`,
          { cause },
        );
      const { status, said } = await post(headers as Record<string, string>, body as string | Buffer).catch(
        (thrown) => {
          const error = asError(thrown);
          throw fail(error.message || String((error as NodeJS.ErrnoException).code), error);
        },
      );
      if (status < 200 || status > 299) throw fail(`it answered ${status} ${said.slice(0, SHOWN_CHARS)}`.trimEnd());
    },
    close: () => agent.destroy(),
  };
}
