// One model, many learners: several Wadis, each with a journal of its own, learn into one Redis what reaches them once,
// twice or three times, in any order, while they are killed and Redis is too.

import { afterEach, describe, expect, test } from "vitest";
import { hasRedisServer, startRedis } from "../lib/store/fixtures/redis-server.ts";
import {
  deliverAll,
  endMembers,
  lagOf,
  meanOf,
  outcome,
  send,
  shuffledDeliveries,
  startMember,
} from "./members.contract.ts";

afterEach(endMembers);

const OBSERVATIONS = 1500;
const UNDER_WAY = 16;
const seed = Number(process.env["SHARED_SEED"] ?? Date.now() % 2 ** 31);

describe.skipIf(!hasRedisServer)("three processes on one Redis", { tags: ["redis"] }, () => {
  test(`what reaches them up to three times, while they and Redis are killed, is learned once (SHARED_SEED=${seed})`, async () => {
    const redis = await startRedis();
    const start = () => startMember("--redis", `redis://127.0.0.1:${redis.port}`);
    const members = await Promise.all([start(), start(), start()]);
    const [first, second, third] = members;

    await deliverAll(
      shuffledDeliveries(OBSERVATIONS, members.length, seed),
      UNDER_WAY,
      ({ i, to }, hopeless) => send(members[to]?.url ?? "", i, hopeless),
      [
        { at: 0.2, befall: first.kill },
        { at: 0.4, befall: () => redis.kill().then(() => redis.start()) },
        { at: 0.6, befall: second.kill },
        { at: 0.8, befall: third.kill },
      ],
    );
    for (const { url } of members) while ((await lagOf(url)) > 0) await new Promise((done) => setTimeout(done, 50));
    const codes = await Promise.all(members.map((member) => member.stop()));
    const found = await outcome(redis.address());

    expect(codes).toEqual([0, 0, 0]);
    expect(found).toMatchObject({ count: OBSERVATIONS, learned: OBSERVATIONS, n: OBSERVATIONS });
    expect(Math.abs(found.mean - meanOf(OBSERVATIONS))).toBeLessThan(1e-9);
  }, 180_000);
});
