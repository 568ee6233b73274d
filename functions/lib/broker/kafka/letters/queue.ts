// The dead letters in Kafka, for people: to look at, to send again, to drop. The rules are in decision.ts.

import { randomBytes } from "node:crypto";
import type { Event } from "../../../events/vocabulary.ts";
import type { DeadLetter, DeadLetterQueue } from "../../broker.ts";
import { originalOf } from "../../dead-letter.ts";
import type { Record } from "../writer.ts";
import { type Decision, type DecisionKind, decisionRecord } from "./decision.ts";
import type { LetterTail } from "./tail.ts";
import type { LetterView } from "./view.ts";

export interface QueueHost {
  readonly view: LetterView;
  readonly tail: LetterTail;
  /** The topic of the decisions. */
  readonly decisions: string;
  now(): number;
  /** All of them, in this order. @throws UnavailableError. */
  write(records: readonly Record[]): Promise<void>;
  /** Puts events in again. @throws UnavailableError. */
  publish(events: readonly Event[]): Promise<void>;
}

export function openLetterQueue({ view, tail, decisions, now, write, publish }: QueueHost): DeadLetterQueue {
  /** A process can repeat its own claims, so that a redrive that failed half-way can be tried again at once. */
  const own = randomBytes(8).toString("hex");
  const underWay = new Set<number>();

  /** What holds after these were written, by letter. */
  async function decide(letters: readonly DeadLetter[], kind: DecisionKind, token: string) {
    const keys = letters.map((letter) => view.keyOf(letter));
    const time = now();
    await write(keys.map((key) => ({ topic: decisions, message: decisionRecord({ key, kind, token, time }) })));
    await tail.caughtUp();
    return keys.map((key) => view.decision(key));
  }

  const isOurs = (decision: Decision | undefined, kind: DecisionKind, token: string) =>
    decision?.kind === kind && decision.token === token;

  /** Those that are there and that no other call has in hand. */
  async function taken(numbers: readonly number[], work: (letters: DeadLetter[]) => Promise<number>): Promise<number> {
    await tail.caughtUp();
    const free = [...new Set(numbers)].filter((number) => !underWay.has(number));
    const here = free.map((number) => view.get(number)).filter((letter) => letter !== undefined);
    if (here.length === 0) return 0;
    for (const { number } of here) underWay.add(number);
    try {
      return await work(here);
    } finally {
      for (const { number } of here) underWay.delete(number);
    }
  }

  return {
    async list(query) {
      await tail.caughtUp();
      return view.list(query);
    },
    async get(number) {
      await tail.caughtUp();
      return view.get(number);
    },
    redrive: (numbers) =>
      taken(numbers, async (here) => {
        const claims = await decide(here, "claimed", own);
        const claimed = here.filter((_letter, i) => isOurs(claims[i], "claimed", own));
        await publish(claimed.map(({ event }) => originalOf(event)));
        await decide(claimed, "redriven", own);
        return claimed.length;
      }),
    drop: (numbers) =>
      taken(numbers, async (here) => {
        const token = randomBytes(8).toString("hex");
        const held = await decide(here, "dropped", token);
        return held.filter((decision) => isOurs(decision, "dropped", token)).length;
      }),
  };
}
