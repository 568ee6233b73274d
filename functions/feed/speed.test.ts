import { expect, test } from "vitest";
import { manualClock } from "../lib/clock.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import type { Outgoing } from "./late-labels.ts";
import { atSpeed } from "./speed.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));
const DAY_MS = 86_400_000;

/** Events at these times; which of them have come, after time has passed. */
function play(times: readonly number[], speed: number) {
  const clock = manualClock();
  const abort = new AbortController();
  const events = async function* () {
    for (const at of times) yield { event: { id: String(at) } as Event, at } satisfies Outgoing;
  };
  const come: number[] = [];
  const over = (async () => {
    for await (const { at } of atSpeed(events(), speed, clock, abort.signal)) come.push(at ?? -1);
  })();
  const after = async (ms: number) => {
    await settle();
    clock.advance(ms);
    await settle();
    return [...come];
  };
  return { after, abort, over };
}

test("each event comes when its time has come, so many times faster than life, from the first one on", async () => {
  const { after, over } = play([1_000_000, 1_000_000, 1_060_000, 1_120_000], 60);

  expect(await after(0)).toEqual([1_000_000, 1_000_000]);
  expect(await after(999)).toHaveLength(2);
  expect(await after(1)).toHaveLength(3);
  expect(await after(1000)).toHaveLength(4);
  await over;
});

test("what is behind goes at once", async () => {
  const { after, over } = play([0, 1000, 2000, 3000], 1);
  await after(0);

  expect(await after(10_000)).toHaveLength(4);
  await over;
});

test("a wait of more days than a timer takes is waited for", async () => {
  const { after, over } = play([0, 40 * DAY_MS], 1);
  await after(0);

  for (let day = 1; day < 40; day++) expect(await after(DAY_MS)).toHaveLength(1);
  expect(await after(DAY_MS)).toHaveLength(2);
  await over;
});

test("an abort ends it, in the middle of a wait too", async () => {
  const { after, abort, over } = play([0, 1000], 0.001);
  expect(await after(0)).toHaveLength(1);

  abort.abort();

  await over;
  expect(await after(0)).toHaveLength(1);
});
