// A generation of many model sets put in force while the stream goes on: killed half-way, held by others, with sets that
// have nothing to put in force.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { EventType } from "../../lib/events/vocabulary.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import type { ModelStore } from "../../lib/store/store.ts";
import type { LocalWadi } from "../../local/start.ts";
import {
  cleanUp,
  observation,
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

const ORIGINS = ["A", "B", "C"];
const setOf = (origin: string) => `flights/${origin}`;
const departure = (i: number, origin: string): Sent => {
  const sent = observation(i, true);
  return { ...sent, data: { ...sent.data, origin } };
};

/** A Wadi with a model set for each origin, which has learned thirty departures, ten of each. */
async function lived(modelPer = "origin", clock: Clock = systemClock): Promise<LocalWadi> {
  const pipelinesFolder = temporaryFolder();
  const file = readFileSync(join(root, "helm/pipelines/flights.yaml"), "utf8");
  writeFileSync(join(pipelinesFolder, "flights.yaml"), `${file}\nmodelPer: ${modelPer}\n`);
  const wadi = await startHere(temporaryFolder(), { pipelinesFolder, clock });
  for (let i = 0; i < 30; i++) await send(wadi, departure(i, ORIGINS[i % 3] as string));
  await settled(wadi);
  return wadi;
}

const send = (wadi: LocalWadi, sent: Sent) => sendAll(wadi, [sent]);

/** `models`: the store's, with what happens meanwhile. */
function replayed(wadi: LocalWadi, request: Omit<ReplayRequest, "pipeline">, models: ModelStore = wadi.store.models) {
  return ended(replaysOf(wadi, { ...wadi.store, models }), { pipeline: "flights", ...request });
}

async function countOf({ store }: LocalWadi, origin: string): Promise<number> {
  const { state } = await store.models.load(setOf(origin));
  return state === "" ? 0 : (JSON.parse(state) as ModelSetState).count;
}

const generations = ({ store }: LocalWadi) =>
  Promise.all(ORIGINS.map(async (origin) => (await store.models.head(setOf(origin))).generation));
const counts = (wadi: LocalWadi) => Promise.all(ORIGINS.map((origin) => countOf(wadi, origin)));

async function promoteOne({ store: { models } }: LocalWadi, set: string, generation: string): Promise<void> {
  await models.hold(set, "killed", 60_000);
  const { revision: expectedRevision } = await models.head(set);
  expect(await models.promote(set, { token: "killed", generation, expectedRevision })).toBe(true);
}

test("a promotion that was interrupted continues with the sets that it has not reached, and learns nothing twice", async () => {
  const wadi = await lived();
  await replayed(wadi, { into: "again" });
  await promoteOne(wadi, setOf("A"), "again");
  for (let i = 30; i < 36; i++) await send(wadi, departure(i, ORIGINS[i % 3] as string));
  await settled(wadi);

  const told = await replayed(wadi, { into: "again", promote: true });

  expect(told).toMatchObject({ state: "done", promoted: true });
  expect(await generations(wadi)).toEqual(["again", "again", "again"]);
  expect(await counts(wadi)).toEqual([12, 12, 12]);
});

test("a generation that is in force wherever it has learned something is refused", async () => {
  const wadi = await lived();
  await replayed(wadi, { into: "again", promote: true });

  await expect(replayed(wadi, { into: "again" })).rejects.toThrow(/again is in force in flights\/A already/);
});

test("a generation that was in force before refuses examples whose ids it may have forgotten", async () => {
  const clock = { ...systemClock, now: () => systemClock.now() - 60 * 24 * 3_600_000 };
  const wadi = await lived("origin", clock);
  const anew = await replayed(wadi, { into: "again", promote: true });

  const back = await replayed(wadi, { into: "1", promote: true });

  expect(anew).toMatchObject({ state: "done", examples: 30, rejected: {} });
  expect(back).toMatchObject({ state: "failed", promoted: false, rejected: { "outside-window": 30 } });
  expect(back.failure).toMatch(/has learned nothing of what was replayed.*--to-generation/);
  expect(await generations(wadi)).toEqual(["again", "again", "again"]);
  expect(await counts(wadi)).toEqual([10, 10, 10]);
});

test("a set that was flipped goes on learning while others are tried again", async () => {
  const wadi = await lived();
  const { models } = wadi.store;
  let tries = 0;
  const promote: ModelStore["promote"] = async (set, to) => {
    if (set !== setOf("C")) return models.promote(set, to);
    tries++;
    if (tries === 1) await models.release(set, to.token); // its hold has ended
    if (tries === 2) {
      await send(wadi, departure(30, "A"));
      while ((await countOf(wadi, "A")) < 11) await pause(5);
    }
    return models.promote(set, to);
  };

  const told = await replayed(wadi, { into: "again", promote: true }, { ...models, promote });

  expect(told).toMatchObject({ state: "done", promoted: true });
  expect(tries).toBe(2);
  expect(await generations(wadi)).toEqual(["again", "again", "again"]);
  expect(await counts(wadi)).toEqual([11, 10, 10]);
});

test("a promotion waits for an export that holds one of the sets", async () => {
  const wadi = await lived();
  const { models } = wadi.store;
  await models.hold(setOf("B"), "export", 60_000);
  let refusals = 0;
  const hold: ModelStore["hold"] = async (set, token, ttlMs) => {
    const held = await models.hold(set, token, ttlMs);
    if (!held && ++refusals === 1) await models.release(set, "export");
    return held;
  };

  const told = await replayed(wadi, { into: "again", promote: true }, { ...models, hold });

  expect(told).toMatchObject({ state: "done", promoted: true });
  expect(refusals).toBe(1);
  expect(await generations(wadi)).toEqual(["again", "again", "again"]);
});

test("a set that begins while the others are held is put in force with them", async () => {
  const wadi = await lived();
  const { models } = wadi.store;
  let sent = false;
  const hold: ModelStore["hold"] = async (set, token, ttlMs) => {
    if (!sent) {
      sent = true;
      await send(wadi, departure(30, "D"));
      while ((await countOf(wadi, "D")) < 1) await pause(5);
    }
    return models.hold(set, token, ttlMs);
  };

  const told = await replayed(wadi, { into: "again", promote: true }, { ...models, hold });

  expect(told).toMatchObject({ state: "done", promoted: true });
  expect((await models.head(setOf("D"))).generation).toBe("again");
  expect(await countOf(wadi, "D")).toBe(1);
});

test("a set whose examples were all refused keeps the generation that has learned", async () => {
  const wadi = await lived();
  const { log } = wadi.broker;
  const from = String(await log.end());
  for await (const { events } of log.read(await log.start(), await log.end(), [EventType.observationValidated])) {
    const [first] = events; // of A
    const data = { ...(first?.data as object), y: "late" };
    if (first !== undefined) await wadi.broker.publish({ ...first, id: "odd", subject: "odd", clientid: "odd", data });
    break;
  }
  await send(wadi, departure(31, "B"));
  await settled(wadi);

  const told = await replayed(wadi, { into: "again", from, promote: true });

  expect(told).toMatchObject({ state: "done", promoted: true });
  expect(await generations(wadi)).toEqual(["1", "again", "1"]);
  expect(await countOf(wadi, "A")).toBe(10);
});

test("a prior that is itself one of the sets is learned again like the others", async () => {
  const wadi = await lived(`{ field: origin, prior: ${setOf("A")} }`);
  const learned = await counts(wadi);

  const told = await replayed(wadi, { into: "again", promote: true });

  expect(told).toMatchObject({ state: "done", promoted: true });
  expect(await generations(wadi)).toEqual(["again", "again", "again"]);
  expect((await counts(wadi))[0]).toBe(learned[0]);
});

test("a generation of hundreds of sets comes into force, all of them", async () => {
  const wadi = await lived();
  const origins = Array.from({ length: 600 }, (_, i) => `X${i}`);
  await Promise.all(origins.map((origin, i) => send(wadi, departure(100 + i, origin))));
  await settled(wadi);

  const told = await replayed(wadi, { into: "again", promote: true });

  expect(told).toMatchObject({ state: "done", promoted: true });
  const heads = await Promise.all(origins.map((origin) => wadi.store.models.head(setOf(origin))));
  expect(heads.filter(({ generation }) => generation !== "again")).toEqual([]);
});
