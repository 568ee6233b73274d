// Exactly once, whatever happens in whatever order: several committers on one store, duplicates, deliveries in groups,
// and a store that now and then fails before it wrote, or after.

import fc from "fast-check";
import { expect, test } from "vitest";
import { UnavailableError } from "../lib/errors.ts";
import type { Store } from "../lib/store/store.ts";
import { closeAll, example, jumpingClock, LINE, learner, open, range, stateOf, wrapped } from "./fixtures/line.ts";

type Fault = "none" | "before" | "after";

/** The store behind a network: each call, and each answer, arrives when the scheduler says; some calls fail. */
function distant(store: Store, scheduler: fc.Scheduler, faults: Iterator<Fault>) {
  const via = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
    const { value: fault = "none" } = faults.next();
    await scheduler.schedule(Promise.resolve(), `${call} on its way`);
    if (fault === "before") throw new UnavailableError("store-unavailable", `${call} failed`);
    const answer = await work();
    await scheduler.schedule(Promise.resolve(), `${call} answered`);
    if (fault === "after") throw new UnavailableError("store-unavailable", `the answer to ${call} is lost`);
    return answer;
  };
  const { models } = store;
  return wrapped(store, {
    pipelineRevision: (name, digest) => models.pipelineRevision(name, digest),
    loadSince: (set, known) => via("load", () => models.loadSince(set, known)),
    commit: (set, commit) => via("commit", () => models.commit(set, commit)),
  });
}

/** A broker in small: delivers again what may pass. */
async function deliver(handle: (event: ReturnType<typeof example>) => Promise<unknown>, i: number): Promise<void> {
  for (;;) {
    try {
      await handle(example(i));
      return;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
    }
  }
}

test("every example is learned once, and its id is kept once", async () => {
  const delivery = fc.record({ learner: fc.nat({ max: 2 }), example: fc.nat({ max: 9 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(delivery, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.constantFrom<Fault>("none", "none", "before", "after"), { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      async (scheduler, waves, faults, groupLimit) => {
        const store = open();
        const port = distant(store, scheduler, faults[Symbol.iterator]());
        const learners = range(3).map(() =>
          learner(port, LINE, { clock: jumpingClock(), groupLimit, conflictBudgetMs: 1e9 }),
        );

        for (const wave of waves) {
          const answered = wave.map((one) =>
            deliver((learners[one.learner] as (typeof learners)[0]).handle, one.example),
          );
          await scheduler.waitFor(Promise.all(answered));
        }

        const distinct = new Set(waves.flat().map((one) => one.example)).size;
        const { pipeline } = learners[0] as (typeof learners)[0];
        const { count, learned, models, version } = await stateOf(store, pipeline);
        expect({ count, learned, n: models["mean"]?.n }).toEqual({ count: distinct, learned: distinct, n: distinct });
        expect(version).toBeLessThanOrEqual(distinct);
        await closeAll();
      },
    ),
    { numRuns: 200 },
  );
});
