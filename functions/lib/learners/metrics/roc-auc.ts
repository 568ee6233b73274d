// River's metrics.ROCAUC: the area under the ROC curve of a few thresholds, i / (thresholds - 1), the first a little less and the
// last a little more; P (of an anomaly task: the score) above a threshold is true. By trapezoids, 0 without both truths. More thresholds, more exact.
// Kept is for each truth how many P were above none, one, two ... of the thresholds.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import { scoredOf } from "../alarm.ts";
import type { State } from "../learner.ts";
import { checkLength, counts, object } from "../state-form.ts";
import type { MetricType, Scoring } from "./metric.ts";

interface RocState extends State {
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
}

const NUDGE = 1e-7;

export const rocAuc: MetricType = {
  name: "roc_auc",
  tasks: ["binary", "anomaly"],
  better: "higher",
  options: {
    thresholds: {
      type: "integer",
      minimum: 2,
      maximum: 200,
      default: 10,
      description: "How many thresholds: more are more exact, and make the state larger.",
    },
  },
  create: ({ thresholds }) => createRocAuc(thresholds as number),
};

function createRocAuc(size: number): Scoring {
  const thresholds = Array.from({ length: size }, (_, i) => i / (size - 1));
  thresholds[0] = -NUDGE;
  thresholds[size - 1] = 1 + NUDGE;

  /** How many thresholds P is above. */
  function above(p: number): number {
    let count = 0;
    while (count < size && p > (thresholds[count] as number)) count++;
    return count;
  }

  const none = () => new Array<number>(size + 1).fill(0);

  return {
    form: {
      schema: 1,
      check: object<RocState>({ positives: counts, negatives: counts }, ({ positives, negatives }) => {
        checkLength("positives", positives, size + 1);
        checkLength("negatives", negatives, size + 1);
      }),
    },
    init: () => ({ schema: 1, positives: none(), negatives: none() }) as State,
    open(state) {
      const positives = [...(state as RocState).positives];
      const negatives = [...(state as RocState).negatives];
      return {
        update(y, prediction) {
          const p = scoredP(y, prediction);
          if (p === undefined) return;
          const counts = y === true ? positives : negatives;
          const at = above(p);
          counts[at] = (counts[at] as number) + 1;
        },
        get: () => area(positives, negatives),
        close: () => ({ schema: 1, positives: [...positives], negatives: [...negatives] }) as State,
      };
    },
    window: {
      width: 2,
      keep(y, prediction, to, at) {
        const p = scoredP(y, prediction);
        if (p === undefined) return false;
        to[at] = Number(y);
        to[at + 1] = p;
        return true;
      },
      value(scores) {
        const [positives, negatives] = [none(), none()];
        for (let i = 0; i < scores.length; i += 2) {
          const counts = scores[i] === 1 ? positives : negatives;
          const at = above(scores[i + 1] as number);
          counts[at] = (counts[at] as number) + 1;
        }
        return area(positives, negatives);
      },
    },
  };
}

/** P(true), or the score; undefined for what is not scored. */
function scoredP(y: Target, prediction: Prediction): number | undefined {
  if (typeof y !== "boolean") return undefined;
  const p = typeof prediction === "number" ? prediction : scoredOf(prediction)?.score;
  return Number.isFinite(p) ? p : undefined;
}

/** From the highest threshold down: each step adds what was above the next one too. */
function area(positives: readonly number[], negatives: readonly number[]): number {
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  const [allPositives, allNegatives] = [total(positives), total(negatives)];
  if (allPositives === 0 || allNegatives === 0) return 0;
  let [truePositives, falsePositives, sum] = [0, 0, 0];
  for (let at = positives.length - 1; at >= 1; at--) {
    const before = truePositives;
    truePositives += positives[at] as number;
    falsePositives = negatives[at] as number;
    // The point of the highest threshold has no step before it.
    if (at < positives.length - 1) sum += (falsePositives * (before + truePositives)) / 2;
  }
  return sum / allPositives / allNegatives;
}
