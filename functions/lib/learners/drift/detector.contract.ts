// What every drift detector keeps, L1, L2 and L4 of learner.ts and D1 of detector.ts, tried with all its options.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectPlain } from "../learner.contract.ts";
import { NonFiniteError, type State } from "../learner.ts";
import { accepts, type Options, optionsToTry } from "../options.contract.ts";
import { formContract } from "../state-form.contract.ts";
import type { DetectorType, OpenDetector } from "./detector.ts";

const RUNS = 100;
const context = { isIndicator: () => false };

export function detectorContract(type: DetectorType): void {
  const tried = optionsToTry(type, context);
  const value =
    type.follows === "failures"
      ? fc.constantFrom(0, 1)
      : fc.oneof(fc.double({ min: -9, max: 9, noNaN: true }), fc.nat(1));
  const streams = fc.array(value, { maxLength: 300 });

  function always(check: (options: Options, values: readonly number[]) => void): void {
    for (const options of tried)
      fc.assert(fc.property(fc.constant(options), streams, check), { numRuns: Math.ceil(RUNS / tried.length) });
  }

  const start = (options: Options): OpenDetector<State> => {
    const detector = type.create(options);
    return detector.open(detector.init());
  };

  describe(`${type.name}, a drift detector`, () => {
    test("refuses options it does not know", () => {
      expect(tried.length).toBeGreaterThan(Object.keys(type.options["properties"] as object).length / 2);
      for (const options of tried) expect(accepts(type, { ...options, noSuchOption: 1 })).toBe(false);
    });

    test("tells the same of the same values, in one session or in many with JSON between, to the bit", () => {
      always((options, values) => {
        const once = start(options);
        const detector = type.create(options);
        let text = JSON.stringify(detector.init());

        for (const [i, each] of values.entries()) {
          const inMany = detector.open(JSON.parse(text));
          expect([inMany.update(each), inMany.isWarning], `value ${i}`).toEqual([once.update(each), once.isWarning]);
          text = JSON.stringify(inMany.close());
        }

        expect(text).toBe(JSON.stringify(once.close()));
        expect(Number.isInteger(JSON.parse(text).schema)).toBe(true);
      });
    });

    test("copies the state it is opened from, and hands out one of its own", () => {
      always((options, values) => {
        const first = start(options);
        for (const each of values) first.update(each);
        const given = first.close();
        const before = JSON.stringify(given);

        const second = type.create(options).open(given);
        for (const each of values) second.update(each);

        expect(JSON.stringify(given)).toBe(before);
        expect(JSON.stringify(first.close())).toBe(before);
      });
    });

    test("reads its state as it was written; a damaged one is refused, or goes on with finite numbers", () => {
      for (const options of tried) {
        const detector = type.create(options);
        formContract({
          form: detector.form,
          states: streams.map((values) => updated(start(options), values).close()),
          runs: Math.ceil((3 * RUNS) / tried.length),
          use(state) {
            const live = detector.open(state);
            try {
              updated(live, fc.sample(streams, { numRuns: 1, seed: 1 })[0] ?? []);
            } catch (error) {
              expect(error).toBeInstanceOf(NonFiniteError);
              return;
            }
            expectPlain(live.close());
          },
        });
      }
    });

    test("after a drift it goes on as if it were new", () => {
      always((options, values) => {
        const live = start(options);
        let fresh: OpenDetector<State> | undefined;
        for (const each of [...values, ...values.map((old) => 1 - old)]) {
          const expected = fresh?.update(each);
          const isDrift = live.update(each);
          if (expected !== undefined) expect(isDrift).toBe(expected);
          if (isDrift) fresh = start(options);
        }
      });
    });

    test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [1.7e308], [-1.7e308]])(
      "refuses a value of %s rather than keep what is not finite",
      (bad) => {
        always((options, values) => {
          const live = start(options);
          let isSound = true;
          for (const [i, each] of values.entries()) {
            try {
              live.update(i % 3 === 0 ? each : i % 2 === 0 ? bad : -bad);
            } catch (error) {
              expect(error).toBeInstanceOf(type.follows === "failures" ? RangeError : NonFiniteError);
              isSound = false;
              break;
            }
          }
          const state = live.close();
          // JSON has null for what is not finite, and no detector keeps null.
          if (isSound) expect(JSON.stringify(state)).not.toContain("null");
        });
      },
    );
  });
}

function updated(live: OpenDetector<State>, values: readonly number[]): OpenDetector<State> {
  for (const each of values) live.update(each);
  return live;
}
