// What is done to many dead letters by one call is done whole, or not at all.

import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import {
  accepted,
  eventOf,
  journalFile,
  lagOf,
  quiet,
  settled,
  subscriberOf,
  triggerOf,
} from "../broker-under-test.contract.ts";
import { createEmbeddedBroker } from "./embedded.ts";
import { Journal } from "./journal.ts";
import { openJournalFile } from "./journal-file.ts";

/** Three events were given up; from now on they would be accepted. */
async function threeLetters() {
  const path = journalFile();
  const db = openJournalFile(path);
  let status = 422;
  const subscriber = subscriberOf(() => (status === 202 ? accepted : { status }));
  const options = { path, clock: manualClock(), triggers: [{ trigger: triggerOf(), subscriber }] };
  const broker = createEmbeddedBroker(new Journal(db, path), options);
  onTestFinished(() => broker.stop());
  for (const id of [1, 2, 3]) await broker.publish(eventOf(id));
  await settled(broker);
  status = 202;
  subscriber.ids.length = 0;
  const numbers = async () => (await broker.deadLetters.list({ limit: 9 })).map(({ number }) => number);
  return { db, broker, subscriber, numbers };
}

test.each(["redrive", "drop"] as const)("%s: where the journal cannot take it, nothing is done", async (deed) => {
  const { db, broker, subscriber, numbers } = await threeLetters();
  db.exec(
    "CREATE TRIGGER refuse BEFORE DELETE ON dead_letters WHEN old.number = 3 BEGIN SELECT raise(FAIL, 'no'); END",
  );

  await expect(broker.deadLetters[deed]([1, 2, 3])).rejects.toMatchObject({ code: "journal-unavailable" });
  await quiet();

  expect(await numbers()).toEqual([3, 2, 1]);
  expect(broker.status()).toMatchObject({ deadLetters: 3 });
  expect(subscriber.ids).toEqual([]);
  db.exec("DROP TRIGGER refuse");
  expect(await broker.deadLetters[deed]([1, 2, 3])).toBe(3);
});

test("where one of them cannot be read, none is sent again", async () => {
  const { db, broker, subscriber, numbers } = await threeLetters();
  db.exec("UPDATE dead_letters SET attributes = '{' WHERE number = 2");

  await expect(broker.deadLetters.redrive([1, 2, 3])).rejects.toMatchObject({ code: "journal-unavailable" });
  await quiet();

  expect(subscriber.ids).toEqual([]);
  expect(lagOf(broker)).toBe(0);
  expect(broker.status()).toMatchObject({ deadLetters: 3 });
  expect(await broker.deadLetters.redrive([1, 3])).toBe(2);
  expect(await broker.deadLetters.drop([2])).toBe(1);
  expect(await numbers()).toEqual([]);
});
