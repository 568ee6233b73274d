// What checks a request is held against ajv, which knows JSON Schema better than anybody.

import { Ajv } from "ajv";
import fc from "fast-check";
import { expect, test } from "vitest";
import { operations } from "../operations.ts";
import { problemsOf } from "./request.ts";

const ajv = new Ajv({ strict: false });
const schemas = operations.flatMap((operation) =>
  (["parameters", "query", "body"] as const).flatMap((place) => {
    const schema = operation[place];
    return schema === undefined ? [] : [[operation.name, place, schema] as const];
  }),
);

test.each(schemas)("%s: its %s is taken and refused as ajv would", (_name, _place, schema) => {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, object>> };
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.integer({ min: -2, max: 2000 }),
    fc.constantFrom("", "line", "schema", true, 1.5, "imported-0123456789abcdef", [1], [{}], ["a"]),
  );
  const record = fc.record(Object.fromEntries([...Object.keys(properties), "other"].map((name) => [name, value])), {
    requiredKeys: [],
  });
  const isSound = ajv.compile(schema);

  fc.assert(
    fc.property(fc.oneof(record, value), (one) => {
      const problems = problemsOf(schema, one, "body");

      expect(problems.length === 0, JSON.stringify(one)).toBe(isSound(one));
    }),
    { numRuns: 300 },
  );
});

test("each field at fault is told, and each once", () => {
  const [, , drop] = schemas.find(([name, place]) => name === "drop" && place === "body") ?? [];
  const names = Array.from({ length: 15 }, (_, i) => `other${i}`);

  const problems = problemsOf(drop as never, Object.fromEntries(names.map((name) => [name, 1])), "body");

  expect(problems.map(({ path }) => path)).toEqual(names.map((name) => `body.${name}`));
});
