// River's feature_extraction.TargetAgg with a count: how many examples of the group were learned.

import { targetStatistic } from "./target-statistic.ts";

export const targetCount = targetStatistic("count", {}, () => ({
  kept: ["counts"],
  unseen: 0,
  learn(kept, slot) {
    const [counts] = kept as [Float64Array];
    counts[slot] = (counts[slot] as number) + 1;
  },
  of: ([counts], slot) => counts?.[slot] as number,
}));
