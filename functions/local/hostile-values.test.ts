// Values that are allowed and odd: nothing to refuse, and nothing that may spoil a model.

import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { EventType } from "../lib/events/vocabulary.ts";
import { readScores } from "../lib/learners/model-set.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { readBase } from "../lib/states/learned-by.ts";
import { cleanUp, settled, startHere, temporaryFolder } from "./wadi-under-test.contract.ts";

afterEach(cleanUp);

const seed = Number(process.env["HOSTILE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

interface Sent {
  readonly id: string;
  readonly data: object | string | Uint8Array;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function post(url: string, { id, data, path = "/", headers = {} }: Sent): Promise<number> {
  const attributes = { "ce-specversion": "1.0", "ce-type": "dev.wadi.observation", "ce-source": "/s", "ce-id": id };
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", "ce-pipeline": "line", ...attributes, ...headers },
    body: typeof data === "string" || data instanceof Uint8Array ? data : JSON.stringify(data),
  });
  await response.arrayBuffer();
  return response.status;
}

async function infer(url: string, x: number): Promise<unknown> {
  const response = await fetch(`${url}/v2/models/line/infer`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ inputs: { x } }),
  });
  expect(response.status).toBe(200);
  const { outputs } = (await response.json()) as { outputs: { name: string; data: unknown[] }[] };
  return outputs.find(({ name }) => name === "prediction")?.data[0];
}

const EDGES = [
  0,
  -0,
  5e-324,
  -5e-324,
  Number.EPSILON,
  1e150,
  -1e150,
  1e308,
  -1e308,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
];
const anyNumber = fc.oneof(fc.constantFrom(...EDGES), fc.double({ noNaN: true, noDefaultInfinity: true }));

test(`numbers at the edges of doubles leave every model, score and prediction finite (seed ${seed})`, async () => {
  const folder = temporaryFolder();
  const wadi = await startHere(folder);
  const pairs = fc.sample(fc.tuple(anyNumber, anyNumber), { numRuns: 300, seed });

  for (const [i, [x, y]] of pairs.entries()) expect(await post(wadi.url, { id: `${i}`, data: { x, y } })).toBe(202);
  await settled(wadi);

  const { state } = await wadi.store.models.load("line");
  const { count, models } = readScores(wadi.pipelines.get("line") as Pipeline, state);
  expect([count, wadi.broker.status().deadLetters]).toEqual([pairs.length, 0]);
  expect(JSON.stringify(readBase(state).state)).not.toContain("null"); // what JSON makes of Infinity and NaN
  for (const { metrics } of Object.values(models)) expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
  for (const x of EDGES) {
    const prediction = await infer(wadi.url, x);
    expect(prediction === null || Number.isFinite(prediction), `${x}: ${prediction}`).toBe(true);
  }
  await wadi.stop();
  const again = await startHere(folder);
  expect(await infer(again.url, 1)).toSatisfy((value) => value === null || Number.isFinite(value));
}, 60_000);

test("a number that is none, or past the end of doubles, stays out at every door, and nothing is learned from it", async () => {
  const wadi = await startHere(temporaryFolder());
  const avro = { "content-type": "application/avro", "ce-dataschema": "urn:wadi:line:1" };
  const label = { "ce-type": "dev.wadi.label", "ce-subject": "good" };
  const doubles = (...numbers: number[]) => {
    // x, y in the second branch of its union, and no time.
    const bytes = Buffer.from([...new Array(8).fill(0), 2, ...new Array(8).fill(0), 0]);
    bytes.writeDoubleLE(numbers[0] ?? 0, 0);
    bytes.writeDoubleLE(numbers[1] ?? 0, 9);
    return bytes;
  };
  await post(wadi.url, { id: "good", data: { x: 1 } });
  await post(wadi.url, { id: "sound", data: doubles(1, 2), headers: avro });
  await settled(wadi);
  expect(wadi.broker.status().deadLetters).toBe(0);

  const none: Sent[] = [
    { id: "json", data: '{"x":1e400,"y":1}' },
    { id: "target", data: '{"x":1,"y":-1e400}' },
    { id: "label", data: '{"y":1e309}', headers: label },
    { id: "in-words", data: '{"x":"NaN","y":1}' },
    { id: "avro-nan", data: doubles(Number.NaN, 1), headers: avro },
    { id: "avro-target", data: doubles(1, Number.NEGATIVE_INFINITY), headers: avro },
  ];
  for (const sent of none) expect(await post(wadi.url, sent)).toBe(202);
  await settled(wadi);

  expect(wadi.broker.status().deadLetters).toBe(none.length);
  const { state } = await wadi.store.models.load("line");
  expect(readScores(wadi.pipelines.get("line") as Pipeline, state).count).toBe(1);
  for (const body of [
    '{"inputs":{"x":1e400}}',
    '{"inputs":[{"name":"x","datatype":"FP64","shape":[1],"data":[-1e400]}]}',
  ]) {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${wadi.url}/v2/models/line/infer`, { method: "POST", headers, body });
    expect([response.status, await response.text()]).toEqual([
      expect.any(Number),
      expect.stringMatching(/finite|Infinity/),
    ]);
    expect(response.status).toBeGreaterThanOrEqual(400);
  }
}, 60_000);

test("what no feature of the pipeline gives is left out of a forged example, whatever it is called, and the rest is learned", async () => {
  const folder = temporaryFolder();
  const wadi = await startHere(folder);
  const invented = Array.from({ length: 15_000 }, (_, i) => `"invented${i}":1`).join();
  const data = `{"set":"line","time":0,"x":{"__proto__":1,"constructor":2,"toString":3,${invented},"x":1},"y":1}`;

  for (let i = 0; i < 3; i++) {
    await wadi.broker.publish({
      specversion: "1.0",
      type: EventType.exampleLabelled,
      source: "/s",
      id: `forged-${i}`,
      subject: "s",
      pipeline: "line",
      recordedtime: new Date().toISOString(),
      learnedid: String(i),
      data: JSON.parse(data),
    });
  }
  await settled(wadi);
  const before = await infer(wadi.url, 1);
  const { state } = await wadi.store.models.load("line");
  await wadi.stop();
  const again = await startHere(folder);
  await post(again.url, { id: "good", data: { x: 1, y: 1 } });
  await settled(again);

  expect(state).not.toMatch(/__proto__|constructor|toString|invented/);
  expect(before).toSatisfy(Number.isFinite);
  const { count } = JSON.parse((await again.store.models.load("line")).state) as { count: number };
  expect(count).toBe(4);
  expect(Object.keys({})).toEqual([]);
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

test("a type that nobody takes is kept in the log like any other event, is no dead letter, and is counted", async () => {
  const wadi = await startHere(temporaryFolder());

  const status = await post(wadi.url, { id: "1", data: {}, headers: { "ce-type": "dev.wadi.observaton" } });
  await post(wadi.url, { id: "2", data: { x: 1, y: 1 } });
  await settled(wadi);

  expect(status).toBe(202);
  expect(wadi.broker.status()).toMatchObject({ received: 2, unmatched: 1, deadLetters: 0 });
  expect(await (await fetch(`${wadi.url}/metrics`)).text()).toContain('wadi_broker_events{what="unmatched"} 1');
});
