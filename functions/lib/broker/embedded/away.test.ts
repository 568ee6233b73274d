// A journal that somebody takes away while it is open: what is written there is on no disk, so nothing is promised.

import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { UnavailableError } from "../../errors.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Answer } from "../broker.ts";
import {
  accepted,
  eventOf,
  gate,
  journalFile,
  lagOf,
  quiet,
  settled,
  subscriberOf,
  triggerOf,
} from "../broker-under-test.contract.ts";
import { openEmbeddedBroker } from "./embedded.ts";
import { open } from "./under-test.contract.ts";

const AWAY = (path: string) => `the journal ${path} was taken away while it was open; restart Wadi on its data folder`;
const ORDERS = ["ordered", "unordered"] as const;

test.each<[what: string, take: (path: string) => void]>([
  ["removed with its folder", (path) => rmSync(dirname(path), { recursive: true })],
  ["removed", (path) => rmSync(path)],
  ["moved", (path) => renameSync(path, `${path}.bak`)],
  [
    "replaced by another one",
    (path) => {
      // While the first one lies beside it, its number is not given to another file.
      renameSync(path, `${path}.bak`);
      writeFileSync(path, "");
    },
  ],
])("a journal that was %s takes nothing from a second later, and says what to do", async (_what, take) => {
  const path = journalFile();
  const { broker, clock, subscriber } = await open({ path });
  await broker.publish(eventOf(1));
  await settled(broker);

  take(path);
  clock.advance(1000);
  const refusal = await broker.publish(eventOf(2)).catch((error) => error);
  await quiet();

  expect(refusal).toBeInstanceOf(UnavailableError);
  expect(refusal).toMatchObject({ code: "journal-unavailable", message: AWAY(path) });
  await expect(broker.check()).rejects.toBe(refusal);
  expect(subscriber.ids).toEqual(["1"]);
  expect(broker.status().received).toBe(1);
  mkdirSync(dirname(path), { recursive: true });
});

for (const order of ORDERS) {
  test(`${order}: while it is away nothing is delivered, neither what waits nor what failed; when it is back, all is, once`, async () => {
    const path = journalFile();
    const under = gate<Answer>();
    const answers = new Map<string, Promise<Answer> | Answer>([
      ["under way", under.promise],
      ["failed", { status: 503 }],
    ]);
    const subscriber = subscriberOf(({ id }, attempt) => (attempt === 1 ? (answers.get(id) ?? accepted) : accepted));
    const trigger = triggerOf({ order, concurrency: 2 });
    const { broker, clock } = await open({ path, triggers: [{ trigger, subscriber }] });
    for (const id of ["under way", "failed", "waits"]) await broker.publish(eventOf(id));
    await quiet();
    expect(subscriber.ids).toEqual(["under way", "failed"]);

    renameSync(path, `${path}.bak`);
    clock.advance(999);
    await expect(broker.check()).rejects.toThrow(AWAY(path));
    under.resolve(accepted);
    for (let second = 0; second < 5; second++) {
      clock.advance(1000);
      await quiet();
    }
    expect(subscriber.ids).toEqual(["under way", "failed"]);
    expect(lagOf(broker)).toBe(3);

    renameSync(`${path}.bak`, path);
    for (let second = 0; second < 5; second++) {
      clock.advance(1000);
      await quiet();
    }
    await settled(broker);

    // What was under way comes again where its outcome could not be written; a slow disk may still have been at it.
    const again = new Set(subscriber.ids.slice(2));
    expect([...again.add("under way")].sort()).toEqual(["failed", "under way", "waits"]);
    expect(subscriber.ids.length).toBeLessThanOrEqual(5);
    await expect(broker.check()).resolves.toBeUndefined();
    await broker.publish(eventOf("after"));
    await settled(broker);
    expect(broker.status()).toMatchObject({ received: 4, deadLetters: 0, triggers: [{ handled: 4 }] });
  });
}

test("that it is away is said once, and so is that it is back", async () => {
  const path = journalFile();
  const said: string[] = [];
  const say = (_: unknown, message: string) => void said.push(message);
  const { broker, clock } = await open({ path, log: { error: say, warn: say, info: say } as unknown as Log });

  renameSync(path, `${path}.bak`);
  for (let second = 0; second < 3; second++) {
    clock.advance(1000);
    await broker.publish(eventOf(1)).catch(() => {});
    await broker.check().catch(() => {});
  }
  renameSync(`${path}.bak`, path);
  clock.advance(3000);
  await broker.publish(eventOf(1));

  expect(said).toEqual([AWAY(path), "the journal can be written again"]);
});

test("dead letters are neither sent again nor dropped while the journal is away", async () => {
  const path = journalFile();
  const subscriber = subscriberOf(() => ({ status: 422 }));
  const { broker, clock } = await open({ path, triggers: [{ trigger: triggerOf(), subscriber }] });
  await broker.publish(eventOf(1));
  await settled(broker);

  renameSync(path, `${path}.bak`);
  clock.advance(1000);

  await expect(broker.deadLetters.redrive([1])).rejects.toThrow(AWAY(path));
  await expect(broker.deadLetters.drop([1])).rejects.toThrow(AWAY(path));
  renameSync(`${path}.bak`, path);
  clock.advance(1000);
  expect(await broker.deadLetters.drop([1])).toBe(1);
});

test("a broker whose journal is away stops as any other", async () => {
  const path = journalFile();
  const clock = manualClock();
  const triggers = [{ trigger: triggerOf(), subscriber: subscriberOf() }];
  const broker = await openEmbeddedBroker({ path, triggers, clock });
  await broker.publish(eventOf(1));
  rmSync(path);
  clock.advance(1000);

  await expect(broker.stop()).resolves.toBeUndefined();
});

test("a journal in memory is always there", async () => {
  const { broker, clock } = await open();

  clock.advance(5000);
  await broker.publish(eventOf(1));

  await expect(broker.check()).resolves.toBeUndefined();
});

test("between two looks nothing is asked of the file system, however much is published", async () => {
  const path = journalFile();
  const { broker, clock, subscriber } = await open({ path });

  renameSync(path, `${path}.bak`);
  for (let id = 0; id < 50; id++) await broker.publish(eventOf(id));
  clock.advance(999);
  await settled(broker);

  // Nobody looked, so nobody knew.
  expect(subscriber.ids.length).toBe(50);
  onTestFinished(() => rmSync(`${path}.bak`, { force: true }));
});
