// Learning again from the log of a running Wadi, beside what it has learned.

import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test, vi } from "vitest";
import { systemClock } from "../../lib/clock.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import type { LocalWadi } from "../../local/start.ts";
import {
  cleanUp,
  label,
  observation,
  outcomeOf,
  pause,
  root,
  type Sent,
  settled,
  startHere,
  temporaryFolder,
} from "../../local/wadi-under-test.contract.ts";
import type { ReplayRequest } from "../shapes/replays.ts";
import { ended, replaysOf, sendAll } from "./replay-under-test.contract.ts";

// Each lives through a stream, event by event.
vi.setConfig({ testTimeout: 60_000 });
afterEach(cleanUp);

const SET = "flights";

/** Departures `from` up to `to`: every other one bears its truth, that of the others comes ten later. */
function stream(from: number, to: number): readonly Sent[] {
  const events: Sent[] = [];
  for (let i = from; i < to; i++) {
    events.push(observation(i, i % 2 === 0));
    if (i - 10 >= from && (i - 10) % 2 === 1) events.push(label(i - 10));
  }
  for (let i = Math.max(from, to - 10); i < to; i++) if (i % 2 === 1) events.push(label(i));
  return events;
}

async function lived(to = 200) {
  const folder = temporaryFolder();
  const wadi = await startHere(folder);
  await sendAll(wadi, stream(0, to));
  await settled(wadi);
  return { folder, wadi, replays: replaysOf(wadi) };
}

/** What each model knows; its scores come of what was served, which a replay does not have. */
async function weightsOf({ store }: LocalWadi, generation: string) {
  const { state } = await store.models.loadGeneration(SET, generation);
  const { count, models } = JSON.parse(state) as ModelSetState;
  return { count, models: Object.entries(models).map(([name, { chain, n }]) => ({ name, chain, n })) };
}

const inForce = async ({ store }: LocalWadi) => (await store.models.head(SET)).generation;

test("a replay of the whole log fills a generation with the very weights that were learned, and leaves the one in force", async () => {
  const { wadi, replays } = await lived();
  const running = await inForce(wadi);

  const told = await ended(replays, { pipeline: SET, into: "again" });

  expect(told).toMatchObject({ state: "done", promoted: false, fraction: 1, read: 300, examples: 200, rejected: {} });
  expect(told.sets).toMatchObject([
    { set: SET, inForce: { generation: running, count: 200 }, replayed: { count: 200 } },
  ]);
  expect(await weightsOf(wadi, "again")).toEqual(await weightsOf(wadi, running));
  expect(await inForce(wadi)).toBe(running);
});

test("from the archive and the log behind it, a generation gets the very weights, also of what the log has let go", async () => {
  const folder = temporaryFolder();
  const archive = { place: { kind: "folder", folder: join(folder, "archive") } } as const;
  const before = await startHere(folder, { archive });
  await sendAll(before, stream(0, 100));
  await settled(before);
  await before.stop();
  const journal = new DatabaseSync(join(folder, "journal.db"));
  journal.exec("DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - 20");
  journal.close();
  const wadi = await startHere(folder, { archive: { ...archive, everyMs: 3_600_000 } });
  await sendAll(wadi, stream(100, 200));
  await settled(wadi);
  const replays = replaysOf(wadi);

  const short = await ended(replays, { pipeline: SET, into: "short" });
  const whole = await ended(replays, { pipeline: SET, into: "whole", fromArchive: true, promote: true });

  expect(short.examples).toBeLessThan(110);
  expect(whole).toMatchObject({
    state: "done",
    promoted: true,
    read: 300,
    examples: 200,
    rejected: {},
    fromArchive: true,
  });
  expect(await weightsOf(wadi, "whole")).toEqual(await weightsOf(wadi, "1"));
});

test("a pipeline that is new learns from the archive what was sent to it before it existed", async () => {
  const folder = temporaryFolder();
  const archive = { place: { kind: "folder", folder: join(folder, "archive") } } as const;
  const pipelinesFolder = join(folder, "pipelines");
  mkdirSync(pipelinesFolder);
  copyFileSync(join(root, "helm/pipelines/line.yaml"), join(pipelinesFolder, "line.yaml"));
  const before = await startHere(folder, { archive, pipelinesFolder });
  await sendAll(before, stream(0, 40));
  await settled(before);
  await before.stop();
  const wadi = await startHere(folder, { archive });

  const told = await ended(replaysOf(wadi), { pipeline: SET, into: "first", fromArchive: true, promote: true });

  expect(before.broker.status().deadLetters).toBe(60);
  expect(told).toMatchObject({ state: "done", promoted: true, read: 60, examples: 40 });
});

test("the same replay into the same generation once more learns nothing twice", async () => {
  const { wadi, replays } = await lived(60);
  await ended(replays, { pipeline: SET, into: "again" });

  const told = await ended(replays, { pipeline: SET, into: "again" });

  expect(told).toMatchObject({ state: "done", examples: 60 });
  expect((await weightsOf(wadi, "again")).count).toBe(60);
});

test("a range of the log lies between two positions or two times", async () => {
  const { wadi, replays } = await lived(40);
  const middle = await wadi.broker.log.end();
  await pause(2);
  const time = new Date(Date.now()).toISOString();
  await pause(2);
  await sendAll(wadi, stream(100, 120));
  await settled(wadi);

  const first = await ended(replays, { pipeline: SET, into: "first", to: String(middle) });
  const second = await ended(replays, { pipeline: SET, into: "second", from: time });

  expect(first).toMatchObject({ state: "done", examples: 40 });
  expect(second).toMatchObject({ state: "done", examples: 20 });
});

