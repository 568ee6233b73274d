// River's feature_extraction.TargetAgg with a variance (ddof 1), 0 below two examples of the group.
//   n += 1; d = y - m; m += d / n; s += d (y - m); variance = s / (n - 1)          after Welford

import { targetStatistic } from "./target-statistic.ts";

export const targetVariance = targetStatistic("variance", {}, () => ({
  kept: ["counts", "means", "spreads"],
  unseen: 0,
  learn(kept, slot, y) {
    const [counts, means, spreads] = kept as [Float64Array, Float64Array, Float64Array];
    const n = (counts[slot] as number) + 1;
    const distance = y - (means[slot] as number);
    const m = (means[slot] as number) + distance / n;
    counts[slot] = n;
    means[slot] = m;
    spreads[slot] = (spreads[slot] as number) + distance * (y - m);
  },
  of(kept, slot) {
    const [n, spread] = [kept[0]?.[slot] as number, kept[2]?.[slot] as number];
    return n > 1 ? spread / (n - 1) : 0;
  },
}));
