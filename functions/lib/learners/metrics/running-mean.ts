// Metrics that are a running mean of a number for each score: m += (1/n)(v - m), as River's stats.Mean.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import type { State } from "../learner.ts";
import type { OptionSchemas, Options } from "../named-part.ts";
import { count, numberFromZero, object } from "../state-form.ts";
import type { Task } from "../task.ts";
import { bounded, errorOf, INFINITE, type MetricType, type OpenMetric } from "./metric.ts";

interface MeanState extends State {
  readonly n: number;
  readonly mean: number;
}

/** What is averaged, from 0; undefined for what is not scored. Infinite counts as INFINITE. */
export type Score = (y: Target, prediction: Prediction) => number | undefined;

export interface RunningMean {
  readonly name: string;
  readonly tasks: readonly Task[];
  /** Default: lower. */
  readonly better?: MetricType["better"];
  readonly of?: MetricType["of"];
  readonly ofClasses?: boolean;
  readonly options?: OptionSchemas;
  score(options: Options): Score;
  /** What is shown of the mean; default: itself. An infinite mean is shown as such. */
  readonly shown?: (mean: number) => number;
}

export function runningMean({ better = "lower", shown = (mean) => mean, ...given }: RunningMean): MetricType {
  const shownOf = (mean: number) => (mean === INFINITE ? INFINITE : bounded(shown(mean)));
  return {
    name: given.name,
    tasks: given.tasks,
    better,
    ...(given.of && { of: given.of }),
    ...(given.ofClasses && { ofClasses: given.ofClasses }),
    ...(given.options && { options: given.options }),
    create(options) {
      const score = given.score(options);
      return {
        form: { schema: 1, check: object({ n: count, mean: numberFromZero }) },
        init: () => ({ schema: 1, n: 0, mean: 0 }) as State,
        open: (state) => openMean(state as MeanState, score, shownOf),
        window: {
          width: 1,
          allows: (score) => score >= 0,
          keep(y, prediction, to, at) {
            const value = score(y, prediction);
            if (value === undefined) return false;
            to[at] = value;
            return true;
          },
          value(scores) {
            if (scores.length === 0) return 0;
            let sum = 0;
            for (const one of scores) sum += one;
            return shownOf(bounded(sum / scores.length));
          },
        },
      };
    },
  };
}

/** A running mean of a function of the error, y - prediction, of a regression. */
export function meanError(name: string, of: (error: number) => number, shown?: (mean: number) => number): MetricType {
  const score: Score = (y, prediction) => {
    const error = errorOf(y, prediction);
    return error === undefined ? undefined : of(error);
  };
  return runningMean({ name, tasks: ["regression"], score: () => score, ...(shown && { shown }) });
}

function openMean(state: MeanState, score: Score, shown: (mean: number) => number): OpenMetric {
  let { n, mean } = state;
  return {
    update(y, prediction) {
      const value = score(y, prediction);
      if (value === undefined) return;
      n++;
      if (mean < INFINITE) mean = bounded(mean + (1 / n) * (value - mean));
    },
    get: () => shown(mean),
    close: () => ({ schema: 1, n, mean }) as State,
  };
}
