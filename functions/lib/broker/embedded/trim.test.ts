import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";
import type { Subscriber, Trigger } from "../broker.ts";
import {
  accepted,
  eventOf,
  journalFile,
  lagOf,
  quiet,
  settled,
  subscriberOf,
  syncAtOnce,
  triggerOf,
} from "../broker-under-test.contract.ts";
import { createEmbeddedBroker } from "./embedded.ts";
import { openJournal } from "./journal.ts";
import type { JournalRetention } from "./trim.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FOR_EVER: JournalRetention = { logMs: 1e12, deadLetterMs: 1e12, bytes: 1e12 };

interface Options {
  readonly path?: string;
  readonly retention?: Partial<JournalRetention>;
  readonly subscriber?: Subscriber;
  readonly trigger?: Partial<Trigger>;
  readonly clock?: ReturnType<typeof manualClock>;
  readonly isFollowed?: boolean;
  readonly log?: Log;
}

function open({
  path = ":memory:",
  retention,
  subscriber = subscriberOf(),
  trigger,
  clock = manualClock(),
  ...followed
}: Options) {
  const journal = openJournal(path, syncAtOnce);
  const triggers = [{ trigger: triggerOf(trigger), subscriber }];
  const options = { path, clock, triggers, retention: { ...FOR_EVER, ...retention }, graceMs: 0, ...followed };
  const broker = createEmbeddedBroker(journal, options);
  const stop = async () => {
    const stopped = broker.stop();
    clock.advance(0);
    await stopped;
  };
  onTestFinished(stop);
  const numbers = () => {
    const found: number[] = [];
    for (let after = 0; after < journal.tail(); ) {
      const page = journal.readPage(after, journal.tail(), () => true, undefined);
      found.push(...page.entries.map(({ seq }) => seq));
      after = page.through;
    }
    return found;
  };
  return { journal, broker, clock, stop, numbers };
}

/** While the disk is at work on one look there is no other: the first one after that time waits for its answer. */
async function lookedAfter(clock: ReturnType<typeof manualClock>, ms: number): Promise<void> {
  for (const step of [ms, MINUTE]) {
    clock.advance(step);
    await quiet();
  }
}

const stuck = () => subscriberOf(() => new Promise(() => {}));

test("what is older than the log's retention goes at the next look, but the newest stays", async () => {
  const { broker, clock, numbers } = open({ retention: { logMs: HOUR } });
  for (const id of [1, 2, 3]) await broker.publish(eventOf(id));
  await settled(broker);

  clock.advance(HOUR);
  expect(numbers()).toEqual([1, 2, 3]);
  clock.advance(60_000);
  expect(numbers()).toEqual([3]);
});

test("what is younger stays", async () => {
  const { broker, clock, numbers } = open({ retention: { logMs: HOUR } });
  await broker.publish(eventOf(1));
  clock.advance(HOUR / 2);
  for (const id of [2, 3]) await broker.publish(eventOf(id));
  await settled(broker);

  clock.advance(HOUR / 2 + 60_000);

  expect(numbers()).toEqual([2, 3]);
});

test.each(["ordered", "unordered"] as const)(
  "what an %s trigger has not handled stays, however old and large the log is",
  async (order) => {
    const subscriber = subscriberOf((event) => (event.id === "3" ? new Promise(() => {}) : accepted));
    const retention = { logMs: 1000, bytes: 0 };
    const { broker, clock, numbers } = open({ retention, subscriber, trigger: { order, concurrency: 4 } });
    for (const id of [1, 2, 3, 4, 5]) await broker.publish(eventOf(id));
    await quiet();

    clock.advance(20_000);

    expect(numbers()).toEqual([3, 4, 5]);
  },
);

test("what an archive lacks stays, however old and large the log is, and one line says so; then it goes", async () => {
  const lines: string[] = [];
  const log = { ...silentLog, warn: (_: object, text: string) => void lines.push(text) } as typeof silentLog;
  const { broker, clock, numbers } = open({ retention: { logMs: 1000, bytes: 0 }, isFollowed: true, log });
  for (const id of [1, 2, 3, 4]) await broker.publish(eventOf(id));
  await settled(broker);

  clock.advance(200_000);
  expect(numbers()).toEqual([1, 2, 3, 4]);
  expect(lines).toEqual([expect.stringMatching(/events that the archive lacks stay in it: mend the archive/)]);
  broker.follow().keepFrom([3]);
  clock.advance(60_000);
  expect(numbers()).toEqual([3, 4]);
  broker.follow().keepFrom([9]);
  clock.advance(60_000);

  // The newest always stays.
  expect(numbers()).toEqual([4]);
  expect(lines).toHaveLength(1);
});

test("a log over its size loses its oldest, handled events before their time", async () => {
  const { broker, clock, numbers, journal } = open({ retention: { bytes: 500_000 } });
  for (let id = 1; id <= 900; id++) void broker.publish(eventOf(id, { data: "x".repeat(1000) }));
  await broker.publish(eventOf(901));
  await settled(broker);
  expect(journal.bytesInUse()).toBeGreaterThan(500_000);

  clock.advance(60_000);

  expect(numbers()).toEqual([901]);
  expect(journal.bytesInUse()).toBeLessThan(100_000);
});

test("a log over its size is cut while events grow old in it as well", async () => {
  const { broker, clock, numbers } = open({ retention: { logMs: HOUR, bytes: 500_000 } });
  for (const id of [1, 2, 3]) await broker.publish(eventOf(id));
  await settled(broker);
  clock.advance(HOUR - 10_000);
  for (let id = 4; id <= 900; id++) void broker.publish(eventOf(id, { data: "x".repeat(1000) }));
  await broker.publish(eventOf(901));
  await settled(broker);

  clock.advance(60_000);

  expect(numbers()).toEqual([901]);
});

