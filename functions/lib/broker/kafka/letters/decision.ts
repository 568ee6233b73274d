// What people decided of dead letters. The topic of the letters can only grow, so what left it stands in a second one,
// compacted, of one partition, whose records are keyed with a letter's place and date, `<partition>:<offset>:<time>`: where
// the letters' topic was made anew, what was decided of its former life says nothing. All processes read it in the same
// order and conclude the same.
//
//   D1  Who sends a letter again claims it first; of two who do, the earlier in the log has it, until the claim is old.
//   D2  It is marked as sent again only after it is in the log: a crash between the two can make a double, never a loss.
//   D3  What was sent again or dropped is gone, whatever comes later.

import type { Message } from "kafkajs";
import type { FetchedLetter } from "./record.ts";

export type DecisionKind = "claimed" | "redriven" | "dropped";

export interface Decision {
  /** `<partition>:<offset>:<time>` of the letter. */
  readonly key: string;
  readonly kind: DecisionKind;
  /** Of who decided. */
  readonly token: string;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** A claim this old is nobody's: its process died between claiming and sending. */
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
