// A pipeline file grows and goes back under load, while producers of four schema versions send JSON and Avro.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import { evolutionOf } from "../lib/pipeline/evolution.ts";
import { parsePipeline } from "../lib/pipeline/parse.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import { type LocalWadi, startLocal } from "./start.ts";
import { root, settled } from "./wadi-under-test.contract.ts";

const VERSIONS = [1, 2, 3, 4] as const;
type Version = (typeof VERSIONS)[number];

const minutes = { name: "minutes", type: ["null", "double"], default: null };
const zone = { name: "zone", type: "string", default: "centre" };
const dry = { name: "dry", type: "boolean", default: true };
const wind = { name: "wind", type: ["null", "double"], default: null };
const km = { name: "km", type: "double" };
const SCHEMAS = {
  1: [{ ...km, type: "int" }, minutes],
  2: [km, minutes, zone],
  3: [dry, zone, km, minutes],
  4: [wind, km, zone, minutes, dry],
} as const;

/** The file when `reads` was the newest that anybody needed. */
function fileOf(reads: Version): string {
  const schemas = VERSIONS.map((version) => [version, { type: "record", name: "Ride", fields: SCHEMAS[version] }]);
  const later =
    reads < 4
      ? []
      : [
          { from: "dry", as: "boolean" },
          { from: "wind", as: "number" },
        ];
  return JSON.stringify({
    name: "rides",
    event: { schemas: Object.fromEntries(schemas), reads },
    ...{ target: { field: "minutes", task: "regression" }, labelHorizon: "1d", metrics: ["mae"] },
    features: [{ from: "km", as: "number" }, { from: "zone", as: "one-hot" }, ...later],
    models: { linear: ["linear-regression"], mean: ["mean-regressor"] },
    serve: "linear",
  });
}

const [BEFORE, AFTER] = [fileOf(2), fileOf(4)];
const writer = parsePipeline(AFTER, "rides.yaml");

/** A ride as a producer of that version writes it. */
function recordOf(version: Version, i: number): Record<string, unknown> {
  const all = { km: i % 7, minutes: 3 * (i % 7), zone: `z${i % 3}`, dry: i % 2 === 0, wind: i % 5 };
  const names: readonly string[] = SCHEMAS[version].map(({ name }) => name);
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

const bytesOf = (version: Version, i: number) => writer.encodeAvro(recordOf(version, i), version);

function attributesOf(version: Version, format: "json" | "avro", i: number) {
  return {
    ...{ specversion: "1.0", type: "dev.wadi.observation", source: `/${format}/${version}`, id: String(i) },
    ...{ subject: `${format}-${version}-${i}`, dataschema: `urn:wadi:rides:${version}` },
  };
}

/** By turns in binary mode, in structured mode and in a batch of one. */
function requestOf(version: Version, format: "json" | "avro", i: number): RequestInit {
  const attributes = attributesOf(version, format, i);
  const bytes = format === "json" ? Buffer.from(JSON.stringify(recordOf(version, i))) : bytesOf(version, i);
  const contentType = format === "json" ? "application/json" : i % 2 === 0 ? "application/avro" : "avro/binary";
  if (i % 3 === 0) {
    const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]);
    const body = new Uint8Array(bytes);
    return { method: "POST", headers: { ...Object.fromEntries(headers), "content-type": contentType }, body };
  }
  const event = { ...attributes, datacontenttype: contentType, data_base64: bytes.toString("base64") };
  const [kind, body] = i % 3 === 1 ? ["cloudevents", event] : ["cloudevents-batch", [event]];
  return { method: "POST", headers: { "content-type": `application/${kind}+json` }, body: JSON.stringify(body) };
}

let folder: string;
let wadi: LocalWadi;
beforeEach(() => {
  folder = mkdtempSync(join(TEMPORARY, "wadi-evolution-"));
});
afterEach(async () => {
  await wadi.stop();
  rmSync(folder, { recursive: true });
});

async function start(file: string): Promise<void> {
  mkdirSync(join(folder, "pipelines"), { recursive: true });
  writeFileSync(join(folder, "pipelines/rides.yaml"), file);
  const options = { port: 0, valuesFile: join(root, "helm/values.yaml"), logLevel: "silent" };
  wadi = await startLocal({ ...options, dataFolder: join(folder, "data"), pipelinesFolder: join(folder, "pipelines") });
}

const stateNow = async () => JSON.parse((await wadi.store.models.load("rides")).state) as ModelSetState;

test("upgraded and gone back while producers of four versions send: nothing is a dead letter, nothing is lost", async () => {
  const EACH = 60;
  let sent = 0;
  const [up, back] = [evolutionOf(parsePipeline(BEFORE, "f"), writer), evolutionOf(writer, parsePipeline(BEFORE, "f"))];
  /** Again and again while Wadi is away, as any client that means it. */
  const produce = async (version: Version, format: "json" | "avro") => {
    for (let i = 0; i < EACH; ) {
      const answer = await fetch(wadi.url, requestOf(version, format, i)).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.status === 202) {
        i++;
        sent++;
      } else await new Promise((done) => setImmediate(done));
    }
  };
  const reached = async (count: number) => {
    while (sent < count) await new Promise((done) => setImmediate(done));
  };

  await start(BEFORE);
  const all = VERSIONS.flatMap((version) => [produce(version, "json"), produce(version, "avro")]);
  const total = all.length * EACH;
  await reached(total / 3);
  await wadi.stop();
  await start(AFTER);
  await reached((2 * total) / 3);
  await wadi.stop();
  await start(BEFORE);
  await Promise.all(all);
  await settled(wadi);

  expect(up).toMatchObject({ backward: true, models: [{ change: "grown" }, { change: "grown" }], problems: [] });
  expect(back).toMatchObject({ backward: true, models: [{ change: "fewer" }, { change: "fewer" }] });
  expect(wadi.broker.status().deadLetters).toBe(0);
  expect(await wadi.store.models.learnedCount("rides")).toBe(total);
  const { count, models } = await stateNow();
  expect({ count, n: models["linear"]?.n, mean: models["mean"]?.n }).toEqual({ count: total, n: total, mean: total });
  expect(models["linear"]?.earlier).toHaveLength(1);
}, 60_000);

test("Avro under a schema that is not known yet is a dead letter as it came, and is learned once the file knows it", async () => {
  const { schemas, ...event } = JSON.parse(BEFORE).event;
  const { 4: _later, ...known } = schemas;
  await start(JSON.stringify({ ...JSON.parse(BEFORE), event: { ...event, schemas: known } }));

  await fetch(wadi.url, requestOf(4, "avro", 0));
  await settled(wadi);
  const [letter] = await wadi.broker.deadLetters.list({ limit: 1 });
  await wadi.stop();
  await start(AFTER);
  await wadi.broker.deadLetters.redrive([letter?.number as number]);
  await settled(wadi);

  expect(letter).toMatchObject({ reason: "unknown-schema", event: { ...attributesOf(4, "avro", 0) } });
  expect(Buffer.from(letter?.event.data as Uint8Array)).toEqual(bytesOf(4, 0));
  expect((await stateNow()).count).toBe(1);
});
