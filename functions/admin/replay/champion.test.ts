// A pipeline that chooses its champion, from observations to predictions, and learned again from its log.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import type { PredictionData } from "../../lib/events/vocabulary.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import type { LocalWadi } from "../../local/start.ts";
import {
  cleanUp,
  observation,
  root,
  type Sent,
  settled,
  startHere,
  temporaryFolder,
} from "../../local/wadi-under-test.contract.ts";
import { createAdmin } from "../local-admin.ts";
import { ended, replaysOf, sendAll } from "./replay-under-test.contract.ts";

vi.setConfig({ testTimeout: 60_000 });
afterEach(cleanUp);

const SET = "flights";

function pipelinesFolder(): string {
  const folder = temporaryFolder();
  cpSync(join(root, "helm/pipelines"), folder, { recursive: true });
  const file = join(folder, "flights.yaml");
  const text = readFileSync(file, "utf8").replace(
    /^serve: .*$/m,
    "serve: { best: mae, over: 60, margin: 0.01, after: 20 }",
  );
  writeFileSync(
    file,
    text.replace(
      /^models:\n/m,
      "models:\n  none: [ { linear-regression: { interceptLearningRate: 0, optimizer: { sgd: { learningRate: 0 } } } } ]\n",
    ),
  );
  return folder;
}

/** Delays that a model which always says 0 is worst at. */
const late = (i: number): Sent => {
  const sent = observation(i, true);
  return { ...sent, data: { ...sent.data, delay: 200 + (i % 7) } };
};

/** With a detector, and a model that begins anew where it tells a rise. */
function driftingFolder(): string {
  const folder = pipelinesFolder();
  const file = join(folder, "flights.yaml");
  const drift = "serve: linear\ndrift: { page-hinkley: { threshold: 500, mode: up } }\nonDrift: restart";
  writeFileSync(file, readFileSync(file, "utf8").replace(/^serve: .*$/m, drift));
  return folder;
}

async function choiceOf({ store }: LocalWadi, generation?: string) {
  const stored = await (generation === undefined
    ? store.models.load(SET)
    : store.models.loadGeneration(SET, generation));
  const { champion, choice, count } = JSON.parse(stored.state) as ModelSetState;
  return { champion, choice, count };
}

test("the new champion serves the next observation, and a replay of the log chooses alike", async () => {
  const wadi = await startHere(temporaryFolder(), { pipelinesFolder: pipelinesFolder() });
  await sendAll(
    wadi,
    Array.from({ length: 150 }, (_, i) => late(i)),
  );
  await settled(wadi);
  const chosen = await choiceOf(wadi);
  const { store, broker, pipelines } = wadi;
  const about = { version: "1", node: "v24" };
  const admin = createAdmin({ store, storeKind: "sqlite", broker, pipelines, about });
  const answer = await admin.model(SET, { history: 1000 });

  await sendAll(wadi, [observation(999, false)]);
  await settled(wadi);
  const told = await ended(replaysOf(wadi), { pipeline: SET, into: "again" });

  expect(chosen.champion).not.toBe("none");
  expect(answer.champion).toBe(chosen.champion);
  expect(answer.models.filter(({ serves }) => serves).map(({ name }) => name)).toEqual([chosen.champion]);
  expect(answer.history.flatMap(({ champion }) => champion ?? []).at(-1)).toMatchObject({ from: "none" });
  const trace = await admin.trace(SET, "s999");
  expect((trace.served as PredictionData).model).toBe(chosen.champion);
  expect(told).toMatchObject({ state: "done", examples: 150 });
  expect(await choiceOf(wadi, "again")).toEqual(chosen);
});

test("drift is told in the status and with the model set, and a replay of the log tells the same and begins the same model", async () => {
  const wadi = await startHere(temporaryFolder(), { pipelinesFolder: driftingFolder() });
  const sent = Array.from({ length: 150 }, (_, i) => {
    const one = late(i);
    return i < 100 ? one : { ...one, data: { ...one.data, delay: -900 - (i % 7) } };
  });
  await sendAll(wadi, sent);
  await settled(wadi);
  const { store, broker, pipelines } = wadi;
  const admin = createAdmin({ store, storeKind: "sqlite", broker, pipelines, about: { version: "1", node: "v24" } });

  const answer = await admin.model(SET, { history: 1000 });
  const { risen } = await admin.status();
  const told = await ended(replaysOf(wadi), { pipeline: SET, into: "again" });

  const [rise] = answer.drift;
  expect(rise).toMatchObject({ model: "linear", detector: "page-hinkley", change: "rise" });
  expect(rise?.at).toBeGreaterThan(100);
  expect(risen).toMatchObject([{ set: SET, count: 150, model: "linear", at: rise?.at }]);
  expect(answer.models.at(-1)).toMatchObject({ name: rise?.challenger, challenges: "linear", serves: false });
  expect(told).toMatchObject({ state: "done", examples: 150 });
  const states = [store.models.load(SET), store.models.loadGeneration(SET, "again")];
  const [now, again] = (await Promise.all(states)).map(({ state }) => JSON.parse(state) as ModelSetState);
  expect(now?.challenger?.at).toBe(rise?.at);
  expect(again?.watch).toEqual(now?.watch);
  expect(again?.challenger?.learned.chain).toEqual(now?.challenger?.learned.chain);
});
