// What every broker's dead letters can do: be looked at, be sent again once, be dropped.

import { expect, test } from "vitest";
import type { Start } from "./answers.contract.ts";
import type { Answer } from "./broker.ts";
import { accepted, bare, eventOf, settled, subscriberOf } from "./broker-under-test.contract.ts";

const refusal = (reason: string): Answer => ({ status: 422, headers: { "kne-wadireason": reason }, body: "no" });

export function describeDeadLetters(name: string, start: Start): void {
  /** Events 1 to 4 were given up: odd ones for `schema`, even ones for `subject-taken`; a second apart. */
  async function fourLetters() {
    let answer = (id: number) => refusal(id % 2 === 1 ? "schema" : "subject-taken");
    const subscriber = subscriberOf((event) => answer(Number(event.id)));
    const { broker, clock, remote } = await start(subscriber);
    const begun = clock.now();
    for (const id of [1, 2, 3, 4]) {
      await broker.publish(eventOf(id, { subject: `s${id}`, data: { id }, pipeline: id > 2 ? "late" : "early" }));
      await settled(broker);
      clock.advance(1000);
    }
    const listed = async (query: object) =>
      (await broker.deadLetters.list({ limit: 9, ...query })).map(({ event }) => event.id).join();
    const mend = () => {
      answer = () => accepted;
    };
    /** Kafka's headers are text. */
    const times = (count: number) => (remote ? String(count) : count);
    return { broker, subscriber, begun, listed, mend, times };
  }

  test(`${name}: dead letters are found by reason, trigger, subject and time, from either end, page by page`, async () => {
    const { broker, begun, listed } = await fourLetters();

    expect(await listed({})).toBe("4,3,2,1");
    expect(await listed({ first: "oldest" })).toBe("1,2,3,4");
    expect(await listed({ reason: "schema" })).toBe("3,1");
    expect(await listed({ trigger: "step", subject: "s2" })).toBe("2");
    expect(await listed({ trigger: "other" })).toBe("");
    expect(await listed({ pipeline: "early" })).toBe("2,1");
    expect(await listed({ pipeline: "late", reason: "schema" })).toBe("3");
    expect(await listed({ pipeline: "other" })).toBe("");
    expect(await listed({ since: begun + 1000, until: begun + 3000 })).toBe("3,2");
    const [newest] = await broker.deadLetters.list({ limit: 1 });
    expect(await listed({ after: newest?.number })).toBe("3,2,1");
    const [oldest] = await broker.deadLetters.list({ first: "oldest", limit: 1 });
    expect(await listed({ first: "oldest", after: oldest?.number, limit: 2 })).toBe("2,3");
    expect(await broker.deadLetters.get(newest?.number ?? 0)).toEqual(newest);
    expect(await broker.deadLetters.get(4711)).toBeUndefined();
  });

  test(`${name}: what is sent again comes as it was, once, with the count of it, and has left the dead letters`, async () => {
    const { broker, subscriber, listed, mend, times } = await fourLetters();
    const [last] = await broker.deadLetters.list({ limit: 1 });
    mend();

    const both = [last?.number ?? 0, last?.number ?? 0];
    const [first, second] = await Promise.all([broker.deadLetters.redrive(both), broker.deadLetters.redrive(both)]);
    await settled(broker);

    expect(first + second).toBe(1);
    expect(subscriber.ids).toEqual(["1", "2", "3", "4", "4"]);
    const expected = { ...eventOf(4, { subject: "s4", data: { id: 4 }, pipeline: "late" }), redriven: times(1) };
    expect(bare(subscriber.events.at(-1))).toEqual(expected);
    expect(await listed({})).toBe("3,2,1");
    expect(broker.status().deadLetters).toBe(3);
  });

  test(`${name}: what fails once more is a dead letter once more, and says how often it was sent again`, async () => {
    const { broker, listed, times } = await fourLetters();

    for (const _time of [1, 2]) {
      const [last] = await broker.deadLetters.list({ limit: 1, subject: "s1" });
      await broker.deadLetters.redrive([last?.number ?? 0]);
      await settled(broker);
    }

    expect(await listed({})).toBe("1,4,3,2");
    const [again] = await broker.deadLetters.list({ limit: 1 });
    expect(again?.event).toMatchObject({ id: "1", redriven: times(2), knativeerrorcode: "422" });
    expect(broker.status().deadLetters).toBe(4);
  });

  test(`${name}: what is dropped is gone, and what is not there is passed over`, async () => {
    const { broker, subscriber, listed } = await fourLetters();
    const numbers = (await broker.deadLetters.list({ limit: 2 })).map(({ number }) => number);

    expect(await broker.deadLetters.drop([...numbers, 4711])).toBe(2);
    expect(await broker.deadLetters.redrive(numbers)).toBe(0);

    expect(await listed({})).toBe("2,1");
    expect(broker.status().deadLetters).toBe(2);
    expect(subscriber.ids.length).toBe(4);
  });
}
