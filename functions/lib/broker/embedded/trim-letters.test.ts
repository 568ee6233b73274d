// Dead letters have a budget of their own: neither do they push the events out, nor do they fill the disk.

import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import type { Log } from "../../telemetry/log.ts";
import {
  accepted,
  eventOf,
  gate,
  journalFile,
  quiet,
  settled,
  subscriberOf,
  syncAtOnce,
  triggerOf,
} from "../broker-under-test.contract.ts";
import { createEmbeddedBroker } from "./embedded.ts";
import { openJournal } from "./journal.ts";

const BYTES = 1_000_000;
const MINUTE = 60_000;

/** A broker that gives up every event whose id begins with "bad". */
function open(path = ":memory:", bytes = BYTES, first: Promise<unknown> = Promise.resolve()) {
  const journal = openJournal(path, syncAtOnce);
  const clock = manualClock();
  const said: { deadLetters: number }[] = [];
  const warn = (fields: { deadLetters?: number }) => {
    if (fields.deadLetters !== undefined) said.push({ deadLetters: fields.deadLetters });
  };
  const subscriber = subscriberOf(async ({ id }) => {
    await first;
    return id.startsWith("bad") ? { status: 422 } : accepted;
  });
  const broker = createEmbeddedBroker(journal, {
    path,
    clock,
    log: { error() {}, warn, info() {} } as unknown as Log,
    triggers: [{ trigger: triggerOf({ order: "ordered" }), subscriber }],
    retention: { logMs: 1e12, deadLetterMs: 1e12, bytes },
  });
  onTestFinished(() => broker.stop());
  const send = async (count: number, prefix: string, length: number) => {
    for (let i = 0; i < count; i++) void broker.publish(eventOf(`${prefix}-${i}`, { data: "x".repeat(length) }));
    await quiet();
  };
  const put = async (...events: Parameters<typeof send>) => {
    await send(...events);
    await settled(broker);
  };
  const trimmed = async () => {
    clock.advance(MINUTE);
    await quiet();
  };
  const kept = () => journal.readPage(0, journal.tail(), () => true, undefined).entries.length;
  const letters = async () => (await broker.deadLetters.list({ limit: 1000 })).map(({ event }) => event.id);
  return { journal, broker, send, put, trimmed, kept, letters, said };
}

test("many large dead letters leave the events their half, and lose their own oldest", async () => {
  const { journal, broker, put, trimmed, letters } = open();
  await put(300, "good", 300);
  await put(300, "bad", 20_000);
  await put(300, "good", 300);

  await trimmed();
  await trimmed();

  const left = await letters();
  expect(left.length).toBeLessThan(30);
  expect(left).toEqual(Array.from({ length: left.length }, (_, i) => `bad-${299 - i}`));
  expect(journal.letters.bytes).toBeGreaterThan(0.9 * (BYTES / 2));
  expect(journal.letters.bytes).toBeLessThanOrEqual(BYTES / 2);
  expect(broker.status()).toMatchObject({ deadLetters: left.length, deadLettersDropped: 300 - left.length });
});

test("events stay where only the letters are too large", async () => {
  const { journal, trimmed, kept, put } = open(":memory:", 2_000_000);
  await put(100, "good", 300);
  const events = kept();
  const row = { attributes: JSON.stringify(eventOf("bad")), data: null, size: 200 };
  // More than one turn may delete: the events are not to pay for what is left of them.
  journal.write((writer) => {
    for (let i = 0; i < 20_000; i++) writer.deadLetter(1, { trigger: "step", reason: "r", subject: `${i}`, row });
  });
  expect(journal.letters.bytes).toBeGreaterThan(4_000_000);

  await trimmed();

  expect(kept()).toBe(events);
  expect(journal.letters.bytes).toBeLessThanOrEqual(1_000_000);
});

test("a backlog that is given up is looked at on the way, though nothing new comes and no minute is over", async () => {
  const wait = gate();
  const { broker, send, trimmed, journal } = open(":memory:", BYTES, wait.promise);
  await send(1500, "bad", 2000);
  await trimmed();

  wait.resolve();
  await settled(broker);
  await quiet();

  expect(broker.status().deadLettersDropped).toBeGreaterThan(0);
  expect(journal.letters.bytes).toBeLessThan(1500 * 2000);
});

test("more of them than go in one turn go in several", async () => {
  const { journal, trimmed } = open();
  const row = { attributes: JSON.stringify(eventOf("bad")), data: "x".repeat(500_000), size: 500_000 };
  journal.write((writer) => {
    for (let i = 0; i < 200; i++) writer.deadLetter(1, { trigger: "step", reason: "r", subject: `${i}`, row });
  });

  await trimmed();

  expect(journal.letters.count).toBe(0);
});

test("it is said once a trim how many were dropped", async () => {
  const { put, trimmed, said, broker } = open();
  await put(100, "bad", 20_000);

  await trimmed();
  expect(said).toEqual([{ deadLetters: broker.status().deadLettersDropped }]);
  await trimmed();
  expect(said.length).toBe(1);
});

test("letters within their budget stay, and nothing is said", async () => {
  const { put, trimmed, said, letters, broker } = open();
  await put(20, "bad", 10_000);

  await trimmed();

  expect((await letters()).length).toBe(20);
  expect(broker.status().deadLettersDropped).toBe(0);
  expect(said).toEqual([]);
});

test("what letters take is known again after a restart, and follows what is sent again, dropped and undone", async () => {
  const path = journalFile();
  const first = open(path);
  await first.put(10, "bad", 5000);
  const { bytes } = first.journal.letters;
  await first.broker.stop();

  const { journal, broker } = open(path);
  expect(journal.letters).toEqual({ count: 10, bytes });
  await broker.deadLetters.drop([1, 2]);
  expect(journal.letters).toEqual({ count: 8, bytes: bytes * 0.8 });
  expect(() =>
    journal.write((writer) => {
      writer.removeDeadLetter(3);
      throw new Error("the disk is full");
    }),
  ).toThrow("the disk is full");
  expect(journal.letters).toEqual({ count: 8, bytes: bytes * 0.8 });
  expect((await broker.deadLetters.list({ limit: 99 })).length).toBe(8);
});