test("promoted under load, a generation takes over and no example is lost or learned twice", async () => {
  const { wadi, replays } = await lived(300);
  let sent = 300;
  let go = true;
  const load = (async () => {
    for (; go; sent += 20) await sendAll(wadi, stream(sent, sent + 20));
  })();
  while (sent < 400) await pause(1);

  const told = await ended(replays, { pipeline: SET, into: "better", promote: true });
  const later = sent;
  while (sent < later + 60) await pause(1);
  go = false;
  await load;
  await settled(wadi);
  const outcome = await outcomeOf(wadi);

  expect(told).toMatchObject({ state: "done", promoted: true });
  expect(await inForce(wadi)).toBe("better");
  expect(outcome).toMatchObject({ count: sent, learned: sent, deadLetters: 0 });
});

test("a gap is learned again: a restored store then has what it would have had", async () => {
  const folder = temporaryFolder();
  const before = await startHere(folder);
  await sendAll(before, stream(0, 100));
  await settled(before);
  await before.stop();
  copyFileSync(join(folder, "store.db"), join(folder, "copy.db"));
  const running = await startHere(folder);
  await sendAll(running, stream(100, 160));
  await settled(running);
  const undisturbed = await outcomeOf(running);
  await running.stop();
  for (const end of ["-wal", "-shm"]) rmSync(join(folder, `store.db${end}`), { force: true });
  copyFileSync(join(folder, "copy.db"), join(folder, "store.db"));
  const wadi = await startHere(folder);
  expect((await outcomeOf(wadi)).count).toBe(100);

  const told = await ended(replaysOf(wadi), { pipeline: SET, gap: true });

  expect(told).toMatchObject({ state: "done", gap: true, promoted: false });
  // Nobody waits for the activity to be written.
  await expect.poll(() => wadi.store.activity.tail(1)).toMatchObject([{ kind: "gap-replayed", pipeline: SET }]);
  expect(await outcomeOf(wadi)).toEqual(undisturbed);
});

test("a gap that is noticed hours later is learned again, though commits have come since", async () => {
  const folder = temporaryFolder();
  const before = await startHere(folder);
  await sendAll(before, stream(0, 40));
  await settled(before);
  await before.stop();
  copyFileSync(join(folder, "store.db"), join(folder, "copy.db"));
  const lost = await startHere(folder);
  await sendAll(lost, stream(40, 60));
  await settled(lost);
  await lost.stop();
  for (const end of ["-wal", "-shm"]) rmSync(join(folder, `store.db${end}`), { force: true });
  copyFileSync(join(folder, "copy.db"), join(folder, "store.db"));
  const clock = { ...systemClock, now: () => systemClock.now() + 5 * 3_600_000 };
  const wadi = await startHere(folder, { clock });
  await sendAll(wadi, stream(60, 80));
  await settled(wadi);

  const told = await ended(replaysOf(wadi), { pipeline: SET, gap: true });

  expect(told).toMatchObject({ state: "done", gap: true });
  expect(await outcomeOf(wadi)).toMatchObject({ count: 80, learned: 80 });
});

test("a replay that is stopped keeps what it has learned, and the same request continues", async () => {
  const { wadi, replays } = await lived(400);

  const { number } = await replays.start({ pipeline: SET, into: "again" });
  const stopped = await replays.stop(number);
  const told = await ended(replays, { pipeline: SET, into: "again" });

  expect(stopped.state).toBe("stopped");
  expect(told).toMatchObject({ state: "done", examples: 400 });
  expect(await weightsOf(wadi, "again")).toEqual(await weightsOf(wadi, await inForce(wadi)));
});

test.each<[string, ReplayRequest, RegExp]>([
  ["neither a generation nor a gap", { pipeline: SET }, /name the generation to fill/],
  ["both", { pipeline: SET, into: "a", gap: true }, /one of the two/],
  ["an archive that is none", { pipeline: SET, into: "a", fromArchive: true }, /keeps no archive.*--archive <folder>/],
  ["a gap from the archive", { pipeline: SET, gap: true, fromArchive: true }, /fromArchive fills a generation/],
  ["the generation in force", { pipeline: SET, into: "1" }, /1 is in force in flights already/],
  ["a gap to be promoted", { pipeline: SET, gap: true, promote: true }, /promote is of a generation/],
  ["a part of the log to be promoted", { pipeline: SET, into: "a", to: "17", promote: true }, /to must be the end/],
  ["no position", { pipeline: SET, into: "a", from: "yesterday" }, /write start, end, a time/],
  ["a position of another log", { pipeline: SET, into: "a", from: "1,2" }, /names 2 partitions; the log has 1/],
  ["no pipeline", { pipeline: "flight", into: "a" }, /"flight" is not deployed here.*flights/],
])("a replay of %s is refused, and says why", async (_, request, why) => {
  const { replays } = await lived(4);

  await expect(replays.start(request)).rejects.toThrow(why);
});

test("one replay at a time: another one is refused while it runs", async () => {
  const { replays } = await lived(100);

  const first = replays.start({ pipeline: SET, into: "a" });
  const { number } = await first;

  await expect(replays.start({ pipeline: SET, into: "b" })).rejects.toThrow(/replay 1 of flights is under way/);
  await replays.stop(number);
});

test("of two replays that are asked for in the same moment one runs, and the other is refused", async () => {
  const { replays } = await lived(4);

  const asked = await Promise.allSettled(["a", "b"].map((into) => replays.start({ pipeline: SET, into })));

  expect(asked.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const [refused] = asked.filter((one) => one.status === "rejected");
  expect(String(refused?.reason)).toMatch(/replay 1 of flights is under way/);
});
