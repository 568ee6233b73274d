// What is told of labels that wait, on a clock that stands still; over HTTP and on a folder see admin.contract.ts.

import fc from "fast-check";
import { expect, test } from "vitest";
import { HOUR_MS } from "../lib/duration.ts";
import { endingWithin } from "./labels.ts";

const DAY = 24 * HOUR_MS;
const NOW = 1000 * DAY + 30 * 60_000;
const hour = (ago: number, observations: number) => ({ hour: 1000 * DAY - ago * HOUR_MS, observations });

test.each([
  // Of a horizon of ten days those soon past it are nine to ten days old; the hours at both ends count by their halves.
  [10 * DAY, [hour(8 * 24, 7), hour(9 * 24, 10), hour(9.5 * 24, 10), hour(10 * 24, 10), hour(11 * 24, 7)], 5 + 10 + 5],
  // Of one of an hour: 54 to 60 minutes old, a tenth of the hour before this one.
  [HOUR_MS, [hour(1, 100), hour(0, 100)], 10],
  // Within the half hour that is under way.
  [20 * 60_000, [hour(0, 30)], 2],
  [DAY, [], 0],
])("with a horizon of %d ms, by the hours of their recording", (horizon, waiting, expected) => {
  expect(endingWithin(horizon / 10, horizon, waiting, NOW)).toBe(expected);
});

test("it is never less than none, and never more than all that wait, whatever the clock says", () => {
  const hours = fc.array(fc.tuple(fc.integer({ min: -50, max: 5000 }), fc.nat(1e6)));
  fc.assert(
    fc.property(
      hours,
      fc.integer({ min: 1, max: 400 * DAY }),
      fc.integer({ min: -DAY, max: DAY }),
      (all, horizon, off) => {
        const waiting = all.map(([ago, observations]) => hour(ago, observations));

        const soon = endingWithin(horizon / 10, horizon, waiting, NOW + off);

        expect(soon).toBeGreaterThanOrEqual(0);
        expect(soon).toBeLessThanOrEqual(waiting.reduce((sum, { observations }) => sum + observations, 0));
      },
    ),
  );
});
