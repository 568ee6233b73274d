// States beside a process of an earlier Wadi, which knows only whole ones: its scripts are those that it had.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasRedisServer, startRedis } from "../fixtures/redis-server.ts";
import { HOUR, newRevision } from "../store-under-test.contract.ts";
import type { Head } from "../stored-model.ts";
import { createKeys } from "./keys.ts";
import { openRedisStore } from "./redis.ts";

const read = (...files: readonly string[]) =>
  files.map((file) => readFileSync(join(import.meta.dirname, file), "utf8")).join("\n");
const SNAPSHOTS = "../fixtures/snapshots-of-an-earlier-wadi.lua";
const COMMIT = read(
  "scripts/time.lua",
  "scripts/learned-ids.lua",
  SNAPSHOTS,
  "../fixtures/commit-of-an-earlier-wadi.lua",
);
const COMMIT_WITH_TAIL = read(
  ...["time", "learned-ids", "tail", "snapshots"].map((name) => `scripts/${name}.lua`),
  "../fixtures/commit-without-tailed.lua",
);
const ROLLBACK = read("scripts/time.lua", SNAPSHOTS, "../fixtures/rollback-of-an-earlier-wadi.lua");

/** An hour. */
const LATER = String(Math.ceil(Date.now() / HOUR) + 24);
let madeIds = 0;
const newId = () => String(++madeIds);

async function open() {
  const redis = await startRedis();
  const { models, close } = openRedisStore(redis.address(), {
    now: Date.now,
    joinWindowMs: () => HOUR,
    fold: (base, tail) => [base, ...tail].join("+"),
    snapshots: { every: 1, keep: 99 },
  });
  onTestFinished(close);
  const earlier = (script: string, ...args: readonly string[]) =>
    redis.cli("EVAL", script, "1", createKeys("").set("a"), "", ...args).trim();
  const frame = async () => {
    const { generation, revision: expectedRevision } = await models.head("a");
    const ids = [{ id: newId(), expiresAt: Number(LATER) * HOUR }];
    return { generation, expectedRevision, revision: newRevision(), ids };
  };
  return {
    models,
    now: {
      state: async (state: string) => models.commit("a", { ...(await frame()), state }),
      entry: async (entry: string) => models.commit("a", { ...(await frame()), entry }),
    },
    before: {
      async commit(state: string) {
        const { generation, expectedRevision, revision } = await frame();
        return earlier(COMMIT, "", generation, expectedRevision, revision, state, "", "0", "0", "0");
      },
      /** By one that knows tails, but marks none. */
      async withTail(kind: "state" | "entry", what: string) {
        const { generation, expectedRevision, revision } = await frame();
        const written = ["", generation, expectedRevision, "-1", revision, kind, what, "", "0", "0", "0"];
        return earlier(COMMIT_WITH_TAIL, ...written, newId(), LATER);
      },
      rollback: (snapshot: string) => earlier(ROLLBACK, snapshot, newRevision(), "", "9"),
    },
  };
}

describe.runIf(hasRedisServer)("states beside a process of an earlier Wadi", { tags: ["redis"] }, () => {
  test("what it commits is the whole state, and what was learned before it is no tail of that", async () => {
    const { models, now, before } = await open();
    await before.commit("s");
    expect(await models.loadSince("a")).toMatchObject({ version: 1, base: "s", tail: [] });
    for (const entry of ["a", "b"]) await now.entry(entry);
    expect(await models.load("a")).toMatchObject({ version: 3, state: "s+a+b" });
    const known = await models.head("a");

    await before.commit("t");

    expect(await models.loadSince("a", known)).toMatchObject({ version: 4, base: "t", tail: [] });
    await now.entry("c");
    expect(await models.loadSince("a")).toMatchObject({ version: 5, base: "t", tail: ["c"] });
  });

  test("it rolls back to a whole state, and leaves one alone that has a tail", async () => {
    const { models, now, before } = await open();
    await now.state("s");
    for (const entry of ["a", "b"]) await now.entry(entry);
    const kept = await models.snapshots("a");
    const revisionOf = (version: number) => kept.find((one) => one.version === version)?.revision ?? "";

    const refused = before.rollback(revisionOf(2));
    const untouched: Head = await models.load("a");
    before.rollback(revisionOf(1));

    expect(refused).toBe("absent");
    expect(untouched).toMatchObject({ version: 3, state: "s+a+b" });
    expect(await models.load("a")).toMatchObject({ version: 4, state: "s" });
    await now.entry("c");
    expect(await models.loadSince("a")).toMatchObject({ version: 5, base: "s", tail: ["c"] });
  });

  test("entries of one that marks no tail follow those of this one, and these follow them", async () => {
    const { models, now, before } = await open();
    const learned = async () => ({ ...(await models.load("a")), count: await models.learnedCount("a") });
    await now.state("s");
    await before.withTail("entry", "a");
    await now.entry("b");
    await now.entry("c");
    await before.withTail("entry", "d");
    expect(await models.loadSince("a")).toMatchObject({ version: 5, base: "s", tail: ["a", "b", "c", "d"] });
    const known = await models.head("a");

    await now.entry("e");
    await before.withTail("state", "t");
    await now.entry("f");
    const whole = await learned();
    await now.state("u");
    await before.withTail("entry", "g");
    await now.entry("h");

    expect(whole).toMatchObject({ version: 8, state: "t+f", count: 8 });
    expect(await learned()).toMatchObject({ version: 11, state: "u+g+h", count: 11 });
    expect(await models.loadSince("a", known)).toMatchObject({ base: "u", tail: ["g", "h"] });
  });
});
