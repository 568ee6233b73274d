// What holds for every local broker, whatever keeps its log. A driver's test calls `describeBroker`.

import { expect, onTestFinished, test } from "vitest";
import { type ManualClock, manualClock } from "../clock.ts";
import { TooLargeError, UnavailableError } from "../errors.ts";
import { describeAnswers } from "./answers.contract.ts";
import type { Answer, Broker, Subscriber, Trigger } from "./broker.ts";
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
  waitOf,
} from "./broker-under-test.contract.ts";
import { describeDeadLetters } from "./dead-letters.contract.ts";
import type { LogPlace, LogPosition } from "./event-log.ts";
import { describeLagTime } from "./lag-time.contract.ts";

/** A log that brokers are opened on, one after the other. */
export interface BrokerLog {
  open(triggers: readonly { trigger: Trigger; subscriber: Subscriber }[], clock: ManualClock): Promise<Broker>;
  /** What was written is still there for the next broker. */
  readonly durable: boolean;
  /** The log is a service: attributes come back as text, and an event that was not read yet counts as lag of all. */
  readonly remote?: boolean;
}

export function describeBroker(name: string, make: () => Promise<BrokerLog>): void {
  const start = async (subscriber: Subscriber, options: Partial<Trigger> = {}) => {
    const clock = manualClock(Date.now());
    const log = await make();
    const broker = await log.open([{ trigger: triggerOf(options), subscriber }], clock);
    onTestFinished(() => broker.stop());
    return { clock, log, broker, remote: log.remote === true };
  };

  test(`${name}: a trigger gets what its filters match, and nothing else counts as its lag`, async () => {
    const subscriber = subscriberOf();
    const filters = [
      { any: [{ exact: { type: "a" } }, { prefix: { type: "x." } }] },
      { not: { exact: { mode: "shadow" } } },
    ];
    const { broker } = await start(subscriber, { filters });

    await broker.publish(eventOf(1));
    await broker.publish(eventOf(2, { type: "x.y" }));
    await broker.publish(eventOf(3, { type: "c" }));
    await broker.publish(eventOf(4, { mode: "shadow" }));
    await settled(broker);

    expect(subscriber.ids.sort()).toEqual(["1", "2"]);
    expect(broker.status()).toMatchObject({ received: 4, triggers: [{ lag: 0, handled: 2, inFlight: 0 }] });
  });

  test(`${name}: the log has what came in and what was derived, to be read again by position and by type`, async () => {
    const subscriber = subscriberOf((event) => ({ status: 200, event: replyTo(event) }));
    const { broker } = await start(subscriber);
    for (const id of [1, 2, 3]) await broker.publish(eventOf(id));
    await settled(broker);
    const { log } = broker;
    const [from, end] = [await log.start(), await log.end()];
    await broker.publish(eventOf(4));
    const read = async (start: LogPosition, to: LogPosition, types: readonly string[]) => {
      const found: string[] = [];
      for await (const { events } of log.read(start, to, types)) found.push(...events.map(({ id, type }) => type + id));
      return found;
    };

    expect(await read(from, end, ["a"])).toEqual(["a1", "a2", "a3"]);
    expect((await read(from, end, ["a", "b"])).sort()).toEqual(["a1", "a2", "a3", "b1", "b2", "b3"]);
    expect(await read(end, await log.end(), ["a"])).toEqual(["a4"]);
    expect(await read(end, from, ["a"])).toEqual([]);
  });

  test(`${name}: who follows the log is not kept waiting by who reads it, and learns where each event is`, async () => {
    const { broker } = await start(subscriberOf());
    for (const id of [1, 2, 3]) await broker.publish(eventOf(id, { type: id === 2 ? "b" : "a" }));
    const followed = broker.follow();
    onTestFinished(() => followed.close());
    const [from, end] = [await broker.log.start(), await broker.log.end()];
    const found: [string, LogPlace][] = [];

    for await (const _page of broker.log.read(from, end, ["b"])) {
      for await (const { events, places } of followed.read(from, end, { not: ["b"] })) {
        expect(places).toHaveLength(events.length);
        events.forEach((event, i) => void found.push([event.id, places[i] as LogPlace]));
      }
    }

    const [first = 0] = from;
    expect(found.map(([id, { partition, offset }]) => [id, partition, offset])).toEqual([
      ["1", 0, first],
      ["3", 0, first + 2],
    ]);
    for (const [, { time }] of found) expect(await broker.log.at(time)).toBeDefined();
  });

  test(`${name}: a reply goes to every trigger that matches it`, async () => {
    const first = subscriberOf((event) => ({ status: 200, event: replyTo(event) }));
    const [second, third] = [subscriberOf(), subscriberOf()];
    const filters = [{ exact: { type: "b" } }];
    const broker = await (await make()).open(
      [
        { trigger: triggerOf({ name: "first" }), subscriber: first },
        { trigger: triggerOf({ name: "second", filters }), subscriber: second },
        { trigger: triggerOf({ name: "third", filters, order: "ordered" }), subscriber: third },
      ],
      manualClock(Date.now()),
    );
    onTestFinished(() => broker.stop());
    const seen: string[] = [];
    broker.tap(({ type }) => seen.push(type));

    await broker.publish(eventOf(1));
    await until(() => second.ids.length + third.ids.length === 2);
    await settled(broker);

    expect([second.events[0], third.events[0]]).toMatchObject([replyTo(eventOf(1)), replyTo(eventOf(1))]);
    expect(seen).toEqual(["a", "b"]);
    expect(broker.status().received).toBe(1);
  });

  test(`${name}: the check is passed where events are taken, whatever becomes of them`, async () => {
    const { broker } = await start(subscriberOf(() => ({ status: 422 })));

    await expect(broker.check()).resolves.toBeUndefined();
    await broker.publish(eventOf(1));
    await settled(broker);

    await expect(broker.check()).resolves.toBeUndefined();
  });

  describeAnswers(name, start);
  describeDeadLetters(name, start);
  describeLagTime(name, start, make);

  test(`${name}: an ordered trigger has several in flight, and their replies stand in the order of the causes`, async () => {
    const gates = new Map([1, 2, 3, 4].map((id) => [String(id), gate()]));
    const subscriber = subscriberOf(async (event) => {
      await gates.get(event.id)?.promise;
      return { status: 200, event: replyTo(event) };
    });
    const { broker } = await start(subscriber, { order: "ordered", concurrency: 4 });
    const replies: string[] = [];
    broker.tap((event) => void (event.type === "b" && replies.push(event.id)));

    await Promise.all([1, 2, 3, 4].map((id) => broker.publish(eventOf(id))));
    await until(() => subscriber.ids.length === 4);
    for (const id of ["4", "2", "3", "1"]) {
      gates.get(id)?.resolve();
      await quiet();
    }
    await settled(broker);

    expect(subscriber.ids).toEqual(["1", "2", "3", "4"]);
    expect(replies).toEqual(["1", "2", "3", "4"]);
  });

  test(`${name}: no more than the trigger's concurrency is under way`, async () => {
    const open: (() => void)[] = [];
    const subscriber = subscriberOf(() => new Promise((resolve) => open.push(() => resolve(accepted))));
    const { broker } = await start(subscriber, { concurrency: 3 });

    await Promise.all([1, 2, 3, 4, 5].map((id) => broker.publish(eventOf(id))));
    await until(() => subscriber.ids.length === 3);
    await quiet();
    expect(broker.status().triggers[0]).toMatchObject({ inFlight: 3, lag: 5 });
    open.shift()?.();
    await until(() => subscriber.ids.length === 4);
    for (const answer of open) answer();
    await until(() => subscriber.ids.length === 5);
    open.at(-1)?.();
    await settled(broker);

    expect(broker.status().triggers[0]?.handled).toBe(5);
  });

  test(`${name}: an ordered trigger starts again at what failed, and forgets what came of those behind it`, async () => {
    const subscriber = subscriberOf((event, attempt) => {
      if (event.id === "2" && attempt === 1) return { status: 409 };
      return { status: 200, event: replyTo(event) };
    });
    const { broker, clock, remote } = await start(subscriber, { order: "ordered" });
    const replies: string[] = [];
    broker.tap((event) => void (event.type === "b" && replies.push(event.id)));

    await Promise.all([1, 2, 3].map((id) => broker.publish(eventOf(id))));
    await until(() => waitOf(broker) !== undefined);
    if (!remote) expect(replies).toEqual([]);
    await until(() => replies.length > 0);
    await quiet();
    expect(replies).toEqual(["1"]);
    clock.advance(1000);
    await settled(broker);

    expect(subscriber.ids).toEqual(["1", "2", "3", "2", "3"]);
    expect(replies).toEqual(["1", "2", "3"]);
    expect(broker.status().triggers[0]).toMatchObject({ handled: 3, retries: 1 });
  });

  test(`${name}: what an ordered trigger gives up does not stop those behind it`, async () => {
    const subscriber = subscriberOf((event) => (event.id === "1" ? { status: 500 } : accepted));
    const delivery = { ...triggerOf().delivery, retry: 2 };
    const { broker, clock } = await start(subscriber, { order: "ordered", delivery });

    await Promise.all([1, 2].map((id) => broker.publish(eventOf(id))));
    for (const wait of [1000, 2000]) {
      await until(() => waitOf(broker) !== undefined);
      clock.advance(wait);
    }
    await settled(broker);

    expect((await broker.deadLetters.list({ limit: 9 })).map(({ event }) => event.id)).toEqual(["1"]);
    expect(broker.status().triggers[0]).toMatchObject({ handled: 1, retries: 2, deadLetters: 1 });
  });

  test(`${name}: an unordered trigger goes on while one of its events waits`, async () => {
    const subscriber = subscriberOf((event, attempt) =>
      event.id === "1" && attempt === 1 ? { status: 503 } : accepted,
    );
    const { broker, clock } = await start(subscriber);

    await Promise.all([1, 2, 3].map((id) => broker.publish(eventOf(id))));
    await until(() => lagOf(broker) === 1);
    expect(broker.status().triggers[0]).toMatchObject({ handled: 2, inFlight: 0 });
    clock.advance(1000);
    await settled(broker);

    expect(subscriber.ids).toEqual(["1", "2", "3", "1"]);
  });

  test(`${name}: what is published as one is in the log in its order, delivered once, and refused as one`, async () => {
    const subscriber = subscriberOf();
    const { broker } = await start(subscriber, { order: "ordered" });
    const same = { partitionkey: "one" };
    const many = Array.from({ length: 300 }, (_, i) => eventOf(i, same));

    const refused = broker.publishAll([eventOf(1000, same), eventOf(1001, { ...same, data: "x".repeat(1024 * 1024) })]);
    await expect(refused).rejects.toBeInstanceOf(TooLargeError);
    await broker.publishAll(many);
    await broker.publishAll([]);
    const { received } = broker.status();
    await settled(broker);

    expect(received).toBe(300);
    expect(subscriber.ids).toEqual(many.map(({ id }) => id));
  });

  test(`${name}: a broker that stops takes no more and waits for what is under way`, async () => {
    const answer = gate<Answer>();
    const subscriber = subscriberOf(() => answer.promise);
    const { broker } = await start(subscriber);
    await broker.publish(eventOf(1));
    await until(() => subscriber.ids.length === 1);

    const stopped = broker.stop();
    const refused = broker.publish(eventOf(2));
    await expect(refused).rejects.toBeInstanceOf(UnavailableError);
    await expect(refused).rejects.toMatchObject({ code: "stopping" });
    answer.resolve(accepted);
    await stopped;

    expect(broker.status().triggers[0]).toMatchObject({ handled: 1, lag: 0 });
    expect(broker.stop()).toEqual(stopped);
  });

  for (const order of ["ordered", "unordered"] as const) {
    test(`${name}, ${order}: a restart goes on where the last one stopped`, async () => {
      const log = await make();
      if (!log.durable) return;
      const trigger = triggerOf({ order, concurrency: 2 });
      const stuck = subscriberOf((event) =>
        event.id === "3" ? { status: 503 } : { status: 200, event: replyTo(event) },
      );
      const first = await log.open([{ trigger, subscriber: stuck }], manualClock(Date.now()));
      for (const id of [1, 2, 3, 4, 5, 6]) await first.publish(eventOf(id));
      await until(() => first.status().triggers[0]?.waiting !== undefined);
      await until(() => first.status().triggers[0]?.handled === (order === "ordered" ? 2 : 5));
      await first.stop();

      const subscriber = subscriberOf((event) => ({ status: 200, event: replyTo(event) }));
      const second = await log.open([{ trigger, subscriber }], manualClock(Date.now()));
      onTestFinished(() => second.stop());
      const lag = lagOf(second);
      await settled(second);

      // Unordered, those beyond the stuck one are settled, and stay so.
      expect(subscriber.ids).toEqual(order === "ordered" ? ["3", "4", "5", "6"] : ["3"]);
      if (log.remote === true) expect(lag).toBeGreaterThanOrEqual(subscriber.ids.length);
      else expect(lag).toBe(subscriber.ids.length);
    });
  }

  test(`${name}: the newest event of a type is told for each of its subjects, where the log can be read from its end`, async () => {
    const log = await make();
    const broker = await log.open([{ trigger: triggerOf(), subscriber: subscriberOf() }], manualClock());
    onTestFinished(() => broker.stop());
    if (broker.newest === undefined) return;
    const events = [eventOf(1, { subject: "x" }), eventOf(2, { subject: "y" }), eventOf(3, { subject: "x" })];
    for (const event of [...events, eventOf(4, { type: "b", subject: "x" })]) await broker.publish(event);

    const newest = await broker.newest("a");

    expect(newest.map(({ id, subject }) => [id, subject]).sort()).toEqual([
      ["2", "y"],
      ["3", "x"],
    ]);
    expect(newest.find(({ id }) => id === "3")?.data).toEqual(events[2]?.data);
    expect(await broker.newest("c")).toEqual([]);
  });

  test(`${name}: dead letters outlive a restart`, async () => {
    const log = await make();
    if (!log.durable) return;
    const first = await log.open(
      [{ trigger: triggerOf(), subscriber: subscriberOf(() => ({ status: 400 })) }],
      manualClock(Date.now()),
    );
    await first.publish(eventOf(1));
    await settled(first);
    const letters = await first.deadLetters.list({ limit: 9 });
    await first.stop();

    const second = await log.open([{ trigger: triggerOf(), subscriber: subscriberOf() }], manualClock(Date.now()));
    onTestFinished(() => second.stop());

    expect(letters.length).toBe(1);
    expect(await second.deadLetters.list({ limit: 9 })).toEqual(letters);
    expect(second.status().deadLetters).toBe(1);
  });
}
