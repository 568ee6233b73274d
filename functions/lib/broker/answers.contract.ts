// What holds for every local broker of what comes back from a subscriber, or does not. Called by broker.contract.ts.

import { expect, test } from "vitest";
import type { ManualClock } from "../clock.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Answer, Broker, Subscriber, Trigger } from "./broker.ts";
import {
  accepted,
  bare,
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

/** Opens a broker with one trigger, `step`. `remote` as in broker.contract.ts. */
export type Start = (
  subscriber: Subscriber,
  options?: Partial<Trigger>,
) => Promise<{ broker: Broker; clock: ManualClock; remote: boolean }>;

/** Answers whose fate the dispatcher decides alone. */
const ANSWERS: readonly [answer: Answer, fate: "handled" | "retried" | "dead"][] = [
  [{ status: 200 }, "handled"],
  [{ status: 202 }, "handled"],
  [{ status: 204, body: "" }, "handled"],
  [{ status: 200, body: "OK" }, "dead"],
  [{ status: 202, body: "Accepted" }, "dead"],
  [{ status: 301 }, "dead"],
  [{ status: 400 }, "dead"],
  [{ status: 401 }, "dead"],
  [{ status: 404 }, "retried"],
  [{ status: 408 }, "retried"],
  [{ status: 409 }, "retried"],
  [{ status: 412 }, "dead"],
  [{ status: 413 }, "dead"],
  [{ status: 422 }, "dead"],
  [{ status: 429, headers: { "retry-after": "3600" } }, "retried"],
  [{ status: 500 }, "retried"],
  [{ status: 503 }, "retried"],
];

export function describeAnswers(name: string, start: Start): void {
  for (const order of ["ordered", "unordered"] as const) {
    test.each(ANSWERS)(`${name}, ${order}: the answer %j is %s`, async (answer, fate) => {
      const subscriber = subscriberOf((_event, attempt) => (attempt === 1 ? answer : accepted));
      const { broker, clock } = await start(subscriber, { order });

      await broker.publish(eventOf(1));
      await until(() => lagOf(broker) === 0 || waitOf(broker) !== undefined);
      expect(waitOf(broker)?.reason).toBe(fate === "retried" ? String(answer.status) : undefined);
      // Retry-After does not count.
      clock.advance(1000);
      await settled(broker);

      expect(subscriber.ids.length).toBe(fate === "retried" ? 2 : 1);
      expect((await broker.deadLetters.list({ limit: 9 })).map(({ reason }) => reason)).toEqual(
        fate === "dead" ? [String(answer.status)] : [],
      );
      expect(broker.status().triggers[0]).toMatchObject({
        handled: fate === "dead" ? 0 : 1,
        retries: fate === "retried" ? 1 : 0,
        deadLetters: fate === "dead" ? 1 : 0,
      });
    });

    test.each([
      ["linear", "PT0.2S", [200, 400, 600]],
      ["exponential", "PT0.2S", [400, 800, 1600]],
    ] as const)(
      `${name}, ${order}: %s backoff of %s waits %j ms, then gives up`,
      async (backoffPolicy, backoffDelay, waits) => {
        const subscriber = subscriberOf(() => ({ status: 503 }));
        const delivery = { retry: 3, backoffPolicy, backoffDelay, timeout: "PT30S" };
        const { broker, clock } = await start(subscriber, { order, delivery });

        await broker.publish(eventOf(1));
        for (const [i, wait] of waits.entries()) {
          await until(() => waitOf(broker) !== undefined);
          expect(waitOf(broker)).toEqual({ until: clock.now() + wait, reason: "503" });
          clock.advance(wait - 1);
          await quiet();
          expect(subscriber.ids.length).toBe(i + 1);
          clock.advance(1);
          await until(() => subscriber.ids.length === i + 2);
        }
        await settled(broker);

        expect(await broker.deadLetters.list({ limit: 9 })).toMatchObject([
          { trigger: "step", reason: "503", time: clock.now() },
        ]);
        expect(broker.status()).toMatchObject({
          deadLetters: 1,
          triggers: [{ retries: 3, deadLetters: 1, handled: 0 }],
        });
      },
    );

    test(`${name}, ${order}: an attempt without an answer in time has failed, and its answer is nobody's later`, async () => {
      const late = gate<Answer>();
      const subscriber = subscriberOf((event, attempt) =>
        attempt === 1 ? late.promise : { status: 200, event: replyTo(event) },
      );
      const { broker, clock } = await start(subscriber, { order });
      const replies: Event[] = [];
      broker.tap((event) => void (event.type === "a" || replies.push(event)));

      await broker.publish(eventOf(1));
      await until(() => subscriber.ids.length === 1);
      clock.advance(29_999);
      await quiet();
      expect(waitOf(broker)).toBeUndefined();
      clock.advance(1);
      expect(waitOf(broker)?.reason).toBe("timeout");
      late.resolve({ status: 200, event: replyTo(eventOf("late")) });
      clock.advance(1000);
      await settled(broker);
      await quiet();

      expect(replies.map(({ id }) => id)).toEqual(["1"]);
      expect(broker.status().triggers[0]).toMatchObject({ handled: 1, retries: 1, inFlight: 0 });
    });

    test(`${name}, ${order}: where no attempt is answered, the dead letter bears no status`, async () => {
      const subscriber = subscriberOf(() => Promise.reject(new Error("connection refused")));
      const delivery = { ...triggerOf().delivery, retry: 0 };
      const { broker } = await start(subscriber, { order, delivery });

      await broker.publish(eventOf(1));
      await settled(broker);

      const [letter] = await broker.deadLetters.list({ limit: 1 });
      expect(letter).toMatchObject({ reason: "transport", event: { knativeerrordest: "http://step.test/" } });
      expect(letter?.event).not.toHaveProperty("knativeerrorcode");
      expect(letter?.event).not.toHaveProperty("knativeerrordata");
    });
  }

  test(`${name}: a dead letter is the event with destination, status, 1024 bytes of the body and the kne- headers`, async () => {
    const headers = { "content-type": "text/plain", "kne-wadireason": "schema", "kne-step": "7", "kne-no-name": "x" };
    const subscriber = subscriberOf(() => ({ status: 422, headers, body: "é".repeat(1000) }));
    const { broker } = await start(subscriber);

    await broker.publish(eventOf(1));
    await settled(broker);

    const letters = await broker.deadLetters.list({ limit: 9 });
    expect(letters.map((letter) => ({ ...letter, event: bare(letter.event) }))).toEqual([
      {
        number: 1,
        trigger: "step",
        time: expect.any(Number),
        reason: "schema",
        event: {
          ...eventOf(1),
          knativeerrordest: "http://step.test/",
          knativeerrorcode: "422",
          knativeerrordata: Buffer.from("é".repeat(512)).toString("base64"),
          wadireason: "schema",
          step: "7",
        },
      },
    ]);
  });

  test(`${name}: dead letters come newest first, as many as are asked for`, async () => {
    const { broker } = await start(
      subscriberOf(() => ({ status: 400 })),
      { order: "ordered" },
    );

    for (const id of [1, 2, 3]) await broker.publish(eventOf(id));
    await settled(broker);

    expect((await broker.deadLetters.list({ limit: 2 })).map(({ event }) => event.id)).toEqual(["3", "2"]);
  });
}
