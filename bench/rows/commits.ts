// What one commit of one example costs: bytes of Redis's log, and CPU and rate as the state grows from 1 kB to 1 MB.

import { logBytesACommit } from "../flight-commits.ts";
import { redisVersion } from "../redis-server.ts";
import { type Context, figure, median, type Result, type Row, ratios, type Samples } from "../row.ts";
import { commitSingly, type Singles } from "../single-writers.ts";

const KB = 1000;
const MB = 1_000_000;

export const commits: Row = {
  name: "commits",
  title: "a commit of one example to Redis, and a state of 1 MB",
  async run(context) {
    if (redisVersion() === undefined) {
      context.note(
        "commits: there is no redis-server on the path, so its rows are left out; apt-get install redis-server",
      );
      return [];
    }
    return [await logBytes(context), ...(await largeState(context))];
  },
};

/** Once: the bytes are the same at every run, but for the digits of a number. */
async function logBytes({ small, session, progress }: Context): Promise<Result> {
  progress("bytes of a commit");
  const [warm, commits] = small ? [20, 50] : [300, 2000];
  const bytes = await logBytesACommit(session, warm, commits);
  return {
    what: "a commit of one flight, in Redis's log",
    ours: { name: "learn", unit: "B", values: [bytes] },
    bar: { of: "ours", atMost: 1500 },
  };
}

/** So many that each of four writers has several turns: with one each, what is measured is one writer after the other. */
async function largeState({ rounds, small, session, progress, note }: Context): Promise<Result[]> {
  const commits = small ? 20 : 8000;
  const [little, large, four]: [Singles[], Singles[], Singles[]] = [[], [], []];
  for (let i = 1; i <= rounds; i++) {
    progress(`states of 1 kB and 1 MB, round ${i} of ${rounds}`);
    little.push(await commitSingly(session, { writers: 1, commits, stateBytes: KB }));
    large.push(await commitSingly(session, { writers: 1, commits, stateBytes: MB }));
    four.push(await commitSingly(session, { writers: 4, commits, stateBytes: MB }));
  }
  note(
    "commits: a writer has one example under way; four of them want every commit and take turns at it. CPU is that of the writers and of Redis",
  );
  const share = (all: readonly Singles[], who: "writers" | "redis") => figure(median(all.map((one) => one[who])));
  note(
    `commits: of the CPU of a commit with a state of 1 MB its writer has ${share(large, "writers")} µs and Redis ${share(large, "redis")} µs; ` +
      `with four writers ${share(four, "writers")} and ${share(four, "redis")} µs`,
  );
  const middle = (all: readonly Singles[], what: "turns" | "longestMs") => figure(median(all.map((one) => one[what])));
  note(
    `commits: four writers had ${middle(four, "turns")} turns, and the slowest commit took ${middle(four, "longestMs")} ms; ` +
      `one writer's took ${middle(large, "longestMs")} ms`,
  );
  const cpuOf = (all: readonly Singles[]) => all.map(({ writers, redis }) => writers + redis);
  const cpu = (name: string, all: readonly Singles[]): Samples => ({ name, unit: "µs CPU", values: cpuOf(all) });
  const rate = (name: string, all: readonly Singles[]): Samples => {
    return { name, unit: "commits/s", values: all.map((one) => one.rate), cpu: cpuOf(all) };
  };
  const [one, together] = [rate("one writer", large), rate("four writers", four)];
  return [
    {
      what: "a commit of one example, state of 1 MB",
      anchor: cpu("a state of 1 kB", little),
      ours: cpu("a state of 1 MB", large),
      ratio: ratios(cpuOf(large), cpuOf(little)),
      bar: { of: "ratio", atMost: 1.3 },
    },
    {
      what: "four writers of one model in turns, state of 1 MB",
      anchor: one,
      ours: together,
      ratio: ratios(together.values, one.values),
      bar: { of: "ratio", atLeast: 0.5 },
    },
  ];
}
