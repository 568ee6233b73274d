// Predictions for somebody who waits: a record in, the prediction out, nothing recorded. Beside FastAPI with River and uvicorn, which
// learned the same flights with the same model: the same requests, one process on one core each.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Event } from "../../functions/lib/events/vocabulary.ts";
import { firstAnswer } from "../first-answer.ts";
import { flightsAtDeparture, labelledFlights } from "../flights.ts";
import { LEARNED, makeLearnedStore } from "../learned-store.ts";
import { loadRequests } from "../load.ts";
import { fastApiRiver, onOneCore, run, stepProgram } from "../programs.ts";
import { fastApi } from "../python-peer.ts";
import { jsonRequestOf } from "../requests.ts";
import { assert, type Context, microsecondsEach, type Row, ratios, type Samples, WARM_UP } from "../row.ts";
import { freePort, type Running } from "../session.ts";

interface Door {
  readonly name: string;
  readonly running: Running;
  readonly port: number;
  readonly path: string;
  readonly rates: number[];
  readonly cpu: number[];
}

const PATH = "/v2/models/flights/infer";
/** How far the two predictions may be apart, of the larger one. */
const TOLERANCE = 1e-6;

export const infer: Row = {
  name: "infer",
  title: "predictions over HTTP without an id, beside FastAPI and River",
  async run(context) {
    const { rounds, small, session, progress, note } = context;
    const peer = await fastApi();
    if (peer.missing !== undefined) note(`infer: FastAPI and River cannot be had: ${peer.missing}`);
    progress(`learning ${LEARNED} flights`);
    const ours = await startPredict(context);
    const theirs = peer.missing === undefined ? [await startFastApi(context, peer.python)] : [];
    const requests = (path: string, from: number, count: number) =>
      flightsAtDeparture(from, count).map(({ data }) => jsonRequestOf(data, path));
    for (const one of theirs) await checkAlike(ours, one);
    const folder = session.folder();
    for (let i = 1 - WARM_UP; i <= rounds; i++) {
      for (const door of [ours, ...theirs]) {
        progress(`${door.name}, ${i < 1 ? "warming up" : `round ${i} of ${rounds}`}`);
        const events = small ? 300 : door === ours ? 20_000 : 4000;
        const before = door.running.cpuSeconds();
        const batch = requests(door.path, LEARNED, events);
        const { seconds } = await loadRequests(session, door.port, batch, 200, folder);
        if (i < 1) continue;
        door.rates.push(events / seconds);
        door.cpu.push(microsecondsEach(door.running.cpuSeconds() - before, events));
      }
    }
    await ours.running.stop();
    for (const { running } of theirs) await running.kill();
    note(
      "infer: one process on one core each; predict answers with the predictions of all three models, FastAPI with that of one",
    );
    const samples = ({ name, rates, cpu }: Door): Samples => ({ name, unit: "answers/s", values: rates, cpu });
    const what = "/infer without an id";
    const [anchor] = theirs;
    if (anchor === undefined) return [{ what, ours: samples(ours) }];
    const ratio = ratios(ours.rates, anchor.rates);
    return [{ what, anchor: samples(anchor), ours: samples(ours), ratio, bar: { of: "ratio", atLeast: 5 } }];
  },
};

async function startPredict({ session }: Context): Promise<Door> {
  const store = await makeLearnedStore(session.folder(), 0, 1);
  const port = await freePort();
  const program = onOneCore(stepProgram("predict", store.path, port));
  const { running } = await firstAnswer(session, program, port, store.next.predict[0] as Event);
  return { name: "predict", running, port, path: PATH, rates: [], cpu: [] };
}

async function startFastApi({ session }: Context, python: string): Promise<Door> {
  const file = join(session.folder(), "flights.json");
  writeFileSync(file, JSON.stringify(labelledFlights(0, LEARNED).map(({ data }) => data)));
  const port = await freePort();
  const running = run(session, onOneCore(fastApiRiver(python, file, port)));
  await running.find(/Uvicorn running/);
  return { name: "FastAPI, River and uvicorn", running, port, path: "/infer", rates: [], cpu: [] };
}

/** What says something else has no speed. */
async function checkAlike(ours: Door, theirs: Door): Promise<void> {
  for (const { data } of flightsAtDeparture(LEARNED, 20)) {
    const own = (await ask(ours, data)) as { outputs: { name: string; data: number[] }[] };
    const value = own.outputs.find(({ name }) => name === "prediction")?.data[0] ?? Number.NaN;
    const { prediction } = (await ask(theirs, data)) as { prediction: number };
    const apart = Math.abs(value - prediction);
    assert(apart <= TOLERANCE * Math.max(1, Math.abs(prediction)), `River predicts ${prediction}, we ${value}`);
  }
}

async function ask({ port, path }: Door, record: unknown): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const url = `http://127.0.0.1:${port}${path}`;
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(record) });
  assert(answer.status === 200, `${url} answered ${answer.status}: ${await answer.clone().text()}`);
  return answer.json();
}
