// The hold, promotion and import of generations in Redis: K3 and K4 of generations.ts.

import type { AdoptionAnswer, Generations } from "../generations.ts";
import { type Fold, type Head, wholeOf } from "../stored-model.ts";
import type { RedisConnection } from "./connection.ts";
import type { RedisKeys } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";
import type { Load } from "./stored.ts";
import type { TestTime } from "./time.ts";

/** Keys that one command removes. */
const PIECE = 500;

export function createGenerations(
  { run, call }: RedisConnection,
  keys: RedisKeys,
  testTime: TestTime,
  load: Load,
  fold: Fold,
  addToIndex: (set: string) => Promise<void> | undefined,
): Omit<Generations, "commitGeneration"> {
  const holding = async (set: string, ...args: readonly (string | number)[]) =>
    (await run(SCRIPTS.hold, [keys.set(set)], args)) === 1;

  /** K4: a bounded piece in each command. */
  async function removeRetired(set: string): Promise<void> {
    while ((await run(SCRIPTS.remove, [keys.set(set)], [PIECE])) === 1);
  }

  async function loadSince(set: string, generation: string, known?: Head) {
    // The name of a generation that is being removed may be used again meanwhile, or after a process was killed doing so.
    if ((await call("SISMEMBER", keys.retired(set), generation)) === 1) await removeRetired(set);
    return load.since(set, generation, known);
  }

  return {
    loadGeneration: async (set, generation) => wholeOf(await loadSince(set, generation), fold),
    loadGenerationSince: loadSince,
    hold: (set, token, ttlMs) => holding(set, "hold", testTime(), token, ttlMs),
    release: async (set, token) => void (await holding(set, "release", testTime(), token)),
    async promote(set, { token, generation, expectedRevision }) {
      const promoted = await holding(set, "promote", testTime(), token, generation, expectedRevision);
      if (promoted) await removeRetired(set);
      return promoted;
    },
    previous: async (set) => ((await call("HGET", keys.set(set), "previous")) as string | null) ?? undefined,
    async adopt(set, { generation, version, revision, state, ids, history, replace }) {
      const points = history.map((one) => `${one.version} ${one.point}`);
      const args = [testTime(), generation, version, revision, state, ids, replace ? "replace" : "", ...points];
      await addToIndex(set);
      const answer = (await run(SCRIPTS.adopt, [keys.set(set)], args)) as AdoptionAnswer;
      if (answer === "adopted") await removeRetired(set);
      return answer;
    },
  };
}
