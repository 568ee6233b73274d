// Every way in which a Redis itself can refuse: what is asked is answered with the cure, nothing is half done, and it goes
// on when it is cured.

import { describe, expect, test } from "vitest";
import { hasRedisServer, pause, startRedis } from "../fixtures/redis-server.ts";
import { ids, observe, open, PASSWORD, refusalOf, SECRET_STATE, untilAnswered } from "../fixtures/unwell-redis.ts";
import { commitOf } from "../store-under-test.contract.ts";

describe.runIf(hasRedisServer)("a Redis that is unwell", { tags: ["redis"] }, () => {
  test.each([
    ["asks for a password and gets none", {}, /asks for a password; name it in the address/],
    ["refuses the password", { password: `${PASSWORD}-not` }, /refuses this user and password/],
    ["knows no such user", { username: "ann", password: PASSWORD }, /refuses this user and password/],
  ])("that %s says so, and shows neither", async (_what, login, message) => {
    const redis = await startRedis("--requirepass", PASSWORD);
    const store = open(redis.address(login));

    const refused = await refusalOf(store.models.commit("a", commitOf({ state: SECRET_STATE })));

    expect(refused.message).toMatch(message);
    await open(redis.address({ password: PASSWORD })).check();
  });

  test("whose user may not do what Wadi does says what to give", async () => {
    const redis = await startRedis();
    redis.cli("ACL", "SETUSER", "ann", "on", `>${PASSWORD}`, "~*", "+@connection", "+info");
    const store = open(redis.address({ username: "ann", password: PASSWORD }));

    const refused = await refusalOf(store.models.commit("a", commitOf({ state: SECRET_STATE })));

    expect(refused.message).toMatch(/its user may not do this; give that user/);
  });

  test("that is out of memory refuses writes whole, answers reads, and goes on when it has room", async () => {
    const redis = await startRedis();
    const store = open(redis.address());
    const first = commitOf({ state: "1", ids: ids(1) });
    await store.models.commit("a", first);
    redis.cli("CONFIG", "SET", "maxmemory", "1");
    const commit = commitOf({ expectedRevision: first.revision, state: SECRET_STATE, ids: ids(2), history: "h" });

    const refusals = await Promise.all([
      refusalOf(store.models.commit("a", commit)),
      refusalOf(observe(store, "k")),
      refusalOf(store.models.hold("a", "mine", 1000)),
    ]);

    for (const { message } of refusals) expect(message).toMatch(/it is out of memory; raise its maxmemory/);
    expect(await store.models.load("a")).toMatchObject({ version: 1, state: "1" });
    expect(await store.models.learnedCount("a")).toBe(1);
    redis.cli("CONFIG", "SET", "maxmemory", "0");
    expect(await store.models.commit("a", commit)).toEqual({ outcome: "committed", version: 2 });
    expect(await store.joins.counts("p")).toMatchObject({ opened: 0 });
  });

  test("that would evict what it holds is not used at all, until its policy is put right", async () => {
    const redis = await startRedis("--maxmemory-policy", "allkeys-lru");
    const store = open(redis.address());

    const refused = await refusalOf(store.models.commit("a", commitOf()));

    expect(refused.message).toMatch(/maxmemory-policy is allkeys-lru: .*CONFIG SET maxmemory-policy noeviction/);
    await refusalOf(store.check());
    redis.cli("CONFIG", "SET", "maxmemory-policy", "noeviction");
    expect(await store.models.commit("a", commitOf())).toEqual({ outcome: "committed", version: 1 });
  });

  test("that becomes a replica refuses, and goes on when it is the primary again", async () => {
    const [redis, other] = await Promise.all([startRedis(), startRedis()]);
    const store = open(redis.address());
    const first = commitOf();
    await store.models.commit("a", first);
    redis.cli("REPLICAOF", "127.0.0.1", String(other.port));

    const refused = await refusalOf(store.models.commit("a", commitOf({ expectedRevision: first.revision })));
    const again = await refusalOf(store.models.commit("a", commitOf({ expectedRevision: first.revision })));

    for (const { message } of [refused, again])
      expect(message).toMatch(/read-only replica; name the primary|still reading/);
    redis.cli("REPLICAOF", "NO", "ONE");
    expect(await untilAnswered(() => store.models.commit("b", commitOf()))).toMatchObject({ version: 1 });
  });

  test("that cannot write to its disk refuses writes and says why", async () => {
    const redis = await startRedis("--appendonly", "no", "--save", "3600 1");
    const store = open(redis.address());
    await store.models.commit("a", commitOf());
    redis.cli("CONFIG", "SET", "dbfilename", "dump.rdb");
    redis.breakFolder();
    while (!redis.cli("INFO", "persistence").includes("rdb_last_bgsave_status:err")) {
      redis.cli("BGSAVE");
      await pause(50);
    }

    expect((await refusalOf(store.models.commit("b", commitOf()))).message).toMatch(/cannot write its data to disk/);
  });

  test("that is still reading its data refuses until it has", async () => {
    const redis = await startRedis("--appendfsync", "everysec");
    const store = open(redis.address());
    await Promise.all(Array.from({ length: 1500 }, (_, n) => observe(store, `k${n}`)));
    await redis.kill();
    // It looks at what comes in only every 1024 commands while it reads.
    await redis.start("--key-load-delay", "400");

    const messages = new Set<string>();
    await untilAnswered(() =>
      store.check().catch((error: Error) => {
        messages.add(error.message);
        throw error;
      }),
    );

    expect([...messages].join()).toMatch(/still reading its data/);
    expect(await store.joins.read("p", "k1499")).toBeDefined();
  });

  test("that has forgotten the scripts is given them again", async () => {
    const redis = await startRedis();
    const store = open(redis.address());
    const commit = commitOf();
    await store.models.commit("a", commit);
    redis.cli("SCRIPT", "FLUSH");

    const next = commitOf({ expectedRevision: commit.revision });
    const answers = await Promise.all([store.models.commit("a", next), observe(store, "k"), store.models.head("b")]);

    expect(answers[0]).toEqual({ outcome: "committed", version: 2 });
  });

  test("that is a node of a cluster, or none where one was named, is told apart", async () => {
    const [node, single] = await Promise.all([
      startRedis("--cluster-enabled", "yes", "--cluster-config-file", "n.conf"),
      startRedis(),
    ]);

    const [one, two] = await Promise.all([
      refusalOf(open(node.address()).check()),
      refusalOf(open(single.address({ cluster: true })).check()),
    ]);

    expect(one.message).toMatch(/is a node of a Redis Cluster; name it as redis\+cluster/);
    expect(two.message).toMatch(/is no Redis Cluster; name it as redis:\/\//);
  });
});
