// The stream of changes, read with fetch, since only a header may carry the token. It comes back by itself, each time a little
// later, and says from which dead letter on it wants to go on.

import { ask } from "./api.ts";

export interface ChangeReader {
  opened(): void;
  event(name: string, data: unknown): void;
  lost(): void;
}

const PATH = "/api/v1/changes";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** Reads until the answer is called. */
export function followChanges(reader: ChangeReader): () => void {
  const stop = new AbortController();
  void follow(reader, stop.signal);
  return () => stop.abort();
}

async function follow(reader: ChangeReader, signal: AbortSignal): Promise<void> {
  let last = "";
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      const headers = last === "" ? {} : { "last-event-id": last };
      const response = await ask(PATH, "GET", undefined, { headers, signal });
      reader.opened();
      waitMs = FIRST_WAIT_MS;
      await readEvents(response, (name, data, id) => {
        if (id !== undefined) last = id;
        reader.event(name, JSON.parse(data));
      });
    } catch {
      // Not to be reached, refused, or cut: each time it is tried again.
    }
    if (signal.aborted) return;
    reader.lost();
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}

/** Server-sent events, as the HTML standard has them, as far as this API uses them. */
async function readEvents(
  response: Response,
  take: (name: string, data: string, id: string | undefined) => void,
): Promise<void> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
      if (fields.data !== undefined) take(fields.event ?? "message", fields.data, fields.id);
    }
  }
}
