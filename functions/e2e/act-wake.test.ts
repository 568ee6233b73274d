import { expect, test } from "vitest";
import { wakesTold } from "./act-wake.ts";

test.each([
  [[2400], "2.4 s"],
  [[5000, 2000, 2400], "2.4 s, the median of 3 wakes of 2.0 s to 5.0 s,"],
  [[3000, 2000, 1000, 2400], "2.2 s, the median of 4 wakes of 1.0 s to 3.0 s,"],
])("wakes of %j ms are told as %s", (took, told) => {
  expect(wakesTold(took)).toBe(told);
});
