import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RejectedError } from "../errors.ts";
import { evolutionOf } from "./evolution.ts";
import { parsePipeline } from "./parse.ts";
import type { Pipeline } from "./pipeline.ts";

interface Change {
  readonly schemas: Readonly<Record<number, readonly object[]>>;
  readonly reads?: number;
  readonly features?: readonly object[];
  readonly models?: object;
}

const Z = { name: "z", type: "double", default: 0 };
const Y = { name: "y", type: ["null", "double"], default: null };
const KM = { name: "km", type: "int" };
const NOTE = { name: "note", type: "string" };

function pipelineOf({ schemas, reads, features = [{ from: "z", as: "number" }], models }: Change): Pipeline {
  const records = Object.entries(schemas).map(([version, fields]) => [
    version,
    { type: "record", name: "Ride", fields: [...fields, Z, Y] },
  ]);
  const file = {
    ...{ name: "rides", event: { schemas: Object.fromEntries(records), ...(reads !== undefined && { reads }) } },
    ...{ target: { field: "y", task: "regression" }, labelHorizon: "1d", features, metrics: ["mae"] },
    ...{ models: models ?? { mean: ["mean-regressor"] }, serve: "mean" },
  };
  return parsePipeline(JSON.stringify(file), "rides.yaml");
}

const evolution = (before: Change, now: Change) => evolutionOf(pipelineOf(before), pipelineOf(now));
const ONE: Change = { schemas: { 1: [KM, NOTE] } };
const withSecond = (...fields: readonly object[]): Change => ({ schemas: { 1: [KM, NOTE], 2: fields } });

describe("a changed pipeline file", () => {
  const gate = { name: "gate", type: "string", default: "?" };
  test.each<[string, Change, object]>([
    ["nothing is full", ONE, { unnamedAvro: true, backward: true, unnamed: true, forward: true, problems: [] }],
    [
      "a new field with a default is full",
      withSecond(KM, NOTE, gate),
      { unnamedAvro: false, backward: true, unnamed: true, forward: true },
    ],
    [
      "a wider type cannot go back",
      withSecond({ ...KM, type: "double" }, NOTE),
      { backward: true, unnamed: true, forward: false },
    ],
    [
      "a field that is gone is not for events that name no schema",
      withSecond(KM),
      { backward: true, unnamed: false, forward: false },
    ],
    [
      "nor is a renamed one",
      withSecond({ name: "way", type: "long", aliases: ["km"] }, NOTE),
      { backward: true, unnamed: false, forward: false },
    ],
    [
      "a schema that is gone breaks its producers",
      { schemas: { 2: [KM, NOTE] } },
      { backward: false, unnamed: true, forward: true },
    ],
    [
      "a schema that is another one breaks its producers",
      { schemas: { 1: [NOTE, KM] } },
      { backward: false, unnamed: true, forward: true },
    ],
    [
      "an earlier one may read",
      { ...withSecond(KM, NOTE, gate), reads: 1 },
      { backward: true, unnamed: true, forward: true },
    ],
  ])("%s", (_title, now, told) => {
    expect(evolution(ONE, now)).toMatchObject(told);
  });

  test("says of each field what it was, what it is, and what breaks, with the cure", () => {
    const now = withSecond({ name: "way", type: "double", aliases: ["km"] }, gate);

    const { fields, schemas, problems } = evolution(ONE, now);

    expect(fields).toEqual([
      {
        field: "way",
        was: "km",
        before: "int",
        now: "double",
        forward: expect.stringMatching(/^km is missing in what/),
      },
      { field: "gate", now: "string", default: "?" },
      { field: "z", before: "double", now: "double" },
      { field: "y", before: "double or null", now: "double or null" },
      { field: "note", before: "string", forward: expect.stringMatching(/no default for it$/) },
    ]);
    expect(schemas).toEqual([
      { version: 1, change: "same" },
      { version: 2, change: "new" },
    ]);
    expect(problems.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/km is unknown now; the field note .*dataschema: urn:wadi:rides:1/),
    ]);
  });

  test("says what becomes of each model", () => {
    const features = [{ from: "km", as: "number" }];
    const more = [...features, { from: "km", as: "bucket", boundaries: [3] }];
    const models = { mean: ["mean-regressor"], linear: ["linear-regression"], gone: ["median-regressor"] };
    const after = { mean: ["mean-regressor"], linear: [{ "linear-regression": { l2: 1 } }], added: ["knn-regressor"] };
    const grown = evolution({ ...ONE, features, models }, { ...ONE, features: more, models: after });

    expect(Object.fromEntries(grown.models.map(({ model, change }) => [model, change]))).toEqual({
      ...{ mean: "grown", linear: "changed", added: "new", gone: "gone" },
    });
    expect(grown.problems).toEqual([{ of: "models", problem: expect.stringMatching(/linear .* give it a new name/) }]);
    expect(evolution({ ...ONE, features: more, models }, { ...ONE, features, models }).models[0]?.change).toBe("fewer");
  });
});

const VALUES = { int: -7, long: 2 ** 40, double: 1e300, string: "a" } as const;
type Type = keyof typeof VALUES;
// Mostly such that files can follow each other.
const often = fc.integer({ min: 0, max: 3 }).map((n) => n > 0);
const field = (name: string) =>
  fc
    .record({
      type: fc.constantFrom<Type>("int", "int", "long", "double", "string"),
      ...{ nullable: fc.boolean(), withDefault: often, isRenamed: often.map((yes) => !yes) },
    })
    .map(({ type, nullable, withDefault, isRenamed }) => ({
      name,
      type: nullable ? [type, "null"] : type,
      ...(withDefault && { default: VALUES[type] }),
      ...(isRenamed && { aliases: [name === "a" ? "b" : "a"] }),
    }));
const fields = fc
  .record({ a: field("a"), b: field("b"), c: field("c") }, { requiredKeys: [] })
  .map((some) => Object.values(some));

/** All values that a field may have in JSON; undefined: it is absent. */
function valuesOf({ type, ...rest }: { readonly type: unknown; readonly default?: unknown }): readonly unknown[] {
  const [first] = [type].flat() as Type[];
  return [VALUES[first as Type], ...(Array.isArray(type) ? [null] : []), ...("default" in rest ? [undefined] : [])];
}

function isTaken(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof RejectedError) return false;
    throw error;
  }
}

test("where nothing breaks, no event of an earlier producer is refused, named or not, in JSON or in Avro", () => {
  let sound = 0;
  fc.assert(
    fc.property(fields, fields, often, fc.constantFrom(1, 2, 2), (old, next, keeps, version) => {
      const before = pipelineOf({ schemas: { 1: old } });
      let now: Pipeline;
      try {
        now = pipelineOf({ schemas: { ...(keeps && { 1: old }), [version]: next } });
      } catch {
        return; // the file itself is refused
      }
      const { backward, unnamed } = evolutionOf(before, now);
      const records = old.reduce<Record<string, unknown>[]>(
        (all, one) => all.flatMap((record) => valuesOf(one).map((value) => ({ ...record, [one.name]: value }))),
        [{}],
      );
      for (const record of records) {
        const json = JSON.parse(JSON.stringify(record));
        if (unnamed) expect(isTaken(() => now.decodeJson(json))).toBe(true);
        if (!backward) continue;
        expect(isTaken(() => now.decodeJson(json, 1))).toBe(true);
        expect(isTaken(() => now.decodeAvro(before.encodeAvro(json), 1))).toBe(true);
        sound++;
      }
    }),
    { numRuns: 200 },
  );
  expect(sound).toBeGreaterThan(20);
});
