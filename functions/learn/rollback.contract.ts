// Learners that learn on while their model set is rolled back, in any store.

import { expect, test } from "vitest";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import type { Store } from "../lib/store/store.ts";
import { example, LINE, learner, range, rejection, stateOf } from "./fixtures/line.ts";

const LEARNERS = 3;
const EXAMPLES = 400;
const ROLLBACKS = 8;
const COMMITS_BETWEEN = 5;

const countIn = (state: string | undefined) => (JSON.parse(state ?? "{}") as Partial<ModelSetState>).count ?? 0;

/** `open` opens one more handle to one store, which keeps each third version, all of them. */
export function describeRollback(name: string, open: () => Promise<Store>): void {
  test(`${name}: learners meet a conflict, go on from the old state, and lose nothing but what was forgotten`, async () => {
    const stores = await Promise.all(range(LEARNERS).map(open));
    const learners = stores.map((store) => learner(store, LINE, { groupLimit: 8, conflictBudgetMs: 30_000 }));
    const { models } = await open();
    let forgotten = 0;
    let learning = true;

    async function goBack(): Promise<void> {
      let last = 0;
      for (let n = 0; n < ROLLBACKS && learning; ) {
        const target = (await models.snapshots("line")).at(-1);
        if (target === undefined || (await models.head("line")).version < last + COMMITS_BETWEEN) {
          await new Promise(setImmediate);
          continue;
        }
        const revision = `back${n}`.padStart(32, "0");
        const answer = await models.rollback("line", { snapshot: target.revision, revision });
        if (answer.outcome !== "committed") throw new Error(answer.outcome);
        const replaced = (await models.snapshots("line")).find(({ version }) => version === answer.before.version);
        const states = [replaced?.revision, target.revision].map((one) => models.loadSnapshot("line", one ?? ""));
        const [before, after] = (await Promise.all(states)).map(countIn) as [number, number];
        forgotten += before - after;
        last = answer.version;
        n++;
      }
    }
    async function learn(which: number): Promise<(string | undefined)[]> {
      const answers: (string | undefined)[] = [];
      const { handle } = learners[which] as (typeof learners)[0];
      for (let from = 0; from < EXAMPLES; from += 20) {
        const group = range(20).map((i) => rejection(handle(example(1000 * which + from + i))));
        answers.push(...(await Promise.all(group)));
      }
      return answers;
    }
    const back = goBack();
    const answers = await Promise.all(range(LEARNERS).map(learn));
    learning = false;
    await back;

    expect(new Set(answers.flat())).toEqual(new Set([undefined]));
    const { pipeline } = learners[0] as (typeof learners)[0];
    const { count, learned, models: scores } = await stateOf(stores[0] as Store, pipeline);
    const all = LEARNERS * EXAMPLES;
    expect(forgotten).toBeGreaterThan(0);
    expect({ count, learned, n: scores["mean"]?.n }).toEqual({
      count: all - forgotten,
      learned: all,
      n: all - forgotten,
    });
    for (const { telemetry } of learners) {
      const { values } = await telemetry.storeRegressed.get();
      expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(0);
    }
  }, 60_000);
}
