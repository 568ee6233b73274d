// Answers that do not end by themselves: server-sent events. What writes them is told when the reader is behind, so that
// nothing is buffered without bound; when the server drains, they end.

import type { ServerResponse } from "node:http";

export interface StreamAnswer {
  readonly headers: Readonly<Record<string, string>>;
  open(sink: Sink): StreamReader;
}

/** Where a stream writes to. After the end every call is nothing. */
export interface Sink {
  /** False: the reader is behind, and `drained` will be called. */
  write(text: string): boolean;
  end(): void;
  /** Ends it at once, whatever was written. */
  cut(): void;
}

/** What a stream is told of its reader. */
export interface StreamReader {
  drained(): void;
  /** Once, whoever ended it. */
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
