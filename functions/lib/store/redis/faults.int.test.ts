// Every way in which the way to a Redis can be unwell, done to a real one: what is asked is answered quickly, with the
// cure; what was acknowledged is there; and it goes on by itself.

import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../../free-port.ts";
import { counted, countedIn, learnIds } from "../fixtures/counter.ts";
import { addressOf, hasRedisServer, pause, startRedis } from "../fixtures/redis-server.ts";
import { proxyBefore } from "../fixtures/tcp-proxy.ts";
import { ids, observe, open, refusalOf, untilAnswered } from "../fixtures/unwell-redis.ts";
import { commitOf, newRevision } from "../store-under-test.contract.ts";

describe.runIf(hasRedisServer)("a Redis that is hard to reach", { tags: ["redis"] }, () => {
  test("that is not there lets the store open, is named with the cure, and is taken up when it comes", async () => {
    const port = await freePort();
    const store = open(addressOf(port));

    const refused = await refusalOf(store.models.head("a"));
    const checked = await refusalOf(store.check());

    expect(refused.message).toMatch(`redis://127.0.0.1:${port} cannot be used: nobody listens there; start it`);
    expect(checked.message).toBe(refused.message);
    await startRedis("--port", String(port));
    await untilAnswered(() => store.check());
    expect(await store.models.commit("a", commitOf())).toEqual({ outcome: "committed", version: 1 });
  });

  test("whose host nobody knows is named with the cure", async () => {
    const store = open({ ...addressOf(1), nodes: [{ host: "nowhere.invalid", port: 6379 }] });

    expect((await refusalOf(store.check())).message).toMatch(/that host is not known; correct the address/);
  });

  test("that loses the answer to a commit is asked again, and the commit is recognised: it is made once", async () => {
    const redis = await startRedis();
    const proxy = await proxyBefore(redis.port);
    const store = open(addressOf(proxy.port));
    const first = commitOf({ state: "1", ids: ids(1) });
    await store.models.commit("a", first);
    const commit = commitOf({ expectedRevision: first.revision, state: "2", ids: ids(2, 3), history: "{}" });
    const lost = proxy.loseAnswerOf(commit.revision);

    const answer = store.models.commit("a", commit);
    await lost;

    expect(await answer).toEqual({ outcome: "committed", version: 2 });
    expect(await store.models.load("a")).toMatchObject({ version: 2, revision: commit.revision, state: "2" });
    expect(await store.models.history("a", 9)).toHaveLength(1);
    expect(await store.models.learnedCount("a")).toBe(3);
  });

  test("that loses the answer and stays away refuses; the same commit, when it is back, is known", async () => {
    const redis = await startRedis();
    const proxy = await proxyBefore(redis.port);
    const store = open(addressOf(proxy.port));
    await store.check();
    const commit = commitOf({ ids: ids(1) });
    const lost = proxy.loseAnswerOf(commit.revision);

    const refused = refusalOf(store.models.commit("a", commit));
    await lost;
    proxy.cut();

    expect((await refused).message).toMatch(/there is no connection; .*Wadi connects again by itself/);
    proxy.heal();
    expect(await untilAnswered(() => store.models.commit("a", commit))).toEqual({ outcome: "committed", version: 1 });
    expect(await store.models.learnedCount("a")).toBe(1);
  });

  test("that is cut off many times in the middle of work loses nothing and makes nothing twice", async () => {
    const redis = await startRedis();
    const proxy = await proxyBefore(redis.port);
    const store = open(addressOf(proxy.port));
    const all = Array.from({ length: 200 }, (_, i) => i);

    for (const n of all) {
      if (n % 10 === 3) void proxy.loseAnswerOf("");
      const [id] = ids(n);
      await untilAnswered(() => learnIds(store.models, "a", id === undefined ? [] : [id], newRevision));
    }

    const model = await untilAnswered(() => store.models.load("a"));
    expect(countedIn(model)).toEqual(counted({ count: 0, sum: "0" }, all.map(String)));
    expect(model.version).toBe(200);
    expect(await store.models.learnedCount("a")).toBe(200);
  });

  test("that is killed and started again has all that it acknowledged, and weights and ids agree", async () => {
    const redis = await startRedis();
    const store = open(redis.address());
    let told = 0;
    let killed = false;
    const work = (async () => {
      for (let n = 0; !killed; n++) {
        const done = await Promise.allSettled([
          learnIds(store.models, "a", ids(n), newRevision),
          observe(store, `k${n}`),
        ]);
        if (done.every(({ status }) => status === "fulfilled")) told = n + 1;
        else break;
      }
    })();
    while (told < 50) await pause(1);

    await redis.kill();
    killed = true;
    await work;
    await redis.start();

    const model = await untilAnswered(() => store.models.load("a"));
    const { count, sum } = countedIn(model);
    expect(count).toBeGreaterThanOrEqual(told);
    expect(count).toBeLessThanOrEqual(told + 1);
    expect(sum).toBe(
      counted(
        { count: 0, sum: "0" },
        Array.from({ length: count }, (_, i) => String(i)),
      ).sum,
    );
    expect(await store.models.learnedCount("a")).toBe(count);
    for (let n = 0; n < told; n++) expect(await store.joins.read("p", `k${n}`)).toBeDefined();
  });

  test("that is frozen refuses after a while, then at once, and goes on when it thaws", async () => {
    const redis = await startRedis();
    const store = open(redis.address());
    await store.check();
    redis.signal("SIGSTOP");
    onTestFinished(() => redis.signal("SIGCONT"));

    const first = await refusalOf(store.models.head("a"));
    await refusalOf(store.models.head("a"));
    await refusalOf(store.check());

    expect(first.message).toMatch(/does not answer in time|there is no connection/);
    redis.signal("SIGCONT");
    await untilAnswered(() => store.check());
    expect(await store.models.commit("a", commitOf())).toEqual({ outcome: "committed", version: 1 });
  });

  test("that is slow is waited for", async () => {
    const redis = await startRedis();
    const proxy = await proxyBefore(redis.port);
    const store = open(addressOf(proxy.port));
    proxy.delay(100);

    expect(await store.models.commit("a", commitOf())).toEqual({ outcome: "committed", version: 1 });
  });
});
