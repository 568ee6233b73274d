// A writer that learns one example after the other, each a commit of its own, in a process of its own: no two of its examples ever
// wait together, so that several writers of one set all want its next commit, and take turns. It says "ready" once it is warm, starts
// at a line on standard input, and ends with its report as JSON.
//
//   node single-writer.ts <port> <examples>

import { idExpiry, openCommitters } from "./committers.ts";
import { makeExamples, makeIds, pipeline, SET } from "./eight.ts";

/** Commits; the first ones compile, and open the state. */
export const WARM = 30;
/** As long as it takes: with 409 a broker would send again. */
const PATIENCE_MS = 300_000;

export interface SingleReport {
  /** Epoch milliseconds. */
  readonly begin: number;
  readonly end: number;
  readonly cpuSeconds: number;
  /** How often it began, or went on after another writer. */
  readonly turns: number;
  /** What its slowest commit took, waits for others included. */
  readonly longestMs: number;
}

async function main(port: number, count: number): Promise<void> {
  const committers = await openCommitters(port, pipeline, { conflictBudgetMs: PATIENCE_MS });
  const committer = committers.of(SET);
  const expiresAt = idExpiry();
  const learn = async (examples: number) => {
    const ids = makeIds(examples);
    let [turns, longestMs, version] = [0, 0, -1];
    for (const [i, example] of makeExamples(examples).entries()) {
      const since = performance.now();
      const update = await committer.learn({ ...example, learnedId: { id: ids[i] as string, expiresAt } });
      longestMs = Math.max(longestMs, performance.now() - since);
      if (update?.version !== version + 1) turns++;
      version = update?.version ?? version;
    }
    return { turns, longestMs };
  };
  await learn(WARM);
  process.stdout.write("ready\n");
  process.stdin.once("data", async () => {
    const [begin, before] = [Date.now(), process.cpuUsage()];
    const found = await learn(count);
    const { user, system } = process.cpuUsage(before);
    const report: SingleReport = { begin, end: Date.now(), cpuSeconds: (user + system) / 1e6, ...found };
    process.stdout.write(`${JSON.stringify(report)}\n`);
    process.exit();
  });
}

if (import.meta.main) await main(Number(process.argv[2]), Number(process.argv[3]));
