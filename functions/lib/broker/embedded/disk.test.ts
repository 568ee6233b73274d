// The journal on a disk that takes its time, or fails.

import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import type { SyncLog } from "../../write-ahead-log.ts";
import { eventOf, journalFile, lagOf, quiet, replyTo, subscriberOf, triggerOf } from "../broker-under-test.contract.ts";
import { createEmbeddedBroker } from "./embedded.ts";
import { Journal } from "./journal.ts";
import { openJournalFile } from "./journal-file.ts";

/** A broker whose disk answers when it is told to. */
function open(subscriber = subscriberOf()) {
  const asked: ((error: Error | null) => void)[] = [];
  const sync: SyncLog = (_fd, done) => void asked.push(done);
  const path = journalFile();
  const db = openJournalFile(path);
  const clock = manualClock();
  const triggers = [{ trigger: triggerOf({ order: "ordered", concurrency: 10 }), subscriber }];
  const broker = createEmbeddedBroker(new Journal(db, path, sync), { path, clock, triggers, graceMs: 0 });
  let isAnswering = false;
  const answer = async (error: Error | null = null) => {
    asked.shift()?.(error);
    await quiet();
  };
  onTestFinished(async () => {
    isAnswering = true;
    const stopped = broker.stop();
    clock.advance(0);
    while (isAnswering && (await Promise.race([stopped, answer().then(() => "not yet")])) === "not yet");
  });
  const told: string[] = [];
  const publish = (id: string) => {
    broker.publish(eventOf(id)).then(
      () => told.push(id),
      (error: Error) => told.push(`${id}: ${error.message}`),
    );
    return quiet();
  };
  return { broker, db, clock, subscriber, asked, answer, publish, told };
}

test("publishers are told, and events are delivered, once the disk has answered; what comes meanwhile is its next work", async () => {
  const { subscriber, asked, answer, publish, told } = open();

  await publish("a");
  expect([asked.length, told, subscriber.ids]).toEqual([1, [], []]);
  await publish("b");
  await publish("c");
  expect(asked.length).toBe(1);
  await answer();

  expect([asked.length, told, subscriber.ids]).toEqual([1, ["a"], ["a"]]);
  await answer();
  expect([told, subscriber.ids]).toEqual([
    ["a", "b", "c"],
    ["a", "b", "c"],
  ]);
});

test("who follows the log reads no further than the disk has it", async () => {
  const { broker, answer, publish } = open();
  await publish("a");

  expect(await broker.log.end()).toEqual([1]);
  await answer();

  expect(await broker.log.end()).toEqual([2]);
});

test("where the disk fails once the log is moved into its file, and nobody hears of it", async () => {
  const { broker, asked, answer, publish, told, subscriber } = open();
  await publish("a");

  await answer(new Error("the disk does not answer"));

  expect([told, subscriber.ids]).toEqual([["a"], ["a"]]);
  while (asked.length > 0) await answer();
  expect(lagOf(broker)).toBe(0);
});

test("while the disk goes on failing publishers hear so, and nothing is delivered; then each event is there once", async () => {
  const { broker, db, asked, answer, publish, told, subscriber } = open();
  const { prepare } = db;
  const broken = (sql: string) => {
    if (sql.includes("wal_checkpoint")) throw new Error("disk I/O error");
    return prepare.call(db, sql);
  };
  await publish("a");
  Object.assign(db, { prepare: broken });

  await answer(new Error("disk I/O error"));
  await publish("b");
  expect(told.map((line) => line.slice(0, 2))).toEqual(["a:", "b:"]);
  expect(told[1]).toContain("cannot be written: disk I/O error");
  expect(subscriber.ids).toEqual([]);
  await expect(broker.check()).rejects.toThrow("disk I/O error");

  Object.assign(db, { prepare });
  await publish("c");
  while (asked.length > 0) await answer();
  expect(subscriber.ids).toEqual(["a", "c"]);
  expect(told.at(-1)).toBe("c");
  await expect(broker.check()).resolves.toBeUndefined();
});

test("a reply and the settling of its cause are told together, after the disk's answer", async () => {
  const { broker, answer, publish } = open(subscriberOf((event) => ({ status: 200, event: replyTo(event, "b") })));
  const appended: string[] = [];
  broker.tap(({ type }) => void appended.push(type));
  await publish("a");
  await answer();
  expect([lagOf(broker), appended.length]).toEqual([1, 1]);

  await answer();

  expect(appended.at(-1)).toBe("b");
});

test("a step that settles faster than the disk writes is halted, so that memory holds no backlog", async () => {
  const { broker, subscriber, answer } = open();
  const events = Array.from({ length: 3000 }, (_, i) => eventOf(String(i)));
  void broker.publishAll(events);
  await quiet();
  await answer();
  for (let turn = 0; turn < 50; turn++) await quiet();

  // 256 wait for the disk, 10 are under way, and as many were handed out in the turn in which that was seen.
  expect(subscriber.ids.length).toBeLessThanOrEqual(256 + 10 + 256);
});

test("stopping waits for the disk", async () => {
  const { broker, clock, answer, publish, told } = open();
  await publish("a");
  let isStopped = false;
  void broker.stop().then(() => {
    isStopped = true;
  });
  clock.advance(0);
  await quiet();
  expect([isStopped, told]).toEqual([false, []]);

  await answer();

  expect([isStopped, told]).toEqual([true, ["a"]]);
});

test("an event is counted in one place: it waits for its trigger until the disk has its dead letter", async () => {
  const { broker, answer, publish } = open(subscriberOf(() => ({ status: 422 })));
  const counted = () => [lagOf(broker), broker.status().deadLetters];
  await publish("a");
  await answer();
  expect(counted()).toEqual([1, 0]);

  await answer();

  expect(counted()).toEqual([0, 1]);
});
