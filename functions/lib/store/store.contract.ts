// What holds for every driver of the store. A driver's test calls `describeStore`.

import { expect, test } from "vitest";
import { UnavailableError } from "../errors.ts";
import { describeGenerations } from "./generations.contract.ts";
import { describeJoinCounts } from "./join-counts.contract.ts";
import { describeJoinWaits } from "./join-waits.contract.ts";
import { describeJoins } from "./joins.contract.ts";
import { describeModels } from "./models.contract.ts";
import { describeMoves } from "./moves.contract.ts";
import { describeReservations } from "./reservations.contract.ts";
import { describeSnapshots } from "./snapshots.contract.ts";
import type { Activity, Store } from "./store.ts";
import { commitOf, type MakeStore, openUnderTest } from "./store-under-test.contract.ts";
import { describeTails } from "./tails.contract.ts";

export function describeStore(name: string, make: MakeStore): void {
  describeModels(name, make);
  describeTails(name, make);
  describeGenerations(name, make);
  describeSnapshots(name, make);
  describeMoves(name, make);
  describeReservations(name, make);
  describeJoins(name, make);
  describeJoinCounts(name, make);
  describeJoinWaits(name, make);

  const happening = (n: number) => ({ time: 1_700_000_000_000 + n, kind: "k", pipeline: "p", detail: `no. ${n}` });

  /** No call tells when a happening is written, so it is polled for; the test's time limit ends it. */
  async function untilLast(activity: Activity, n: number): Promise<void> {
    while ((await activity.tail(1))[0]?.detail !== happening(n).detail) await new Promise(setImmediate);
  }

  test(`${name}: the activity lists the newest first, as many as are asked for, on every handle`, async () => {
    const { activity, another } = await openUnderTest(make);
    expect(await activity.tail(9)).toEqual([]);

    for (const n of [1, 2, 3]) activity.append(happening(n));
    await untilLast(activity, 3);

    expect(await activity.tail(9)).toEqual([3, 2, 1].map(happening));
    expect(await (await another()).activity.tail(2)).toEqual([3, 2].map(happening));
  });

  test(`${name}: the activity is capped`, async () => {
    const { activity } = await openUnderTest(make);

    for (let n = 1; n <= 1500; n++) activity.append(happening(n));
    await untilLast(activity, 1500);

    const tail = await activity.tail(5000);
    expect(tail.length).toBeGreaterThanOrEqual(1000);
    expect(tail.length).toBeLessThan(1500);
    expect(tail[999]).toEqual(happening(501));
  });

  test(`${name}: an open store passes its check; once closed everything is unavailable, and closing again does nothing`, async () => {
    const store = await openUnderTest(make);
    await expect(store.check()).resolves.toBeUndefined();

    await store.close();
    await store.close();

    const calls: readonly ((from: Store) => Promise<unknown>)[] = [
      ({ check }) => check(),
      ({ models }) => models.load("a"),
      ({ models }) => models.commit("a", commitOf()),
      ({ joins }) => joins.read("p", "k"),
      ({ joins }) => joins.putLabel({ pipeline: "p", key: "k", eventId: "l", recordedTime: 0, y: 1 }),
      ({ activity }) => activity.tail(1),
    ];
    for (const call of calls) await expect(call(store)).rejects.toBeInstanceOf(UnavailableError);
    expect(() => store.activity.append(happening(1))).not.toThrow();
  });

  test(`${name}: calls that were made before closing are carried out`, async () => {
    const { models, close } = await openUnderTest(make);
    const commit = models.commit("a", commitOf());

    await close();

    await expect(commit).resolves.toEqual({ outcome: "committed", version: 1 });
  });
}
