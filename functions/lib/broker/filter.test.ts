import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigurationError } from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Filter } from "./broker.ts";
import { eventOf } from "./broker-under-test.contract.ts";
import { checkFilters, compileFilters, typeBound } from "./filter.ts";

const event = eventOf(1, { type: "dev.wadi.label", subject: "s-1", labelled: true, count: 7, empty: "" });
const matches = (...filters: Filter[]) => compileFilters(filters)(event);

test.each<[boolean, Filter]>([
  [true, { exact: { type: "dev.wadi.label" } }],
  [false, { exact: { type: "dev.wadi" } }],
  [true, { exact: { type: "dev.wadi.label", subject: "s-1" } }],
  [false, { exact: { type: "dev.wadi.label", subject: "s-2" } }],
  [true, { prefix: { type: "dev.wadi.", subject: "s" } }],
  [false, { prefix: { type: "wadi" } }],
  [true, { suffix: { type: ".label" } }],
  [false, { suffix: { type: "dev" } }],
  [true, { all: [{ prefix: { type: "dev" } }, { suffix: { subject: "1" } }] }],
  [false, { all: [{ prefix: { type: "dev" } }, { suffix: { subject: "2" } }] }],
  [true, { any: [{ exact: { type: "a" } }, { exact: { subject: "s-1" } }] }],
  [false, { any: [{ exact: { type: "a" } }, { exact: { subject: "a" } }] }],
  [false, { not: { exact: { subject: "s-1" } } }],
  [true, { not: { not: { exact: { subject: "s-1" } } } }],
])("%s: an event of type dev.wadi.label and subject s-1 against %j", (expected, filter) => {
  expect(matches(filter)).toBe(expected);
});

test("several filters must all match, and none at all matches everything", () => {
  const one = { exact: { subject: "s-1" } };
  const other = { exact: { subject: "s-2" } };

  expect([matches(), matches(one), matches(one, other), matches(other, one)]).toEqual([true, true, false, false]);
});

test.each<Filter>([{ exact: { mode: "a" } }, { prefix: { mode: "a" } }, { suffix: { mode: "a" } }])(
  "a missing attribute does not match %j, so not of it does",
  (filter) => {
    expect([matches(filter), matches({ not: filter })]).toEqual([false, true]);
  },
);

test("what every object inherits is no attribute", () => {
  expect([matches({ prefix: { constructor: "f" } }), matches({ prefix: { valueof: "f" } })]).toEqual([false, false]);
});

test.each<[boolean, Filter]>([
  [true, { exact: { labelled: "true" } }],
  [false, { exact: { labelled: "True" } }],
  [true, { exact: { count: "7" } }],
  [false, { exact: { count: "07" } }],
  [true, { exact: { subject: "s-1", labelled: "true" } }],
])("%s: a boolean and an integer are compared as Knative writes them, against %j", (expected, filter) => {
  expect(matches(filter)).toBe(expected);
});

test.each<[value: unknown, message: string]>([
  [{ exact: { type: "a" } }, "filters must be a list of filters"],
  ["type = 'a'", "filters must be a list of filters"],
  [["a"], "filters[0] must be a map such as { exact: { type: dev.wadi.label } }"],
  [[{ exact: { type: "a" } }, null], "filters[1] must be a map such as"],
  [[{}], "filters[0] has no dialect: write exactly one, and wrap several in all: or any:"],
  [
    [{ exact: { type: "a" }, suffix: { type: "a" } }],
    "filters[0] has the dialects exact, suffix: write exactly one, and wrap several in all: or any:",
  ],
  [[{ cesql: "type = 'a'" }], 'filters[0] has the dialect "cesql": use one of exact, prefix, suffix, all, any, not'],
  [[{ any: { exact: { type: "a" } } }], "filters[0].any must be a list of filters"],
  [[{ any: [] }], "filters[0].any is empty: name a filter"],
  [[{ all: [] }], "filters[0].all is empty: name a filter"],
  [[{ any: [{ not: { exact: {} } }] }], "filters[0].any[0].not.exact must map attribute names to strings"],
  [[{ not: [{ exact: { type: "a" } }] }], "filters[0].not must be a map"],
  [[{ exact: "a" }], "filters[0].exact must map attribute names to strings"],
  [[{ exact: { Type: "a" } }], "filters[0].exact.Type names no attribute: use lower-case letters and digits"],
  [[{ prefix: { data: "a" } }], "filters[0].prefix.data names no attribute"],
  [[{ exact: { labelled: true } }], "filters[0].exact.labelled is true: write a string, in quotes, not empty"],
  [[{ suffix: { type: "" } }], 'filters[0].suffix.type is "": write a string, in quotes, not empty'],
])("%j is refused with its path and the cure", (value, message) => {
  const check = () => checkFilters(value, "filters");

  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow(message);
});

