// River's metrics.ConfusionMatrix: how often each truth met each prediction. As a single number it is the share of wrong labels.
// Past MOST_SHOWN labels the others are counted together, and are right where truth and prediction are equal.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import type { State } from "../learner.ts";
import { checkLengths, count, counts, list, object, unsound } from "../state-form.ts";
import type { ConfusionMatrix, MetricType, Scoring } from "./metric.ts";
import { predictedLabel } from "./predicted-label.ts";
import { numberOf } from "./tally.ts";

const MOST_SHOWN = 32;
const LONGEST_NAME = 60;

interface MatrixState extends State, ConfusionMatrix {
  readonly wrong: number;
}

const none = (): MatrixState => ({ schema: 1, labels: [], counts: [], wrong: 0 });

const label = (value: unknown) => {
  if (value !== null && typeof value !== "string") throw unsound("", "must be a label or null");
};

const scoring: Scoring = {
  form: {
    schema: 1,
    check: object<MatrixState>({ labels: list(label), counts: list(counts), wrong: count }, (state) => {
      checkLengths(state.labels, { counts: state.counts });
      for (const [i, row] of state.counts.entries()) checkLengths(state.labels, { [`counts[${i}]`]: row });
    }),
  },
  init: none,
  open(state) {
    const counts = new Counts(state as MatrixState);
    return {
      update(y, prediction) {
        const label = predictedLabel(y, prediction);
        if (label !== undefined) counts.add(nameOf(y), nameOf(label), label === y);
      },
      get: () => counts.shareWrong(),
      matrix: () => counts.matrix(),
      close: () => ({ schema: 1, ...counts.matrix(), wrong: counts.wrong }) as State,
    };
  },
  window: {
    width: 2,
    keep(y, prediction, to, at) {
      const label = predictedLabel(y, prediction);
      if (label === undefined) return false;
      to[at] = numberOf(y);
      to[at + 1] = numberOf(label);
      return true;
    },
    value(scores) {
      let wrong = 0;
      for (let i = 0; i < scores.length; i += 2) if (scores[i] !== scores[i + 1]) wrong++;
      return scores.length === 0 ? 0 : wrong / (scores.length / 2);
    },
    shown: { names: namesOf, matrix: matrixOf },
  },
};

export const confusionMatrix: MetricType = {
  name: "confusion_matrix",
  tasks: ["binary", "multiclass", "anomaly"],
  better: "lower",
  ofClasses: true,
  create: () => scoring,
};

class Counts {
  readonly #labels: (string | null)[];
  readonly #counts: number[][];
  readonly #at: Map<string | null, number>;
  wrong: number;
  #n: number;

  constructor({ labels, counts, wrong }: MatrixState) {
    this.#labels = [...labels];
    this.#counts = counts.map((row) => [...row]);
    this.#at = new Map(labels.map((label, i) => [label, i]));
    this.wrong = wrong;
    this.#n = counts.flat().reduce((sum, count) => sum + count, 0);
  }

  add(truth: string, prediction: string, isRight: boolean): void {
    const [row, column] = [this.#placeOf(truth), this.#placeOf(prediction)];
    const counts = this.#counts[row] as number[];
    counts[column] = (counts[column] as number) + 1;
    this.#n++;
    if (!isRight) this.wrong++;
  }

  #placeOf(label: string | null): number {
    const known = this.#at.get(label);
    if (known !== undefined) return known;
    if (label !== null && this.#labels.length >= MOST_SHOWN) return this.#placeOf(null);
    for (const row of this.#counts) row.push(0);
    const place = this.#labels.push(label) - 1;
    this.#counts.push(new Array<number>(place + 1).fill(0));
    this.#at.set(label, place);
    return place;
  }

  shareWrong(): number {
    return this.#n === 0 ? 0 : this.wrong / this.#n;
  }

  matrix(): ConfusionMatrix {
    return { labels: [...this.#labels], counts: this.#counts.map((row) => [...row]) };
  }
}

/** A very long label keeps its beginning and a number of its own: labels that differ stay different. */
function nameOf(label: Target): string {
  const text = String(label);
  if (text.length <= LONGEST_NAME) return text;
  return `${text.slice(0, LONGEST_NAME).toWellFormed()}~${numberOf(label).toString(36)}`;
}

function namesOf(y: Target, prediction: Prediction) {
  const label = predictedLabel(y, prediction);
  return label === undefined ? [] : [y, label].map((one) => [numberOf(one), nameOf(one)] as const);
}

function matrixOf(scores: Float64Array, names: ReadonlyMap<number, string>): ConfusionMatrix {
  const counts = new Counts(none());
  for (let i = 0; i < scores.length; i += 2) {
    const [truth, prediction] = [scores[i] as number, scores[i + 1] as number];
    counts.add(names.get(truth) as string, names.get(prediction) as string, truth === prediction);
  }
  return counts.matrix();
}
