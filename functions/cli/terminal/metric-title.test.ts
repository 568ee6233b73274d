import { expect, test } from "vitest";
import { metricValues } from "./metric-title.ts";

test("an infinite score is told as such, and leaves the others their figures", () => {
  expect(metricValues([Number.MAX_VALUE, 1.25, -Number.MAX_VALUE, undefined])).toEqual(["inf", "1.2500", "-inf", "-"]);
});
