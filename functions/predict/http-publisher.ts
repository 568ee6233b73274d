// Publishes to a broker outside this process: one POST in binary mode for each event, over kept-alive connections.

import { asError, UnavailableError } from "../lib/errors.ts";
import { writeEvent } from "../lib/events/codec.ts";
import { createPoster, type PostHeaders } from "../lib/serve/poster.ts";
import type { Publish } from "./recorder.ts";

export interface HttpPublisher {
  readonly publish: Publish;
  /** Closes the connections. */
  close(): void;
}

// An ingress answers once the event is on disk. After this time the caller had better ask again.
const DEFAULT_TIMEOUT_MS = 10_000;
const CONNECTIONS = 16;
const SHOWN_CHARS = 200;

export function createHttpPublisher(address: string, timeoutMs = DEFAULT_TIMEOUT_MS): HttpPublisher {
  const { host } = new URL(address);
  const poster = createPoster(address, timeoutMs, CONNECTIONS, SHOWN_CHARS);
  return {
    async publish(event) {
      const { headers, body } = writeEvent(event);
      const fail = (why: string, cause?: Error) =>
        new UnavailableError(
          "broker-unavailable",
          // Not the whole address, which may contain a password.
          `the broker at ${host} did not take the observation (${why}); send the same id again`,
          { cause },
        );
      const { status, text } = await poster.post(headers as PostHeaders, body as string | Buffer).catch((thrown) => {
        const error = asError(thrown);
        throw fail(error.message || String((error as NodeJS.ErrnoException).code), error);
      });
      if (status < 200 || status > 299) throw fail(`it answered ${status} ${text.slice(0, SHOWN_CHARS)}`.trimEnd());
    },
    close: poster.close,
  };
}
