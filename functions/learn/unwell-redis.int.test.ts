// What a step answers while its Redis is unwell, whatever ails it: 503 with a reason that the broker keeps, a body and a
// line in the log with the cure; and the example is learned once it is cured.

import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../lib/clock.ts";
import { freePort } from "../lib/free-port.ts";
import { createStep } from "../lib/serve/step.ts";
import { addressOf, hasRedisServer, pause, startRedis } from "../lib/store/fixtures/redis-server.ts";
import { proxyBefore } from "../lib/store/fixtures/tcp-proxy.ts";
import { observe, open, PASSWORD } from "../lib/store/fixtures/unwell-redis.ts";
import type { RedisAddress } from "../lib/store/redis/address.ts";
import { example, learner } from "./fixtures/line.ts";

interface Ailing {
  readonly address: RedisAddress;
  /** After the step has answered for the first time. */
  ail?(): unknown;
  /** Absent where only another address would help. */
  cure?(): unknown;
}

function stepOn(address: RedisAddress) {
  const store = open(address);
  const { handle, telemetry } = learner(store);
  const lines: { readonly level: string; readonly message: string }[] = [];
  const say = (level: string) => (_fields: unknown, message: string) => void lines.push({ level, message });
  const log = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  const step = createStep({ name: "learn", handle, clock: systemClock, log, telemetry });
  return { store, lines, answer: (i: number) => step.answer(example(i)) };
}

const ailments: Readonly<Record<string, readonly [make: () => Promise<Ailing>, cure: RegExp]>> = {
  "is away": [
    async () => {
      const port = await freePort();
      return { address: addressOf(port), cure: () => startRedis("--port", String(port)) };
    },
    /nobody listens there; start it, or correct the address/,
  ],
  "is killed": [
    async () => {
      const redis = await startRedis();
      return { address: redis.address(), ail: redis.kill, cure: redis.start };
    },
    /nobody listens there; start it|there is no connection; see whether it runs/,
  ],
  "is frozen": [
    async () => {
      const redis = await startRedis();
      onTestFinished(() => redis.signal("SIGCONT"));
      return {
        address: redis.address(),
        ail: () => redis.signal("SIGSTOP"),
        cure: () => redis.signal("SIGCONT"),
      };
    },
    /does not answer in time; see whether it is frozen|there is no connection; see whether it runs/,
  ],
  "is far too slow": [
    async () => {
      const redis = await startRedis();
      const proxy = await proxyBefore(redis.port);
      return { address: addressOf(proxy.port), ail: () => proxy.delay(5000), cure: () => proxy.delay(0) };
    },
    /does not answer in time; see whether it is frozen, overloaded or out of reach|there is no connection/,
  ],
  "is out of memory": [
    async () => {
      const redis = await startRedis();
      return {
        address: redis.address(),
        ail: () => redis.cli("CONFIG", "SET", "maxmemory", "1"),
        cure: () => redis.cli("CONFIG", "SET", "maxmemory", "0"),
      };
    },
    /it is out of memory; raise its maxmemory, or shorten the retention/,
  ],
  "would evict what it holds": [
    async () => {
      const redis = await startRedis("--maxmemory-policy", "allkeys-lru");
      return {
        address: redis.address(),
        cure: () => redis.cli("CONFIG", "SET", "maxmemory-policy", "noeviction"),
      };
    },
    /set maxmemory-policy noeviction/,
  ],
  "is a read-only replica": [
    async () => {
      const [redis, nobody] = await Promise.all([startRedis(), freePort()]); // so that it keeps its data
      return {
        address: redis.address(),
        ail: () => redis.cli("REPLICAOF", "127.0.0.1", String(nobody)),
        cure: () => redis.cli("REPLICAOF", "NO", "ONE"),
      };
    },
    /it is a read-only replica; name the primary, or wait until one is elected/,
  ],
  "refuses the password": [
    async () => ({ address: (await startRedis("--requirepass", PASSWORD)).address({ password: "guessed" }) }),
    /refuses this user and password; correct them in the address/,
  ],
};

describe.runIf(hasRedisServer)("a step whose Redis", { tags: ["redis"] }, () => {
  test.each(Object.entries(ailments))(
    "%s answers 503 with the cure, says it in the log, and learns once it is cured",
    async (_what, [make, cure]) => {
      const { address, ...ailing } = await make();
      const { answer, lines, store } = stepOn(address);
      if (ailing.ail !== undefined) {
        expect((await answer(1)).status).toBe(200);
        await ailing.ail();
      }

      const refused = await answer(2);

      expect(refused).toMatchObject({ status: 503, headers: { "kne-wadireason": "store-unavailable" } });
      const { error, message } = JSON.parse(refused.body ?? "") as { error: string; message: string };
      expect(error).toBe("store-unavailable");
      expect(message).toMatch(cure);
      expect(lines).toEqual([{ level: "error", message }]);
      if (ailing.cure === undefined) return;
      await ailing.cure();
      while ((await answer(2)).status === 503) await pause(20);
      expect(await store.models.learnedCount("line")).toBe(ailing.ail === undefined ? 1 : 2);
    },
  );

  test("is slow waits for it, and answers", async () => {
    const redis = await startRedis();
    const proxy = await proxyBefore(redis.port);
    const { answer } = stepOn(addressOf(proxy.port));
    proxy.delay(100);

    expect((await answer(1)).status).toBe(200);
  });

  test("is still reading its data answers 503 and says so, and goes on when it has", async () => {
    const redis = await startRedis("--appendfsync", "everysec");
    const { answer, lines, store } = stepOn(redis.address());
    await Promise.all(Array.from({ length: 1500 }, (_, n) => observe(store, `k${n}`)));
    await redis.kill();
    // It looks at what comes in only every 1024 commands while it reads.
    await redis.start("--key-load-delay", "400");

    const statuses = new Set<number>();
    for (let status = 503; status === 503; await pause(5)) {
      status = (await answer(1)).status;
      statuses.add(status);
    }

    expect([...statuses]).toEqual([503, 200]);
    expect(lines.map(({ message }) => message).join()).toMatch(
      /still reading its data; it answers by itself when it has/,
    );
  });
});
