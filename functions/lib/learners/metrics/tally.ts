// How often each label was true, was predicted, and was predicted rightly: all that the metrics of labels need, and small.
//
// Labels are kept as numbers, which a window can hold: 0 and 1 for false and true, else 53 bits of two murmur3 hashes of the
// text. Past MOST_LABELS labels the others are counted together, and are right where truth and prediction are equal.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import { murmur3 } from "../../murmur3.ts";
import type { State } from "../learner.ts";
import { checkLengths, counts, numbers, object, type StateForm } from "../state-form.ts";
import type { MetricType, Scoring } from "./metric.ts";
import { predictedLabel } from "./predicted-label.ts";

export const MOST_LABELS = 256;

/** The counts of one label, or of the others together. */
export interface LabelCounts {
  /** How often it was the truth. */
  readonly truths: number;
  readonly predictions: number;
  /** How often it was both. */
  readonly right: number;
}

/** Lists in the order of first sight. */
interface TallyState extends State {
  readonly labels: readonly number[];
  readonly truths: readonly number[];
  readonly predictions: readonly number[];
  readonly right: readonly number[];
}

const OTHERS = -1;
const none = (): TallyState => ({ schema: 1, labels: [], truths: [], predictions: [], right: [] });

const FORM: StateForm = {
  schema: 1,
  check: object<TallyState>(
    { labels: numbers, truths: counts, predictions: counts, right: counts },
    ({ labels, truths, predictions, right }) => checkLengths(labels, { truths, predictions, right }),
  ),
};

type Counts = { -readonly [count in keyof LabelCounts]: number };

export class Tally {
  n = 0;
  readonly #counts = new Map<number, Counts>();

  constructor({ labels, truths, predictions, right }: TallyState = none()) {
    for (const [i, label] of labels.entries()) {
      const counts = { truths: truths[i] as number, predictions: predictions[i] as number, right: right[i] as number };
      this.#counts.set(label, counts);
      this.n += counts.truths;
    }
  }

  add(truth: number, prediction: number): void {
    this.n++;
    const counts = this.#of(truth);
    counts.truths++;
    if (truth === prediction) counts.right++;
    this.#of(prediction).predictions++;
  }

  #of(label: number): Counts {
    const known = this.#counts.get(label);
    if (known !== undefined) return known;
    if (label !== OTHERS && this.#counts.size >= MOST_LABELS) return this.#of(OTHERS);
    const counts = { truths: 0, predictions: 0, right: 0 };
    this.#counts.set(label, counts);
    return counts;
  }

  /** Of labels that were seen, be it as a truth or as a prediction. */
  counts(): LabelCounts[] {
    return [...this.#counts.values()];
  }

  /** Of one label. */
  of(label: number): LabelCounts {
    return this.#counts.get(label) ?? { truths: 0, predictions: 0, right: 0 };
  }

  close(): TallyState {
    const counts = this.counts();
    return {
      schema: 1,
      labels: [...this.#counts.keys()],
      truths: counts.map(({ truths }) => truths),
      predictions: counts.map(({ predictions }) => predictions),
      right: counts.map(({ right }) => right),
    };
  }
}

/** A metric of a tally; `of` is called with one that is not empty. */
export function labelMetric(name: string, tasks: MetricType["tasks"], of: (tally: Tally) => number): MetricType {
  const value = (tally: Tally) => (tally.n === 0 ? 0 : of(tally));
  const scoring: Scoring = {
    form: FORM,
    init: none,
    open(state) {
      const tally = new Tally(state as TallyState);
      return {
        update(y, prediction) {
          const label = predictedLabel(y, prediction);
          if (label !== undefined) tally.add(numberOf(y), numberOf(label));
        },
        get: () => value(tally),
        close: () => tally.close(),
      };
    },
    window: {
      width: 2,
      keep(y: Target, prediction: Prediction, to, at) {
        const label = predictedLabel(y, prediction);
        if (label === undefined) return false;
        to[at] = numberOf(y);
        to[at + 1] = numberOf(label);
        return true;
      },
      value(scores) {
        const tally = new Tally();
        for (let i = 0; i < scores.length; i += 2) tally.add(scores[i] as number, scores[i + 1] as number);
        return value(tally);
      },
    },
  };
  return { name, tasks, better: "higher", ofClasses: true, create: () => scoring };
}

/** The number of a label. */
export function numberOf(label: Target): number {
  if (typeof label !== "string") return Number(label);
  return murmur3(label, 0) * 2 ** 21 + (murmur3(label, 1) >>> 11);
}