test("a log within its size keeps what is within its time", async () => {
  const { broker, clock, numbers } = open({ retention: { bytes: 10_000_000, logMs: 2 * HOUR } });
  for (const id of [1, 2, 3]) await broker.publish(eventOf(id));
  await settled(broker);

  clock.advance(HOUR);

  expect(numbers()).toEqual([1, 2, 3]);
});

test("a backlog larger than the size limit is delivered to the last event", async () => {
  const path = journalFile();
  const BACKLOG = 3000;
  const first = open({ path, retention: { bytes: 100_000, logMs: 0 }, subscriber: stuck() });
  for (let id = 1; id <= BACKLOG; id++) void first.broker.publish(eventOf(id, { data: "x".repeat(500) }));
  await first.broker.publish(eventOf("last"));
  first.clock.advance(20_000);
  await quiet();
  expect(first.journal.bytesInUse()).toBeGreaterThan(100_000);
  await first.stop();

  const subscriber = subscriberOf();
  const { broker } = open({ path, retention: { bytes: 100_000, logMs: 0 }, subscriber, trigger: { order: "ordered" } });
  expect(lagOf(broker)).toBe(BACKLOG + 1);
  await settled(broker);

  expect(subscriber.ids).toEqual([...Array.from({ length: BACKLOG }, (_, i) => String(i + 1)), "last"]);
});

test("the log is looked at after a thousand events too, so that a burst cannot outgrow it unseen", async () => {
  const { broker, numbers } = open({ retention: { bytes: 0 } });
  for (let burst = 0; burst < 3; burst++) {
    await Promise.all(Array.from({ length: 1000 }, (_, i) => broker.publish(eventOf(i))));
    await settled(broker);
  }

  await broker.publish(eventOf("one more"));
  await quiet();

  expect(numbers()[0]).toBeGreaterThan(2000);
});

test("more than one turn may delete goes in several turns", async () => {
  const { broker, clock, numbers } = open({ retention: { logMs: HOUR } });
  await Promise.all(Array.from({ length: 5000 }, (_, i) => broker.publish(eventOf(i))));
  await settled(broker);
  await quiet();

  clock.advance(HOUR);
  expect(numbers()[0]).toBe(1);
  const oldest = new Set<number | undefined>();
  for (let ms = 0; ms < 60_000; ms += 50) {
    clock.advance(50);
    oldest.add(numbers()[0]);
  }

  expect([...oldest]).toEqual([2001, 4001, 5000]);
});

test("sequence numbers never come back, after trimming and a restart neither", async () => {
  const path = journalFile();
  const clock = manualClock();
  const first = open({ path, clock, retention: { logMs: HOUR } });
  for (const id of [1, 2, 3]) await first.broker.publish(eventOf(id));
  await settled(first.broker);
  await lookedAfter(clock, 2 * HOUR);
  expect(first.numbers()).toEqual([3]);
  await first.stop();

  const subscriber = subscriberOf();
  const second = open({ path, clock, subscriber, retention: { logMs: HOUR } });
  await second.broker.publish(eventOf(4));
  await settled(second.broker);

  expect(second.numbers()).toContain(4);
  expect(subscriber.ids).toEqual(["4"]);
});

test("dead letters have an age of their own, and are no longer counted once they went", async () => {
  const subscriber = subscriberOf(() => ({ status: 400 }));
  const { broker, clock, numbers } = open({ retention: { logMs: HOUR, deadLetterMs: 24 * HOUR }, subscriber });
  for (const id of [1, 2]) await broker.publish(eventOf(id));
  await settled(broker);

  clock.advance(12 * HOUR);
  await broker.publish(eventOf(3));
  await settled(broker);
  clock.advance(11 * HOUR);
  expect(numbers()).toEqual([3]);
  expect((await broker.deadLetters.list({ limit: 9 })).map(({ event }) => event.id)).toEqual(["3", "2", "1"]);
  clock.advance(2 * HOUR);

  expect((await broker.deadLetters.list({ limit: 9 })).map(({ event, number }) => [event.id, number])).toEqual([
    ["3", 3],
  ]);
  expect(broker.status().deadLetters).toBe(1);
});

test("numbers of dead letters never come back", async () => {
  const path = journalFile();
  const clock = manualClock();
  const subscriber = subscriberOf(() => ({ status: 400 }));
  const first = open({ path, clock, subscriber, retention: { deadLetterMs: HOUR } });
  for (const id of [1, 2]) await first.broker.publish(eventOf(id));
  await settled(first.broker);
  await lookedAfter(clock, 2 * HOUR);
  expect(await first.broker.deadLetters.list({ limit: 9 })).toEqual([]);
  await first.stop();

  const second = open({ path, clock, subscriber, retention: { deadLetterMs: HOUR } });
  await second.broker.publish(eventOf(3));
  await settled(second.broker);

  expect((await second.broker.deadLetters.list({ limit: 9 })).map(({ number }) => number)).toEqual([3]);
});

test("a trigger that is no longer there holds nothing back", async () => {
  const path = journalFile();
  const clock = manualClock();
  const first = open({ path, clock, subscriber: stuck(), retention: { logMs: HOUR } });
  for (const id of [1, 2]) await first.broker.publish(eventOf(id));
  await first.stop();

  const second = open({ path, clock, trigger: { name: "other" }, retention: { logMs: HOUR } });
  clock.advance(2 * HOUR);
  await quiet();

  expect(second.numbers()).toEqual([2]);
});
