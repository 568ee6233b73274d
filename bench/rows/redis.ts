// Learning through Redis: one writer, several of one model set, the naive ways beside them, and what a learned id takes.

import { bytesAnId } from "../learned-ids.ts";
import { redisVersion } from "../redis-server.ts";
import { learnTogether, type Together } from "../redis-writers.ts";
import { type Context, median, type Result, type Row, ratios, type Samples } from "../row.ts";

/** A commit of the slow writer reaches Redis so much later. */
const SLOW_MS = 20;

const of = (name: string, unit: string, values: readonly number[]): Samples => ({ name, unit, values });

export const redis: Row = {
  name: "redis",
  title: "learning through Redis, scaler + linear regression, 8 features",
  async run(context) {
    const version = redisVersion();
    if (version === undefined) {
      context.note(
        "redis: there is no redis-server on the path, so its rows are left out; apt-get install redis-server",
      );
      return [];
    }
    context.note(`redis: ${version}, started for this run, on loopback with appendfsync always`);
    return [...(await learning(context)), ...(await learnedIds(context))];
  },
};

async function learning({ rounds, small, session, progress, note }: Context): Promise<Result[]> {
  const [many, few] = small ? [2000, 100] : [200_000, 2000];
  const one: Together[] = [];
  const four: Together[] = [];
  const eight: Together[] = [];
  const three: Together[] = [];
  const besideSlow: Together[] = [];
  const watch: Together[] = [];
  const watchFour: Together[] = [];
  const plainFour: Together[] = [];
  for (let i = 1; i <= rounds; i++) {
    progress(`round ${i} of ${rounds}`);
    one.push(await learnTogether(session, "committer", 1, many));
    four.push(await learnTogether(session, "committer", 4, many));
    watch.push(await learnTogether(session, "watch", 1, few));
    watchFour.push(await learnTogether(session, "watch", 4, few));
    plainFour.push(await learnTogether(session, "plain", 4, few));
    eight.push(await learnTogether(session, "committer", 8, many));
    three.push(await learnTogether(session, "committer", 3, many));
    besideSlow.push(await learnTogether(session, "committer", 3, many, SLOW_MS));
  }
  const tries = (all: readonly Together[]) => median(all.map((together) => together.tries));
  note(
    `redis: tries of the group that needed the most: ${tries(four)} with four writers, ${tries(eight)} with eight; ` +
      `of an example with WATCH and four writers: ${tries(watchFour)}`,
  );
  const rate = (name: string, all: readonly Together[]): Samples => ({
    ...of(
      name,
      "examples/s",
      all.map((together) => together.rate),
    ),
    cpu: all.map(({ cpu }) => cpu),
  });
  const beside = (what: string, anchor: Samples, ours: Samples): Result => ({
    what,
    anchor,
    ours,
    ratio: ratios(ours.values, anchor.values),
  });
  const [alone, together] = [rate("one writer", one), rate("four writers", four)];
  const kept = (all: readonly Together[]) => all.map((each) => each.kept);
  return [
    {
      ...beside("learn through Redis, one writer", rate("WATCH/MULTI one by one", watch), alone),
      bar: { of: "ours", atLeast: 50_000 },
    },
    { ...beside("learn through Redis, four writers", alone, together), bar: { of: "ratio", atLeast: 0.8 } },
    beside("learn through Redis, four writers", rate("WATCH/MULTI, four writers", watchFour), together),
    beside("learn through Redis, three writers beside a slow one", rate("three", three), rate("beside", besideSlow)),
    {
      what: "learned of what was answered, four writers",
      anchor: of("plain GET/SET", "%", kept(plainFour)),
      ours: of("four writers", "%", kept(four)),
      bar: { of: "ours", atLeast: 100, atMost: 100 },
    },
    {
      what: "longest that a group tried, eight writers",
      ours: of(
        "eight writers",
        "ms",
        eight.map(({ longestMs }) => longestMs),
      ),
      bar: { of: "ours", atMost: 5000 },
    },
  ];
}

/** Once each: memory is the same at every run. */
async function learnedIds({ small, full, session, progress }: Context): Promise<Result[]> {
  const results: Result[] = [];
  for (const count of small ? [10_000] : full ? [1e6, 1e7] : [1e6]) {
    const number = count.toLocaleString("en-US");
    progress(`memory of ${number} learned ids`);
    const anchor = of("one plain set", "B", [await bytesAnId(session, "plain", count)]);
    const ours = of("learned ids", "B", [await bytesAnId(session, "committed", count)]);
    results.push({
      what: `a learned id in Redis, of ${number}`,
      anchor,
      ours,
      ratio: ratios(ours.values, anchor.values),
      bar: { of: "ours", atMost: 16 },
    });
  }
  return results;
}
