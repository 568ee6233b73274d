// What the broker's tests share: events, triggers, subscribers that write down what they get, and how to wait without a
// clock.

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { onTestFinished } from "vitest";
import type { Event } from "../events/vocabulary.ts";
import { TEMPORARY } from "../temporary.contract.ts";
import type { SyncLog } from "../write-ahead-log.ts";
import type { Answer, Broker, Trigger } from "./broker.ts";

export const accepted: Answer = { status: 202 };

export function eventOf(id: number | string, attributes: object = {}): Event {
  const core = { specversion: "1.0", id: String(id), source: "/test", type: "a", partitionkey: "k" };
  return { ...core, datacontenttype: "application/json", data: { n: id }, ...attributes };
}

export function replyTo(cause: Event, type = "b"): Event {
  return eventOf(cause.id, { source: "/reply", type });
}

export function triggerOf(options: Partial<Trigger> = {}): Trigger {
  return {
    name: "step",
    filters: [{ exact: { type: "a" } }],
    order: "unordered",
    concurrency: 8,
    delivery: { retry: 3, backoffPolicy: "linear", backoffDelay: "PT1S", timeout: "PT30S" },
    ...options,
  };
}

/** A subscriber that writes down what it gets; `answer` is asked with how often this event has come by now. */
export function subscriberOf(answer: (event: Event, attempt: number) => Answer | Promise<Answer> = () => accepted) {
  const attempts = new Map<string, number>();
  const ids: string[] = [];
  const events: Event[] = [];
  return {
    destination: "http://step.test/",
    ids,
    events,
    async deliver(event: Event): Promise<Answer> {
      const attempt = (attempts.get(event.id) ?? 0) + 1;
      attempts.set(event.id, attempt);
      ids.push(event.id);
      events.push(event);
      return answer(event, attempt);
    },
  };
}

/** Without the partition and offset that a broker on Kafka adds to each delivery. */
export function bare(event: Event | undefined): object {
  const { knativekafkapartition: _partition, knativekafkaoffset: _offset, ...rest } = { ...event };
  return rest;
}

/** A promise and what settles it. */
export function gate<T = void>() {
  return Promise.withResolvers<T>();
}

/** In place of fdatasync: the disk answers in the same turn of the event loop, so that a test can count turns. */
export const syncAtOnce: SyncLog = (_fd, done) => queueMicrotask(() => done(null));

const BUSY_TURNS = 1000;

/** Turns of the event loop until `condition` holds; the test's own time limit ends what never comes. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    // What takes longer than that is another process's work, and that one needs the processor.
    await new Promise<void>((resolve) => void (turn < BUSY_TURNS ? setImmediate(resolve) : setTimeout(resolve, 1)));
  }
}

/** Turns enough that whatever could happen now has happened. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export const lagOf = (broker: Broker) => broker.status().triggers.reduce((sum, { lag }) => sum + lag, 0);
/** Of the first trigger. */
export const waitOf = (broker: Broker) => broker.status().triggers[0]?.waiting;
export const settled = (broker: Broker) => until(() => lagOf(broker) === 0);

/** Counts which of the events that it is shown are still in memory. */
export function eventsInMemory() {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  let seen: WeakRef<Event>[] = [];
  return {
    show: (event: Event) => void seen.push(new WeakRef(event)),
    async count(): Promise<number> {
      // What was seen in this turn of the event loop is kept until its end.
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
      seen = seen.filter((event) => event.deref() !== undefined);
      return seen.length;
    },
  };
}

/** The path of a journal that is not there yet, in a folder that goes with the test. */
export function journalFile(): string {
  const folder = mkdtempSync(join(TEMPORARY, "wadi-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "journal.db");
}
