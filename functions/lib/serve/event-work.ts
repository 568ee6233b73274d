// Handles requests to a path for events: one event, or a batch where the path takes batches.

import type { IncomingMessage } from "node:http";
import { BATCH, isBatch, readBatch } from "../events/batch.ts";
import { readEvent } from "../events/codec.ts";
import { STRUCTURED } from "../events/structured.ts";
import { firstHeader } from "./first-header.ts";
import { markOf, type StepMark } from "./mark.ts";
import type { EventRoute } from "./route.ts";
import type { Answer } from "./status.ts";

export interface EventWork {
  /** A batch may be larger than an event. */
  maxBodyBytes(request: IncomingMessage): number;
  work(request: IncomingMessage, body: Buffer): Promise<Answer>;
  /** For the header `accept-post`, which tells clients whether batches are taken. */
  readonly takes: string;
  /** Headers of every answer. */
  readonly mark?: StepMark;
}

export function eventWork({ maxBodyBytes, accept, batch, step }: EventRoute): EventWork {
  const batchOf = (request: IncomingMessage) =>
    batch !== undefined && isBatch(firstHeader(request, "content-type")) ? batch : undefined;
  return {
    maxBodyBytes: (request) => batchOf(request)?.maxBodyBytes ?? maxBodyBytes,
    work(request, body) {
      const taken = batchOf(request);
      if (taken === undefined) return accept(readEvent(request.rawHeaders, body));
      return taken.accept(readBatch(request.headers["content-type"] as string, body, maxBodyBytes));
    },
    takes: ["*/*", STRUCTURED, ...(batch === undefined ? [] : [BATCH])].join(", "),
    ...(step !== undefined && { mark: markOf(step) }),
  };
}
