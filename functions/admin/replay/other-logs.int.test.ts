// Two processes on one Redis, each with a log of its own: what one replays lacks what the other took.

import { afterEach, describe, expect, test, vi } from "vitest";
import { hasRedisServer, startRedis } from "../../lib/store/fixtures/redis-server.ts";
import type { LocalWadi } from "../../local/start.ts";
import {
  cleanUp,
  observation,
  outcomeOf,
  settled,
  startHere,
  temporaryFolder,
} from "../../local/wadi-under-test.contract.ts";
import { ended, replaysOf, sendAll } from "./replay-under-test.contract.ts";

vi.setConfig({ testTimeout: 60_000 });
afterEach(cleanUp);

const observations = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => observation(from + i, true));

/** Two Wadis that share a Redis; the first has taken ten observations, the second five others. */
async function two(): Promise<readonly [LocalWadi, LocalWadi]> {
  const store = (await startRedis()).address();
  const [here, there] = [await startHere(temporaryFolder(), { store }), await startHere(temporaryFolder(), { store })];
  await sendAll(here, observations(0, 10));
  await sendAll(there, observations(10, 15));
  await Promise.all([settled(here), settled(there)]);
  return [here, there];
}

describe.runIf(hasRedisServer)("two logs of one store", { tags: ["redis"] }, () => {
  test("a promotion that would lose the other log's examples is refused until that log was replayed, too", async () => {
    const [here, there] = await two();
    const logs = await here.store.agreement.logs();
    const other = logs.find(({ id }) => id !== here.ownLog);
    const request = { pipeline: "flights", into: "again" };

    const refused = await ended(replaysOf(here), { ...request, promote: true });
    const before = await here.store.models.load("flights");
    const unheld = await ended(replaysOf(there), request);
    const promoted = await ended(replaysOf(here), { ...request, promote: true });

    expect(logs).toHaveLength(2);
    expect(refused).toMatchObject({ state: "failed", promoted: false });
    expect(refused.failure).toMatch(/again lacks 5 examples that the generation in force has learned, so nothing/);
    expect(refused.failure).toContain(other?.where);
    expect(refused.failure).toMatch(/run this replay without --promote at each.*redis-cli DEL wadi:logs/s);
    expect(before.generation).toBe("1");
    expect(unheld.state).toBe("done");
    expect(promoted).toMatchObject({ state: "done", promoted: true });
    expect((await here.store.models.head("flights")).generation).toBe("again");
    expect(await outcomeOf(here)).toMatchObject({ count: 15, learned: 15 });
  });

  test("a log that is gone for good can be given up: the store forgets it, and this one is put in force", async () => {
    const redis = await startRedis();
    const gone = await startHere(temporaryFolder(), { store: redis.address() });
    await sendAll(gone, observations(10, 15));
    await settled(gone);
    await gone.stop();
    const here = await startHere(temporaryFolder(), { store: redis.address() });
    await sendAll(here, observations(0, 10));
    await settled(here);

    redis.cli("DEL", "wadi:logs");
    const promoted = await ended(replaysOf(here), { pipeline: "flights", into: "again", promote: true });

    expect(promoted).toMatchObject({ state: "done", promoted: true });
    expect(await outcomeOf(here)).toMatchObject({ count: 10, learned: 10 });
  });
});
