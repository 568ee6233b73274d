import avsc from "avsc";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordSource } from "../pipeline-file.ts";
import { isPlainRecord } from "./plain-record.ts";

const names = fc.constantFrom("Trip", "B9", "Flight", "int", "record", "_x");
const primitives = ["boolean", "int", "long", "float", "double", "string"];
const bases = fc.constantFrom(...primitives, ...primitives, "bytes", "null", "Trip", "none");
const logical = fc.constantFrom("timestamp-millis", "timestamp-nanos", "date", "decimal");
const types = fc.oneof(
  bases,
  fc.record({ type: fc.oneof(fc.constant("long"), bases), logicalType: logical }),
  fc.tuple(fc.constantFrom("null", "null", "int"), bases),
);
const defaults = fc.constantFrom(undefined, undefined, undefined, null, null, 0, "x", true);
const fields = fc
  .record({ name: fc.constantFrom("a", "b", "c", "Trip", "int"), type: types, default: defaults })
  .map(({ default: byDefault, ...field }) => (byDefault === undefined ? field : { ...field, default: byDefault }));
const extras = fc.constantFrom(
  {},
  {},
  {},
  {},
  { aliases: ["Old", "Old"] },
  { namespace: "org.example" },
  { namespace: "1" },
);
const records = fc
  .record({ name: names, fields: fc.uniqueArray(fields, { maxLength: 2, selector: ({ name }) => name }), more: extras })
  .map(({ more, ...record }) => ({ type: "record", ...record, ...more }));

test("a record that is known for Avro at a glance is Avro for the library, too", () => {
  let plain = 0;
  fc.assert(
    fc.property(records, (record) => {
      if (!isPlainRecord(record as unknown as RecordSource)) return;
      plain++;
      expect(() => avsc.Type.forSchema(record as never, { wrapUnions: "never" })).not.toThrow();
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(20);
});

test.each<[string, object]>([
  ["aliases", { type: "record", name: "Trip", aliases: ["Way"], fields: [] }],
  ["a name of Avro's own", { type: "record", name: "int", fields: [] }],
  ["a default that is not of a union's first branch", field({ type: ["null", "int"], default: 1 })],
  ["a default", field({ type: "int", default: 1 })],
  ["an enum", field({ type: { type: "enum", name: "E", symbols: ["A"] } })],
])("with %s the library is asked", (_, record) => {
  expect(isPlainRecord(record as RecordSource)).toBe(false);
});

function field(more: object): object {
  return { type: "record", name: "Trip", fields: [{ name: "a", ...more }] };
}
