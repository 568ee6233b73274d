// How long the dispatcher waits before it delivers again. As in the Kafka broker's dispatcher there is no jitter and no
// upper bound, and Retry-After is ignored.

import { isoDurationMs } from "../duration.ts";
import type { Delivery } from "./broker.ts";

/** Milliseconds before the `n`th retry, `n` from 1: linear delay·n, exponential delay·2^n. */
export function backoffMs(policy: Delivery["backoffPolicy"], delayMs: number, n: number): number {
  return policy === "linear" ? delayMs * n : delayMs * 2 ** n;
}

/** A trigger's delivery with its durations read. */
export interface DeliveryPlan {
  readonly retry: number;
  readonly timeoutMs: number;
  /** Milliseconds before the `n`th retry, `n` from 1. */
  waitMs(n: number): number;
}

/** @throws ConfigurationError that names `where`. */
export function planDelivery(delivery: Delivery, where: string): DeliveryPlan {
  const delayMs = isoDurationMs(delivery.backoffDelay, `${where}.backoffDelay`);
  const timeoutMs = isoDurationMs(delivery.timeout, `${where}.timeout`);
  return { retry: delivery.retry, timeoutMs, waitMs: (n) => backoffMs(delivery.backoffPolicy, delayMs, n) };
}
