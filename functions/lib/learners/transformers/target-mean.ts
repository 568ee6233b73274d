// River's feature_extraction.TargetAgg with a mean.
//   Mean: m += (1/n)(y - m), 0 for a group never seen.   With a prior: (sum of y + prior w) / (n + w), w = priorWeight.
//   The mean of a boolean target is the share of true.

import { targetStatistic } from "./target-statistic.ts";

const OPTIONS = {
  prior: { type: "number", default: 0, description: "The mean to start from." },
  priorWeight: { type: "number", minimum: 0, default: 0, description: "How many examples the prior is worth." },
};

export const targetMean = targetStatistic("mean", OPTIONS, (options) => {
  const [prior, weight] = [options["prior"] as number, options["priorWeight"] as number];
  return {
    kept: ["counts", "means"],
    unseen: weight > 0 ? prior : 0,
    learn(kept, slot, y) {
      const [counts, means] = kept as [Float64Array, Float64Array];
      const n = (counts[slot] as number) + 1;
      const m = means[slot] as number;
      counts[slot] = n;
      means[slot] = m + (1 / n) * (y - m);
    },
    of(kept, slot) {
      const [n, m] = [kept[0]?.[slot] as number, kept[1]?.[slot] as number];
      return weight > 0 ? (m * n + prior * weight) / (n + weight) : m;
    },
  };
});
