// For how long the oldest event that is not handled has been in the log, and what a tap is told, as every broker must do it.

import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../clock.ts";
import type { Start } from "./answers.contract.ts";
import type { BrokerLog } from "./broker.contract.ts";
import type { Answer, Broker } from "./broker.ts";
import {
  accepted,
  eventOf,
  gate,
  lagOf,
  replyTo,
  settled,
  subscriberOf,
  triggerOf,
  until,
} from "./broker-under-test.contract.ts";

const ageOf = (broker: Broker) => broker.status().triggers[0]?.lagSeconds;

export function describeLagTime(name: string, start: Start, make: () => Promise<BrokerLog>): void {
  for (const order of ["ordered", "unordered"] as const) {
    test(`${name}, ${order}: the lag in time is the age of the oldest event that is not handled, and 0 where there is none`, async () => {
      const gates = new Map([1, 2, 3].map((id) => [String(id), gate<Answer>()]));
      const subscriber = subscriberOf((event) => gates.get(event.id)?.promise ?? accepted);
      // One at a time, so that the others wait untaken.
      const { broker, clock } = await start(subscriber, { order, concurrency: 1 });
      await settled(broker);
      expect(ageOf(broker)).toBe(0);

      for (const id of [1, 2, 3]) {
        await broker.publish(eventOf(id));
        clock.advance(2000);
      }
      await until(() => subscriber.ids.length === 1);
      expect(ageOf(broker)).toBe(6);
      for (const [id, left] of [
        ["1", 4],
        ["2", 2],
      ] as const) {
        gates.get(id)?.resolve(accepted);
        await until(() => lagOf(broker) === left / 2 && subscriber.ids.length === Number(id) + 1);
        expect(ageOf(broker)).toBe(left);
      }
      gates.get("3")?.resolve(accepted);
      await settled(broker);

      expect(ageOf(broker)).toBe(0);
    });

    test(`${name}, ${order}: an event that is tried again grows older, and those that came after it do not hide it`, async () => {
      const subscriber = subscriberOf((event, attempt) =>
        event.id === "1" && attempt < 3 ? { status: 503 } : accepted,
      );
      const { broker, clock } = await start(subscriber, { order });
      await broker.publish(eventOf(1));
      await until(() => broker.status().triggers[0]?.waiting !== undefined);
      clock.advance(500);
      await broker.publish(eventOf(2));
      await until(() => lagOf(broker) === (order === "ordered" ? 2 : 1));
      expect(ageOf(broker)).toBe(0.5);

      clock.advance(500);
      await until(() => subscriber.ids.filter((id) => id === "1").length === 2);
      await until(() => broker.status().triggers[0]?.waiting !== undefined);
      expect(ageOf(broker)).toBe(1);
      clock.advance(2000);
      await settled(broker);

      expect(ageOf(broker)).toBe(0);
    });

    test(`${name}, ${order}: after a restart what is left in the log is as old as it is`, async () => {
      const log = await make();
      if (!log.durable) return;
      const trigger = triggerOf({ order, concurrency: 1 });
      const begun = Date.now();
      const away = subscriberOf(() => ({ status: 503 }));
      const first = await log.open([{ trigger, subscriber: away }], manualClock(begun));
      for (const id of [1, 2]) await first.publish(eventOf(id));
      await until(() => first.status().triggers[0]?.waiting !== undefined);
      await first.stop();

      const stuck = gate<Answer>();
      const subscriber = subscriberOf(() => stuck.promise);
      const second = await log.open([{ trigger, subscriber }], manualClock(begun + 60_000));
      onTestFinished(() => second.stop());
      await until(() => subscriber.ids.length === 1);

      expect(ageOf(second)).toBe(60);
      stuck.resolve(accepted);
      await settled(second);
      expect(ageOf(second)).toBe(0);
    });
  }

  test(`${name}: a tap is told how many events caused each other, how large each is, and of dead letters with their reason`, async () => {
    const subscriber = subscriberOf((event) =>
      event.id === "bad"
        ? { status: 422, headers: { "kne-wadireason": "schema" }, body: "no" }
        : { status: 200, event: replyTo(event) },
    );
    const { broker } = await start(subscriber);
    const told: unknown[] = [];
    const sizes: number[] = [];
    const end = broker.tap(
      ({ type, id }, { hops, bytes }) => {
        told.push([type, id, hops]);
        sizes.push(bytes);
      },
      (letter, { trigger, reason, bytes }) => {
        told.push([letter.id, trigger, reason, Buffer.from(String(letter["knativeerrordata"]), "base64").toString()]);
        sizes.push(bytes);
      },
    );

    await broker.publish(eventOf("good", { data: "x".repeat(1000) }));
    await settled(broker);
    await broker.publish(eventOf("bad", { data: "x".repeat(1000) }));
    await settled(broker);
    await until(() => told.length === 4);
    end();
    await broker.publish(eventOf("bad"));
    await settled(broker);

    expect(told).toEqual([
      ["a", "good", 0],
      ["b", "good", 1],
      ["a", "bad", 0],
      ["bad", "step", "schema", "no"],
    ]);
    for (const at of [0, 2, 3]) {
      expect(sizes[at]).toBeGreaterThan(1000);
      expect(sizes[at]).toBeLessThan(2000);
    }
  });
}
