// kill -9 at each point between two durable steps. A durable step is a commit, of the journal or of the store; the
// process is gone just before one, or just after it, and comes up again on the same folder.

import { afterEach, expect, test } from "vitest";
import {
  cleanUp,
  label,
  type Outcome,
  observation,
  outcomeOf,
  pipeline,
  post,
  type Sent,
  settled,
  spawnWadi,
  startHere,
  temporaryFolder,
} from "./wadi-under-test.contract.ts";

afterEach(cleanUp);

/** In the order in which an event meets them. */
const STEPS = [
  "observation",
  "observation.validated",
  "join opened",
  "features.extracted",
  "prediction served",
  "prediction.made",
  "weights and learned ids",
  "model.updated",
  "label",
  "label.validated",
  "join met by its label",
  "example.labelled",
  "settled without a reply",
  "join met by its observation",
];
const POINTS = STEPS.flatMap((step) => [`before ${step}`, `after ${step}`]);

const LEARNED_A_LIFE = 8;

/** All that an event can meet: truth in the observation, truth late, truth early. What is sent at once is one list. */
function burstsOf(life: number): readonly (readonly Sent[])[] {
  const [late = 0, early = 0, ...inline] = Array.from({ length: LEARNED_A_LIFE }, (_, i) => life * LEARNED_A_LIFE + i);
  const some = inline.map((i) => observation(i, true));
  return [
    [...some.slice(0, 3), observation(late, false), ...some.slice(3), label(late)],
    [label(early)],
    [observation(early, false)],
  ];
}

/** What an undisturbed process has learned after each life. */
async function undisturbed(lives: number): Promise<readonly Outcome[]> {
  const wadi = await startHere(temporaryFolder());
  const outcomes: Outcome[] = [];
  for (let life = 0; life < lives; life++) {
    for (const burst of burstsOf(life)) {
      expect(await pipeline(wadi.url, burst)).toBe(burst.length);
      await settled(wadi);
    }
    outcomes.push(await outcomeOf(wadi));
  }
  return outcomes;
}

test("killed before or after any durable step, it learns all it accepted, once, to the bit as if nothing had happened", async () => {
  const folder = temporaryFolder();
  const expected = await undisturbed(POINTS.length);
  let wadi = await spawnWadi(folder);

  for (const [life, point] of POINTS.entries()) {
    let deaths = 0;
    const again = async () => {
      expect(await wadi.exit, `${point}: ${wadi.log()}`).toEqual({ code: null, signal: "SIGKILL" });
      deaths++;
      wadi = await spawnWadi(folder);
    };
    let outcome: Outcome | undefined;
    wadi.tell({ die: point });
    for (const burst of burstsOf(life)) {
      // From the first one on that it did not accept, or died before it could say so.
      for (let sent = 0; sent < burst.length; ) {
        sent += await pipeline(wadi.url, burst.slice(sent));
        if (sent < burst.length) await again();
      }
      outcome = await wadi.outcome().catch(async () => {
        await again();
        return wadi.outcome();
      });
    }
    const { steps: _, ...learned } = outcome as Outcome;

    expect(deaths, point).toBe(1);
    expect(learned, point).toEqual(expected[life]);
    const count = LEARNED_A_LIFE * (life + 1);
    expect(learned, point).toMatchObject({ count, learned: count, deadLetters: 0 });
  }
}, 120_000);

test("these are all the durable steps there are", async () => {
  const wadi = await spawnWadi(temporaryFolder());
  for (const burst of burstsOf(0)) {
    await pipeline(wadi.url, burst);
    await wadi.outcome();
  }

  const { steps = [] } = await wadi.outcome();

  expect([...steps].sort()).toEqual([...STEPS].sort());
}, 30_000);

test.each(["before", "after"])(
  "killed %s a dead letter is written, there is one, and what follows is learned",
  async (when) => {
    const folder = temporaryFolder();
    const wadi = await spawnWadi(folder);
    const bad = { ...observation(0, true), data: { distance: "far" } };

    wadi.tell({ die: `${when} dead letter` });
    await post(wadi.url, bad);
    expect(await wadi.exit).toEqual({ code: null, signal: "SIGKILL" });
    const next = await spawnWadi(folder);
    await post(next.url, observation(1, true));

    expect(await next.outcome()).toMatchObject({ count: 1, learned: 1, deadLetters: 1 });
  },
  30_000,
);
