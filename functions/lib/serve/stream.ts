// Answers that stay open: server-sent events. The writer learns when the reader is slow, so that buffers stay bounded. They end
// when the server drains.

import type { ServerResponse } from "node:http";

export interface StreamAnswer {
  readonly headers: Readonly<Record<string, string>>;
  open(sink: Sink): StreamReader;
}

/** Where a stream writes to. After the end a call has no effect. */
export interface Sink {
  /** False: the reader is slow; `drained` will be called. */
  write(text: string): boolean;
  end(): void;
  /** Ends it at once, and drops what the reader has not read. */
  cut(): void;
}

/** Calls to the writer of a stream about its reader. */
export interface StreamReader {
  drained(): void;
  /** Called once, whichever side ended it. */
  closed(): void;
}

export interface Streams {
  start(response: ServerResponse, answer: StreamAnswer): void;
  endAll(): void;
}

export function createStreams(): Streams {
  const open = new Set<ServerResponse>();
  return {
    start(response, { headers, open: begin }) {
      response.writeHead(200, headers);
      response.flushHeaders();
      const over = () => response.destroyed || response.writableEnded;
      const reader = begin({
        write: (text) => over() || response.write(text),
        end: () => void response.end(),
        cut: () => void response.destroy(),
      });
      open.add(response);
      response.on("drain", () => reader.drained());
      response.once("close", () => {
        open.delete(response);
        reader.closed();
      });
    },
    endAll() {
      for (const response of open) response.end();
    },
  };
}
