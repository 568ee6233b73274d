// A model set from SQLite to Redis and back, by hand.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newFolder, startRunning } from "../../admin/fixtures/running.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import { hasRedisServer, startRedis } from "../../lib/store/fixtures/redis-server.ts";
import { run } from "../program-under-test.contract.ts";

const EXAMPLES = 3000;

const point = (i: number) => ({
  ...{ specversion: "1.0", type: "dev.wadi.observation", source: "/test", pipeline: "line", id: `o${i}` },
  data: { x: (i % 10) / 10, y: (i % 10) / 5 },
});

describe.runIf(hasRedisServer)("a model set that moves", { tags: ["redis"] }, () => {
  test("goes to Redis and back with weights, scores and ids, and learns on as if nothing had been", async () => {
    const redis = await startRedis();
    const shared = ["--redis", `redis://127.0.0.1:${redis.port}`];
    const first = await startRunning();
    for (let from = 0; from < EXAMPLES; from += 100) {
      const group = Array.from({ length: 100 }, (_, i) => from + i);
      await Promise.all(group.map((i) => first.wadi.broker.publish(point(i))));
    }
    await first.settled();
    const { models } = first.wadi.store;
    const stored = await models.load("line");
    const [out, back] = ["out.json", "back.json"].map((name) => join(newFolder(), name)) as [string, string];
    const done = async (...args: readonly string[]) => {
      const { code, err } = await run(["models", ...args]);
      expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
    };

    await done("export", "line", "--data", first.folder, "--out", out);
    await done("import", out, ...shared);
    const inRedis = JSON.parse((await run(["models", "show", "line", ...shared, "--json"])).out);
    await done("export", "line", ...shared, "--out", back);
    const second = await startRunning();
    await done("import", back, "--data", second.folder);

    expect(inRedis).toMatchObject({ version: stored.version, count: EXAMPLES, learnedIds: EXAMPLES });
    expect((await run(["models", "list", ...shared])).out).toMatch(/^line +▸ linear +3,000 /m);
    const moved = await second.wadi.store.models.load("line");
    expect(moved.version).toBe(stored.version);
    const parts = ({ state }: { state: string }) => ({ ...(JSON.parse(state) as ModelSetState), pipelineRevision: 0 });
    expect(parts(moved)).toEqual(parts(stored));
    // What was learned is known; what is new is learned on top of it.
    for (const i of [0, EXAMPLES - 1, EXAMPLES]) await second.send("observation", `o${i}`, { x: 0.5, y: 1 });
    await second.settled();
    const { count, version } = JSON.parse(
      (await run(["models", "show", "line", "--data", second.folder, "--json"])).out,
    );
    expect({ count, learned: await second.wadi.store.models.learnedCount("line") }).toEqual({
      count: EXAMPLES + 1,
      learned: EXAMPLES + 1,
    });
    expect(version).toBe(stored.version + 1);
  });
});