test.each<[bound: ReturnType<typeof typeBound>, filters: Filter[]]>([
  [undefined, []],
  [undefined, [{ prefix: { type: "a" } }]],
  [undefined, [{ not: { exact: { type: "a" } } }]],
  [undefined, [{ any: [{ exact: { type: "a" } }, { exact: { subject: "s" } }] }]],
  [{ types: ["a"], decides: true }, [{ exact: { type: "a" } }]],
  [{ types: ["a"], decides: false }, [{ exact: { type: "a", subject: "s" } }]],
  [{ types: ["a"], decides: false }, [{ exact: { type: "a" } }, { not: { exact: { mode: "shadow" } } }]],
  [{ types: ["a", "b"], decides: true }, [{ any: [{ exact: { type: "a" } }, { exact: { type: "b" } }] }]],
  [{ types: ["a", "b"], decides: false }, [{ any: [{ exact: { type: "a" } }, { exact: { type: "b", x: "1" } }] }]],
  [{ types: ["a"], decides: true }, [{ any: [{ exact: { type: "a" } }, { exact: { type: "a", x: "1" } }] }]],
  [{ types: [], decides: true }, [{ exact: { type: "a" } }, { exact: { type: "b" } }]],
])("%j is what a type alone says of %j", (bound, filters) => {
  expect(typeBound(filters)).toEqual(bound);
});

const text = fc.constantFrom("a", "b", "ab", "true", "7");
const anyAttributes = fc.dictionary(fc.constantFrom("type", "subject", "mode", "flag"), text, {
  minKeys: 1,
  maxKeys: 2,
});
const anyFilter = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    fc.record({ exact: fc.oneof(anyAttributes, fc.record({ type: text })) }),
    fc.record({ prefix: anyAttributes }),
    fc.record({ suffix: anyAttributes }),
    fc.record({ not: tie("filter") }),
    fc.record({ all: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }) }),
  ) as fc.Arbitrary<Filter>,
})).filter;
const anyFilters = fc.array(anyFilter, { maxLength: 3 });
const anyEvent = fc
  .record(
    { type: text, subject: text, mode: text, flag: fc.constantFrom<unknown>(true, false, 7, "true") },
    { requiredKeys: ["type"] },
  )
  .map((attributes): Event => eventOf(1, attributes));

test("no event of a type outside the bound matches, whatever the filters; where the bound decides, every one within does", () => {
  fc.assert(
    fc.property(anyFilters, anyEvent, (filters, event) => {
      const bound = typeBound(filters);
      fc.pre(bound !== undefined);
      const within = bound.types.includes(event.type);

      const matches = compileFilters(filters)(event);

      expect(matches && !within).toBe(false);
      if (bound.decides) expect(matches).toBe(within);
    }),
    { numRuns: 3000 },
  );
});

test("not turns every filter round, and a list is the same as all of it", () => {
  fc.assert(
    fc.property(anyFilters, anyEvent, (filters, event) => {
      const matches = filters.map((filter) => compileFilters([filter])(event));

      expect(filters.map((filter) => compileFilters([{ not: filter }])(event))).toEqual(matches.map((one) => !one));
      expect(compileFilters(filters)(event)).toBe(matches.every(Boolean));
      if (filters.length > 0) expect(compileFilters([{ any: filters }])(event)).toBe(matches.some(Boolean));
    }),
  );
});
