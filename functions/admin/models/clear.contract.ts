// Learners that learn on while their model set is cleared, in any store.

import { expect, test } from "vitest";
import { example, LINE, learner, range, rejection } from "../../learn/fixtures/line.ts";
import { systemClock } from "../../lib/clock.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Store } from "../../lib/store/store.ts";
import { createClear } from "./clear.ts";

const LEARNERS = 3;
const EXAMPLES = 300;

let revisions = 0;

/** As the admin port of one process has it. */
export function clearOn({ models, retention }: Store) {
  const pipeline = parsePipeline(LINE, "line.yaml");
  return createClear({
    ...{ models, retention, clock: systemClock, setPipeline: () => pipeline, championOf: () => "line" },
    ...{ revision: () => `clear${++revisions}`.padStart(32, "0"), known: async () => "line" },
  });
}

const countIn = (state: string) => (JSON.parse(state) as ModelSetState).count;

/** `open` opens one more handle to one store, which has nothing of `line` yet. */
export function describeClear(name: string, open: () => Promise<Store>): void {
  test(`${name}: what is learned while a set is cleared, by many at once, is in one of the two generations, and each learned once`, async () => {
    const stores = await Promise.all(range(LEARNERS).map(open));
    const learners = stores.map((store) => learner(store, LINE, { groupLimit: 8, conflictBudgetMs: 30_000 }));
    const { models } = await open();
    let done = 0;
    const learn = async (which: number) => {
      const { handle } = learners[which] as (typeof learners)[0];
      for (let i = 0; i < EXAMPLES; i++) {
        const one = example(1000 * which + i);
        // A hold is answered with "send again", as a broker does.
        for (let code: string | undefined = "held"; code !== undefined; ) {
          code = await rejection(handle(one));
          if (code !== undefined) expect(code).toBe("held");
        }
        done++;
      }
    };

    const learning = Promise.all(range(LEARNERS).map(learn));
    while (done < (LEARNERS * EXAMPLES) / 2) await new Promise(setImmediate);
    // Three processes, two clicks each.
    const clicks = [...stores, ...stores].map((store) => clearOn(store).clear("line", {}));
    const answers = await Promise.all(clicks);
    await learning;

    const [first] = answers;
    const { generation, replaced } = first as (typeof answers)[0];
    expect(new Set(answers.map((one) => [one.generation, one.replaced.generation].join()))).toEqual(
      new Set([`${generation},1`]),
    );
    const [now, before] = [await models.load("line"), await models.loadGeneration("line", "1")];
    expect(now.generation).toBe(generation);
    expect(before.version).toBe(replaced.version);
    expect(countIn(before.state)).toBe(replaced.count);
    expect(countIn(before.state)).toBeGreaterThan(0);
    expect(countIn(now.state)).toBeGreaterThan(0);
    expect(countIn(now.state) + countIn(before.state)).toBe(LEARNERS * EXAMPLES);
    expect(await models.learnedCount("line")).toBe(countIn(now.state));
    for (const { telemetry } of learners) {
      const { values } = await telemetry.storeRegressed.get();
      expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(0);
    }
  }, 60_000);
}
