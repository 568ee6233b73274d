// Events to an ingress over HTTP: in batches, one after the other, where the ingress takes batches; else each in a request
// of its own, several at once.
//
//   S1  Events are sent in their order, at most `limit` at once. In batches, or with a limit of 1, they also arrive in it.
//       Where the ingress does not say in time whether it takes batches, that is told, and the limit is 1.
//   S2  A label is sent once its observation was accepted. If the observation is refused, so is the label.
//   S3  However the sending ends, requests under way are answered first.

import { MAX_BATCH_EVENTS } from "../lib/events/batch.ts";
import { sendInBatches } from "./batches.ts";
import { createIngress, type IngressOptions, QUESTION_MS, takesBatches } from "./ingress.ts";
import type { Events, Sending } from "./sending.ts";
import { sendSingly } from "./singles.ts";

export interface SenderOptions extends Omit<Sending, "limit">, Omit<IngressOptions, "connections"> {
  /** Events under way at most; default: as many as a batch takes, else DEFAULT_LIMIT. */
  readonly limit?: number;
  /** How long the ingress may take to say whether it takes batches, milliseconds; default 5 s. */
  readonly questionMs?: number;
}

/** Of events in requests of their own. */
export const DEFAULT_LIMIT = 32;

/**
 * Resolves when all are answered. @throws FailedError where the address takes no events, with the cure; what `events`
 * throws. What is under way is answered before it throws.
 */
export async function sendEvents(events: Events, options: SenderOptions): Promise<void> {
  const { questionMs = QUESTION_MS } = options;
  const batches = options.limit !== 1 && (await takesBatches(options.url, questionMs));
  if (batches === undefined) {
    options.waiting?.(`it has not said within ${questionMs / 1000} s whether it takes batches: events go one by one`);
  }
  const most = batches ? MAX_BATCH_EVENTS : DEFAULT_LIMIT;
  const limit = batches === undefined ? 1 : (options.limit ?? most);
  const ingress = createIngress({ ...options, connections: batches ? 1 : limit });
  try {
    await (batches ? sendInBatches : sendSingly)(events, ingress, { ...options, limit });
  } finally {
    ingress.close();
  }
}
