// A rolling upgrade under load: learners of three revisions of a pipeline file share one model set while examples come in.

import { afterEach, expect, test } from "vitest";
import { UnavailableError } from "../lib/errors.ts";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import type { Store } from "../lib/store/store.ts";
import { closeAll, example, LINE, learner, open, range, stateOf, wrapped, yaml } from "./fixtures/line.ts";
import { atRevision } from "./handler.ts";

afterEach(closeAll);

const WITH_MEDIAN = yaml("{ line: [ linear-regression ], mean: [ mean-regressor ], median: [ median-regressor ] }");
const WITHOUT_MEAN = yaml("{ line: [ linear-regression ], median: [ median-regressor ] }");
const REVISIONS = [LINE, WITH_MEDIAN, WITHOUT_MEAN] as const;
const EXAMPLES = 600;

/** The store, and the states that it took, in order. */
function recorded(store: Store) {
  const states: ModelSetState[] = [];
  const port = wrapped(store, {
    async commit(set, commit) {
      const answer = await store.models.commit(set, commit);
      if (answer.outcome === "committed")
        states.push(JSON.parse((await store.models.load(set)).state) as ModelSetState);
      return answer;
    },
  });
  return { states, port };
}

test("a model that is added and one that is removed: every model has learned each example of its time, and only once", async () => {
  const store = open();
  const { states, port } = recorded(store);
  const at = (i: number) => learner({ models: atRevision(port.models, 7 + i) }, REVISIONS[i]);
  const learners = [at(0)];
  let superseded = 0;

  /** As a broker does: a pod of any revision that is up has it, and what is refused for now comes again. */
  async function deliver(i: number): Promise<void> {
    for (let attempt = i; ; attempt++) {
      const { handle } = learners[attempt % learners.length] as (typeof learners)[0];
      try {
        await handle(example(i));
        return;
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        superseded++;
      }
      await new Promise((done) => setImmediate(done));
    }
  }

  const underWay: Promise<void>[] = [];
  for (const i of range(EXAMPLES)) {
    // The old ones stay: their pods end later, and one of them even starts again.
    if (i === 200) learners.push(at(1));
    if (i === 400) learners.push(at(2), at(0));
    underWay.push(deliver(i));
    if (i % 20 === 19) await Promise.race(underWay.slice(-20));
  }
  await Promise.all(underWay);

  const { count, learned, models } = await stateOf(store, at(2).pipeline);
  const before = states.filter((state) => !("median" in state.models)).at(-1)?.count ?? 0;
  expect({ count, learned }).toEqual({ count: EXAMPLES, learned: EXAMPLES });
  expect(Object.keys(models).sort()).toEqual(["line", "median"]);
  expect(models["line"]?.n).toBe(EXAMPLES);
  expect(models["median"]?.n).toBe(EXAMPLES - before);
  const history = [...(await store.models.history("line", 2 * EXAMPLES))].reverse();
  const files = history.map(({ point }) => (JSON.parse(point) as { readonly file?: object }).file);
  expect(files.filter((file) => file !== undefined)).toEqual([
    { from: 7, to: 8, added: ["median"], removed: [] },
    { from: 8, to: 9, added: [], removed: ["mean"] },
  ]);
  expect(before).toBeGreaterThan(0);
  expect(superseded).toBeGreaterThan(0);
  expect(states.map(({ pipelineRevision }) => pipelineRevision)).toEqual(
    states.map(({ pipelineRevision }) => pipelineRevision).sort((a, b) => a - b),
  );
});
