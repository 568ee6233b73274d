import fc from "fast-check";
import { expect, test } from "vitest";
import { causeId, learnedId, observationKey } from "./identity.ts";
import type { Event } from "./vocabulary.ts";

const event = (source: string, id: string, type: string, more: object = {}) =>
  ({ specversion: "1.0", source, id, type, ...more }) as Event;
// Few characters, quotes and commas among them: parts that could be taken for one another come up often.
const part = fc.string({ unit: fc.constantFrom("a", "b", ",", '"', "\\", "é"), maxLength: 4 });
const parts = fc.tuple(part, part, part);

test("one cause has one id, whatever else the event says", () => {
  fc.assert(
    fc.property(parts, fc.dictionary(fc.constantFrom("time", "subject", "data", "traceparent"), part), (abc, more) => {
      expect(causeId(event(...abc, more))).toBe(causeId(event(...abc)));
    }),
  );
});

test("no two different events share an id: source, id and type each count, and do not run together", () => {
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const same = one.every((text, i) => text === other[i]);

      expect(causeId(event(...one)) === causeId(event(...other))).toBe(same);
    }),
    { numRuns: 1000 },
  );
});

test("the key of an observation is its pipeline's and its subject's", () => {
  fc.assert(
    fc.property(fc.tuple(part, part), fc.tuple(part, part), (one, other) => {
      const same = one[0] === other[0] && one[1] === other[1];

      expect(observationKey(...one) === observationKey(...other)).toBe(same);
    }),
  );
});

test("a learned id is a 63-bit number that depends on source and id alone", () => {
  fc.assert(
    fc.property(fc.tuple(part, part), fc.tuple(part, part), ([source, id], [otherSource, otherId]) => {
      const learned = learnedId({ source, id });

      expect(learned).toMatch(/^\d{1,19}$/);
      expect(BigInt(learned) < 2n ** 63n).toBe(true);
      expect(learned === learnedId({ source: otherSource, id: otherId })).toBe(
        source === otherSource && id === otherId,
      );
    }),
  );
});

test("the three names of one event are never the same", () => {
  const names = [causeId(event("a", "b", "c")), observationKey("a", "b"), learnedId({ source: "a", id: "b" })];

  expect(new Set(names).size).toBe(3);
});

// Ids outlive a release: another digest would learn everything again.
test("the names stay what they were", () => {
  expect(causeId(event("/airport", "f-1", "dev.wadi.observation"))).toBe("f6bd82faaf4c1cb327d3b1d7c6cf863b");
  expect(observationKey("flights", "f-1")).toBe("9ba3ef8d4f2e421fb13e1f948293b606");
  expect(learnedId({ source: "/airport", id: "f-1" })).toBe("7327424090078579472");
});
