// Stops in the middle, clocks that jump, and subscribers that break their word.

import { expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../clock.ts";
import { settableClock } from "../../clock-under-test.contract.ts";
import { ConfigurationError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Answer } from "../broker.ts";
import {
  accepted,
  eventOf,
  gate,
  lagOf,
  quiet,
  replyTo,
  settled,
  subscriberOf,
  triggerOf,
  until,
} from "../broker-under-test.contract.ts";
import { openEmbeddedBroker } from "./embedded.ts";
import { openWith } from "./under-test.contract.ts";

const HOUR = 3_600_000;
const ORDERS = ["ordered", "unordered"] as const;

async function open(...options: Parameters<typeof openWith>) {
  const opened = await openWith(...options);
  return { ...opened, statusOf: () => opened.broker.status().triggers[0] };
}

/** A clock that knows how many wait for it. */
function countingClock(): ManualClock & { waiting(): number } {
  const clock = manualClock();
  const waiting = new Set<() => void>();
  const after = (ms: number, run: () => void) => {
    const cancel = clock.after(ms, () => {
      waiting.delete(cancel);
      run();
    });
    waiting.add(cancel);
    return () => {
      waiting.delete(cancel);
      cancel();
    };
  };
  return { ...clock, after, waiting: () => waiting.size };
}

for (const order of ORDERS) {
  test.each([2 * HOUR, -2 * HOUR])(
    `${order}: a clock set by %d ms neither ends an attempt early nor lets it hang longer`,
    async (byMs) => {
      const clock = settableClock();
      const subscriber = subscriberOf((_event, attempt) => (attempt === 1 ? new Promise(() => {}) : accepted));
      const { broker, statusOf } = await open(subscriber, { order }, { clock });
      await broker.publish(eventOf(1));
      await until(() => subscriber.ids.length === 1);

      clock.advance(10_000);
      clock.set(byMs);
      clock.advance(19_999);
      await quiet();
      expect(statusOf()).toMatchObject({ inFlight: 1, retries: 0 });
      clock.advance(1);
      expect(statusOf()?.waiting).toEqual({ until: clock.now() + 1000, reason: "timeout" });
      clock.set(-byMs);
      clock.advance(1000);
      await settled(broker);

      expect(subscriber.ids.length).toBe(2);
    },
  );

  test(`${order}: each attempt has its own time`, async () => {
    const subscriber = subscriberOf(() => new Promise(() => {}));
    const { broker, clock, statusOf } = await open(subscriber, { order });
    await broker.publish(eventOf(1));
    await until(() => subscriber.ids.length === 1);
    clock.advance(20_000);
    await broker.publish(eventOf(2));
    await until(() => subscriber.ids.length === 2);

    clock.advance(10_000);
    expect(statusOf()?.inFlight).toBe(1);
    clock.advance(20_000);
    expect(statusOf()?.inFlight).toBe(order === "ordered" ? 0 : 1);

    // Unordered the first has been delivered again meanwhile, after its wait of a second.
    expect(subscriber.ids).toEqual(order === "ordered" ? ["1", "2"] : ["1", "2", "1"]);
  });

  test(`${order}: each attempt has all of its time, however long those beside it took to begin`, async () => {
    const subscriber = subscriberOf(() => {
      clock.advance(1000);
      return new Promise(() => {});
    });
    const { broker, clock, statusOf } = await open(subscriber, { order, concurrency: 8 });
    await Promise.all(Array.from({ length: 8 }, (_, i) => broker.publish(eventOf(i))));
    await until(() => subscriber.ids.length === 8);

    clock.advance(29_999);
    expect(statusOf()?.inFlight).toBe(8);
    clock.advance(1);
    expect(statusOf()?.inFlight).toBe(0);
  });

  test(`${order}: a subscriber that throws at once is tried again like one that cannot be reached`, async () => {
    const calls: string[] = [];
    const subscriber = {
      destination: "",
      deliver(event: Event): Promise<Answer> {
        calls.push(event.id);
        if (calls.length === 1) throw new Error("at once");
        return Promise.resolve(accepted);
      },
    };
    const { broker, clock, statusOf } = await open(subscriber, { order });

    await broker.publish(eventOf(1));
    await until(() => statusOf()?.waiting !== undefined);
    expect(statusOf()?.waiting?.reason).toBe("transport");
    clock.advance(1000);
    await settled(broker);

    expect(calls).toEqual(["1", "1"]);
    expect(statusOf()).toMatchObject({ handled: 1, retries: 1 });
  });

  test(`${order}: a subscriber that answers nothing at all is tried again, too`, async () => {
    const subscriber = subscriberOf((_event, attempt) => (attempt === 1 ? (undefined as unknown as Answer) : accepted));
    const { broker, clock, statusOf } = await open(subscriber, { order });

    await broker.publish(eventOf(1));
    await until(() => statusOf()?.waiting !== undefined);
    clock.advance(1000);
    await settled(broker);

    expect(statusOf()).toMatchObject({ handled: 1, retries: 1 });
  });

  test(`${order}: a stop ends as soon as nothing is under way, though what was under way failed`, async () => {
    const answer = gate<Answer>();
    const { broker } = await open(
      subscriberOf(() => answer.promise),
      { order },
    );
    await broker.publish(eventOf(1));
    await quiet();

    const stopped = broker.stop();
    await quiet();
    answer.resolve({ status: 503 });
    await stopped; // the clock stands still: the grace never passes

    expect(lagOf(broker)).toBe(1);
  });

  test(`${order}: a stop does not wait for the next attempt`, async () => {
    const { broker, statusOf } = await open(
      subscriberOf(() => ({ status: 503 })),
      { order },
    );
    await broker.publish(eventOf(1));
    await until(() => statusOf()?.waiting !== undefined);

    await broker.stop();

    expect(statusOf()).toMatchObject({ lag: 1, inFlight: 0 });
    expect(statusOf()?.waiting).toBeUndefined();
  });

  test(`${order}: after a stop nothing waits for the clock, so the process can end`, async () => {
    const clock = countingClock();
    const subscriber = subscriberOf((event) => (event.id === "1" ? new Promise(() => {}) : { status: 503 }));
    const { broker } = await open(subscriber, { order }, { clock });
    for (const id of [1, 2]) await broker.publish(eventOf(id));
    await until(() => subscriber.ids.length === 2);
    await quiet();

    const stopped = broker.stop();
    clock.advance(10_000);
    await stopped;

    expect(clock.waiting()).toBe(0);
  });

  test(`${order}: an answer after the stop is nobody's, and no error`, async () => {
    const answer = gate<Answer>();
    const errors: string[] = [];
    const log = { error: (_: unknown, message: string) => errors.push(message), warn() {}, info() {} };
    const { broker, clock } = await open(
      subscriberOf(() => answer.promise),
      { order },
      { log: log as unknown as Log },
    );
    await broker.publish(eventOf(1));
    await quiet();
    const stopped = broker.stop();
    clock.advance(10_000);
    await stopped;

    answer.resolve({ status: 200, event: replyTo(eventOf(1)) });
    await quiet();
    clock.advance(HOUR);
    await quiet();

    expect(errors).toEqual([]);
  });

  test(`${order}: a reply that cannot be written sends its cause to the dead letters, at the hop limit too`, async () => {
    const replies: Record<string, unknown> = {
      bigint: eventOf(1, { data: 1n }),
      typeless: { ...eventOf(2), type: undefined },
    };
    const subscriber = subscriberOf((event) => ({ status: 200, event: replies[event.id] as Event }));
    for (const maxHops of [0, 32]) {
      const { broker } = await open(subscriber, { order }, { maxHops });

      for (const id of Object.keys(replies)) await broker.publish(eventOf(id));
      await settled(broker);

      const letters = (await broker.deadLetters.list({ limit: 9 })).map(
        ({ event, reason }) => `${event.id}: ${reason}`,
      );
      expect(letters.sort()).toEqual(["bigint: not-json", "typeless: not-json"]);
    }
  });
}

test("an event without a type is refused, and what came with it in one turn is not", async () => {
  const subscriber = subscriberOf();
  const { broker } = await open(subscriber);

  const results = await Promise.allSettled([
    broker.publish({ ...eventOf(1), type: undefined } as unknown as Event),
    broker.publish(eventOf(2)),
  ]);
  await settled(broker);

  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  expect(subscriber.ids).toEqual(["2"]);
});

test("two triggers of one name are refused: they would share one position", async () => {
  const both = [1, 2].map(() => ({ trigger: triggerOf({ name: "learn" }), subscriber: subscriberOf() }));

  const opening = openEmbeddedBroker({ path: ":memory:", triggers: both, clock: manualClock() });

  await expect(opening).rejects.toBeInstanceOf(ConfigurationError);
  await expect(opening).rejects.toThrow("two triggers are named learn: rename one");
});
