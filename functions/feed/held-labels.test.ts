import { expect, test } from "vitest";
import type { Event } from "../lib/events/vocabulary.ts";
import { type HoldOptions, holdLabels } from "./held-labels.ts";
import type { Outgoing } from "./late-labels.ts";

const observation = (subject: string): Outgoing => ({ event: { subject } as Event });
const label = (of: Outgoing): Outgoing => ({ event: { ...of.event, type: "label" }, follows: of });
const [a, b, c] = [observation("a"), observation("b"), observation("c")];
const stream = async function* (...events: Outgoing[]) {
  yield* events;
};
const named = ({ event, follows }: Outgoing) => (follows === undefined ? event.subject : `label ${event.subject}`);

async function sent(events: AsyncIterable<Outgoing>, options: Partial<HoldOptions>): Promise<unknown[]> {
  const all: unknown[] = [];
  const defaults = { isDue: () => true, most: 10, wait: async () => {}, isIdle: () => false, isOver: () => false };
  for await (const outgoing of holdLabels(events, { ...defaults, ...options })) all.push(named(outgoing));
  return all;
}

test("a label that is not due is held back, and later events go ahead of it", async () => {
  let asked = 0;

  const order = await sent(stream(a, label(a), b, c), { isDue: () => ++asked > 3 });

  expect(order).toEqual(["a", "b", "c", "label a"]);
});

test("a label that is due goes at once", async () => {
  expect(await sent(stream(a, label(a), b, label(b)), {})).toEqual(["a", "label a", "b", "label b"]);
});

test("past the most that are held, the stream waits for one of them", async () => {
  let waited = 0;
  const wait = async () => void waited++;

  const order = await sent(stream(a, b, label(a), label(b), c), { most: 1, wait, isDue: () => waited > 2 });

  expect(order).toEqual(["a", "b", "label a", "label b", "c"]);
});

test("a label that can never become due goes once nothing is under way", async () => {
  expect(await sent(stream(a, label(a), b), { isDue: () => false, isIdle: () => true })).toEqual(["a", "b", "label a"]);
});

test("a stream that is over ends with what it held", async () => {
  expect(await sent(stream(a, label(a)), { isDue: () => false, isOver: () => true })).toEqual(["a"]);
});
