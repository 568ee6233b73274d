// Clocks that jump, and a process that is told to end while events pour in.

import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { settableClock } from "../lib/clock-under-test.contract.ts";
import { learnedId } from "../lib/events/identity.ts";
import { openStoreFile } from "../lib/store/sqlite/sqlite.ts";
import type { LocalWadi } from "./start.ts";
import {
  cleanUp,
  label,
  observation,
  outcomeOf,
  pause,
  post,
  SOURCE,
  settled,
  spawnWadi,
  startHere,
  temporaryFolder,
} from "./wadi-under-test.contract.ts";

afterEach(cleanUp);

const HOUR = 3_600_000;

/** Nothing can be written to the store of a running Wadi until the answer is called. */
function breakStore(folder: string): () => void {
  const store = openStoreFile(join(folder, "store.db"));
  for (const table of ["joins", "learned"]) {
    store.db.exec(`CREATE TRIGGER no_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'broken'); END`);
  }
  return () => {
    for (const table of ["joins", "learned"]) store.db.exec(`DROP TRIGGER no_${table}`);
    store.close();
  };
}

const waitsOf = (wadi: LocalWadi) => wadi.broker.status().triggers.filter(({ waiting }) => waiting !== undefined);

test.each([
  ["forth", [5 * HOUR]],
  // By more than an hour, what was recorded before would come from the future, which is refused.
  ["back", [-0.9 * HOUR]],
  ["forth and back and forth", [0.9 * HOUR, -0.8 * HOUR, 26 * HOUR]],
])(
  "a clock that jumps %s while events wait to be delivered again loses nothing and gives nothing up",
  async (_title, jumps) => {
    const clock = settableClock();
    const folder = temporaryFolder();
    const wadi = await startHere(folder, { clock });
    await post(wadi.url, observation(0, true));
    await post(wadi.url, observation(1, false));
    await settled(wadi);
    const mend = breakStore(folder);
    for (let i = 2; i < 10; i++) await post(wadi.url, observation(i, i % 2 === 0));
    while (waitsOf(wadi).length === 0) await pause(1);

    for (const [i, byMs] of jumps.entries()) {
      clock.set(byMs);
      await post(wadi.url, observation(10 + i, true));
      clock.advance(5000);
      await pause(10);
    }
    mend();
    for (const i of [1, 3, 5, 7, 9]) await post(wadi.url, label(i));
    let advanced = 0;
    while (wadi.broker.status().triggers.some(({ lag }) => lag > 0)) {
      // Time passes only while somebody waits for it, however long the rest takes.
      if (waitsOf(wadi).length > 0) {
        clock.advance(1000);
        advanced += 1000;
      }
      await pause(1);
    }

    const expected = 10 + jumps.length;
    expect(await outcomeOf(wadi)).toMatchObject({ count: expected, learned: expected, deadLetters: 0 });
    // It waits as long as the topology says by the time that passes, whatever the hands show.
    expect(advanced).toBeLessThan(5 * 60_000);
  },
);

test("told to end under load, it finishes or keeps all that it accepted, and exits with 0", async () => {
  const folder = temporaryFolder();
  const wadi = await spawnWadi(folder);
  const accepted: number[] = [];
  let next = 0;
  let ended = false;
  const client = async () => {
    while (!ended) {
      const i = next++;
      const answer = await post(wadi.url, observation(i, true));
      if (answer === undefined) return;
      if (answer.status === 202) accepted.push(i);
      else expect(answer.status).toBe(503);
    }
  };
  const clients = Array.from({ length: 16 }, client);
  while (accepted.length < 500) await pause(1);

  wadi.child.kill("SIGTERM");
  const exit = await wadi.exit;
  ended = true;
  await Promise.all(clients);
  const here = await startHere(folder);
  await settled(here);

  expect(exit).toEqual({ code: 0, signal: null });
  const { count, learned, deadLetters } = await outcomeOf(here);
  // A client may not have heard of what was accepted last.
  expect(count).toBeGreaterThanOrEqual(accepted.length);
  expect({ learned, deadLetters }).toEqual({ learned: count, deadLetters: 0 });
  const { generation, revision } = await here.store.models.load("flights");
  const ids = accepted.map((i) => learnedId({ source: SOURCE, id: `o${i}` }));
  const again = { generation, expectedRevision: revision, revision: "f".repeat(32), state: "{}" };
  const known = await here.store.models.commit("flights", { ...again, ids: ids.map((id) => ({ id, expiresAt: 0 })) });
  expect(known.outcome).toBe("duplicate");
  expect("learned" in known && known.learned.length).toBe(accepted.length);
}, 60_000);
