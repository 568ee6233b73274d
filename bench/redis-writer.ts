// One writer of a model set in Redis, a process of its own. It says "ready" once it is warm, starts at a line on standard
// input, and ends with its report as JSON.
//
//   node redis-writer.ts <port> <way> <examples> [<ms>]
//
//   committer  as `learn` does it: the examples are all there at the start, so it never waits for who sends them
//   sets:<n>   so many model sets side by side, the examples to each in turn, as many under way as a step takes at once
//   watch      WATCH, GET, MULTI, SET, SADD, EXEC, one example at a time, and again where EXEC was refused
//   plain      GET, SET, SADD, one example at a time
//
// <ms>: so much later does each commit of a committer reach Redis, as from far away.

import { setTimeout } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Committer } from "../functions/learn/committer.ts";
import type { ModelSetState } from "../functions/lib/learners/model-set-state.ts";
import type { ModelStore } from "../functions/lib/store/store.ts";
import { idExpiry, openCommitters } from "./committers.ts";
import { makeExamples, makeIds, models, pipeline, SET, type Unserved } from "./eight.ts";

const WARM = { committer: 20_000, sets: 20_000, watch: 100, plain: 100 };
/** The queue bound of a step. */
const UNDER_WAY = 256;

const [port = "", way = "", count = "", away = "0"] = process.argv.slice(2);
const url = `redis://127.0.0.1:${port}`;

interface Report {
  /** Epoch milliseconds. */
  readonly begin: number;
  readonly end: number;
  /** The most that one group, or example, needed. */
  readonly tries: number;
  readonly longestMs: number;
  readonly cpuSeconds: number;
}

let tries = 0;
let longestMs = 0;
/** What one group, or example, took: from its first try to its last. */
function attempts() {
  let [made, since] = [0, 0];
  return {
    start() {
      if (made++ === 0) since = performance.now();
    },
    done() {
      tries = Math.max(tries, made);
      longestMs = Math.max(longestMs, performance.now() - since);
      made = 0;
    },
  };
}

function watched(store: ModelStore): ModelStore {
  const group = attempts();
  return {
    ...store,
    async commit(set, commit) {
      group.start();
      if (away !== "0") await setTimeout(Number(away));
      const answer = await store.commit(set, commit);
      if (answer.outcome === "committed") group.done();
      return answer;
    },
  };
}

type Learn = (set: string, examples: readonly Unserved[], ids: readonly string[]) => Promise<unknown>;

async function committing(): Promise<(set: string) => Committer> {
  // One far away may lose for longer: a broker would send again.
  const budget = away === "0" ? {} : { conflictBudgetMs: 120_000 };
  return (await openCommitters(Number(port), pipeline, { around: watched, ...budget })).of;
}

const expiresAt = idExpiry();

async function oneSet(): Promise<Learn> {
  const committerOf = await committing();
  return (set, examples, ids) => {
    const committer = committerOf(set);
    const learned = (example: Unserved, i: number) =>
      committer.learn({ ...example, learnedId: { id: ids[i] as string, expiresAt } });
    return Promise.all(examples.map(learned));
  };
}

async function manySets(count: number): Promise<Learn> {
  const committerOf = await committing();
  return async (set, examples, ids) => {
    const committers = Array.from({ length: count }, (_, n) => committerOf(`${set}/${n}`));
    let next = 0;
    const lane = async () => {
      for (let i = next++; i < examples.length; i = next++) {
        const learnedId = { id: ids[i] as string, expiresAt };
        await committers[i % count]?.learn({ ...(examples[i] as Unserved), learnedId });
      }
    };
    await Promise.all(Array.from({ length: UNDER_WAY }, lane));
  };
}

function naive({ watch }: { watch: boolean }): Learn {
  const redis = new Redis(url);
  const one = attempts();
  return async (set, examples, ids) => {
    for (const [i, example] of examples.entries()) {
      for (let taken = false; !taken; ) {
        one.start();
        if (watch) await redis.watch(set);
        const text = await redis.get(set);
        const open = models.open(text === null ? models.init(1) : (JSON.parse(text) as ModelSetState));
        open.learn([example], "1");
        const writes = redis
          .multi()
          .set(set, JSON.stringify(open.close(1)))
          .sadd(`${set}:ids`, ids[i] as string);
        taken = (await writes.exec()) !== null;
      }
      one.done();
    }
  };
}

const [kind = "", sets] = way.split(":");
const learn = await (kind === "committer"
  ? oneSet()
  : kind === "sets"
    ? manySets(Number(sets))
    : naive({ watch: kind === "watch" }));
const warm = WARM[kind as keyof typeof WARM];
await learn(`warm-${process.pid}`, makeExamples(warm), makeIds(warm));
const [examples, ids] = [makeExamples(Number(count)), makeIds(Number(count))];
[tries, longestMs] = [0, 0];
process.stdout.write("ready\n");
process.stdin.once("data", async () => {
  const begin = Date.now();
  const before = process.cpuUsage();
  await learn(SET, examples, ids);
  const { user, system } = process.cpuUsage(before);
  const report: Report = { begin, end: Date.now(), tries, longestMs, cpuSeconds: (user + system) / 1e6 };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exit();
});

export type { Report };
