// What people decided about dead letters. Letters cannot be removed from their topic, so the decisions are records of a second
// topic, which is compacted and has one partition. Their key is `<partition>:<offset>:<time>` of the letter; the time keeps
// them apart from letters of a topic that was deleted and recreated. All processes read the decisions in the same order and
// come to the same result.
//
//   D1  A redrive claims the letter first; of two claims the earlier in the log wins, until it is CLAIM_MS old.
//   D2  The letter is marked as sent again after the event is in the log: a crash in between can send it twice, never lose it.
//   D3  A letter that was sent again or dropped is gone, whatever is decided later.

import type { Message } from "kafkajs";
import type { FetchedLetter } from "./record.ts";

export type DecisionKind = "claimed" | "redriven" | "dropped";

export interface Decision {
  /** `<partition>:<offset>:<time>` of the letter. */
  readonly key: string;
  readonly kind: DecisionKind;
  /** Identifies the process that decided. */
  readonly token: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** An older claim is void: its process died between claiming and sending. */
export const CLAIM_MS = 60_000;

export function decisionRecord({ key, kind, token, time }: Decision): Message {
  return { key, value: JSON.stringify({ kind, token }), timestamp: String(time) };
}

export interface FetchedDecision extends FetchedLetter {
  readonly key: Uint8Array | null;
}

/** Undefined for what is no decision. */
export function decisionOf({ key, value, timestamp }: FetchedDecision): Decision | undefined {
  try {
    const { kind, token } = JSON.parse(Buffer.from(value ?? []).toString("utf8"));
    if (!["claimed", "redriven", "dropped"].includes(kind) || typeof token !== "string") return undefined;
    return { key: Buffer.from(key ?? []).toString("utf8"), kind, token, time: Number(timestamp) };
  } catch {
    return undefined;
  }
}

/** Which of two decisions on one letter counts: the one so far, or the next one in the log. */
export function resolve(current: Decision | undefined, next: Decision): Decision {
  if (current === undefined) return next;
  if (current.kind !== "claimed") return current;
  const isClaimed = next.kind === "claimed" && next.token !== current.token && next.time - current.time < CLAIM_MS;
  return isClaimed ? current : next;
}
