import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { RejectedError } from "../../errors.ts";
import { noJava } from "../../java.contract.ts";
import { parsePipeline } from "../parse.ts";
import type { Pipeline } from "../pipeline.ts";
import { avroPeer, journeys, type PeerAnswer } from "./avro-peer.contract.ts";

const TIMEOUT_MS = 120_000;
const OLD = "2";
const NEW = "4";
const RUNS = 300;

const pipeline = parsePipeline(
  JSON.stringify({
    name: "journeys",
    event: { schemas: journeys.schemas },
    target: { field: "delay", task: "regression" },
    labelHorizon: "1d",
    features: [{ from: "distance", as: "number" }],
    models: { mean: ["mean-regressor"] },
    metrics: ["mae"],
  }),
  "journeys.yaml",
);

function ours({ decodeAvro }: Pipeline, hex: string, version: string): object | undefined {
  try {
    return decodeAvro(Buffer.from(hex, "hex"), Number(version)).record;
  } catch (error) {
    expect(error).toBeInstanceOf(RejectedError);
    return undefined;
  }
}

/** As JSON keeps it: without -0. */
const kept = (read: unknown) => (read === undefined ? undefined : JSON.parse(JSON.stringify(read)));

describe.skipIf(noJava !== undefined)("with Apache Avro for Java", { tags: ["java"] }, () => {
  const written = journeys.cases.map(({ version, value }) => ({ schema: journeys.schemas[version], value }));
  const read = (hex: string, version: string) => ({
    writer: journeys.schemas[version],
    reader: journeys.schemas[NEW],
    hex,
  });
  // Anything may happen to the bytes of an old record and of a new one.
  const spoilt = fc
    .record({ nth: fc.nat(), at: fc.nat(), cut: fc.nat({ max: 3 }), put: fc.uint8Array({ maxLength: 4 }) })
    .map(({ nth, at, cut, put }) => {
      const cases = journeys.cases.filter(({ version }) => [OLD, NEW].includes(String(version)));
      const { avro, version } = cases[nth % cases.length] as (typeof cases)[number];
      const bytes = Buffer.from(avro, "hex");
      const place = at % (bytes.length + 1);
      const data = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + cut)]);
      return { hex: data.toString("hex"), version: String(version) };
    });
  const spoiltOnes = fc.sample(spoilt, { numRuns: RUNS, seed: 1 });
  const ownOnes = journeys.cases.map(({ read }) => pipeline.encodeAvro(kept(read)).toString("hex"));
  let answers: readonly PeerAnswer[] = [];

  beforeAll(async () => {
    // Once: its start is what takes long.
    answers = await avroPeer([
      ...written,
      ...journeys.cases.map(({ avro, version }) => read(avro, String(version))),
      ...ownOnes.map((hex) => read(hex, NEW)),
      ...spoiltOnes.map(({ hex, version }) => read(hex, version)),
    ]);
  }, TIMEOUT_MS);

  const n = journeys.cases.length;
  test("the journeys are what it writes and reads", () => {
    expect(answers.slice(0, n).map(({ hex }) => hex)).toEqual(journeys.cases.map(({ avro }) => avro));
    expect(answers.slice(n, 2 * n).map((one) => one.read)).toEqual(journeys.cases.map((one) => one.read));
  });

  test("it reads what we write", () => {
    expect(answers.slice(2 * n, 3 * n).map((one) => kept(one.read))).toEqual(
      journeys.cases.map((one) => kept(one.read)),
    );
  });

  test("what we read of spoilt bytes is what it reads, and what it refuses we refuse", () => {
    const both = spoiltOnes.map(({ hex, version }, i) => {
      return { hex, ours: kept(ours(pipeline, hex, version)), theirs: kept(answers[3 * n + i]?.read) };
    });

    for (const one of both.filter((one) => one.ours !== undefined)) expect(one.ours, one.hex).toEqual(one.theirs);
    expect(both.filter((one) => one.ours !== undefined).length).toBeGreaterThan(RUNS / 10);
  });
});
