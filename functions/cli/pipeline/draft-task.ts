// The part of a drafted pipeline file that depends on its task: target, models, metrics.

import type { ColumnFacts } from "../../feed/rows/csv-columns.ts";
import { MAX_LABELS, type Task, tasks } from "../../lib/learners/task.ts";
import { figure } from "./words.ts";

export interface TaskText {
  /** Of the target, beside its field and task. */
  readonly target?: string;
  /** Above the target. */
  readonly comment?: string;
  /** In place of what is said of a target's labels. */
  readonly horizon?: string;
  readonly models: string;
  readonly serve: string;
  readonly metrics: string;
}

/** `scaled`: a feature is a number that is to be scaled. */
type Draw = (target: ColumnFacts, scaled: boolean) => TaskText;

/** Of columns, and of what is asked for, where that is a task of its own. */
const UNASKED = "anomaly" satisfies Task;

const MAX_LABEL = tasks.multiclass.maxLength ?? Number.POSITIVE_INFINITY;

const SCALER = `    # Indicators (one-hot) are not scaled: one that is always 1 would become 0.
    - standard-scaler: { only: numbers }
`;
const BASELINE = "  # The baseline: a model that cannot beat it has learned nothing.";

const texts: Readonly<Record<Exclude<Task, typeof UNASKED>, Draw>> = {
  regression(target, scaled) {
    const scale = target.spread > 0 && Number.isFinite(target.spread) ? target.spread : 1;
    return {
      models: `  linear:
${scaled ? SCALER : ""}    # Huber's loss: errors beyond epsilon count linearly, so a few outliers do no harm. Epsilon, learning rate and intercept
    # fit the size of ${target.name}: its median is ${figure(target.middle, 3)}, and two thirds of it lie within ${figure(scale, 2)} of that.
    - linear-regression:
        loss: { huber: { epsilon: ${figure(scale, 1)} } }
        optimizer: { adagrad: { learningRate: ${figure(scale / 10, 1)} } }
        interceptInit: ${figure(target.middle, 3)}
  # Baselines: a model that cannot beat these has learned nothing.
  mean: [mean-regressor]
  median: [median-regressor]`,
      serve: "linear",
      metrics: "mae, rmse, r2, { rolling: mae, over: 1000 }",
    };
  },
  binary(target, scaled) {
    return {
      ...rarerIsTrue(target),
      models: `  logistic:
${scaled ? SCALER : ""}    - logistic-regression: { optimizer: { adagrad: { learningRate: 0.1 } } }
  bayes: [gaussian-naive-bayes]
${BASELINE}
  prior: [prior-classifier]`,
      serve: "logistic",
      metrics: "accuracy, log_loss, f1, { rolling: accuracy, over: 1000 }",
    };
  },
  multiclass: () => ({
    models: `  bayes: [gaussian-naive-bayes]
${BASELINE}
  prior: [prior-classifier]`,
    serve: "bayes",
    metrics: "accuracy, macro_f1, cross_entropy, { rolling: accuracy, over: 1000 }",
  }),
};

/** @param target undefined for an anomaly task without labels. */
export function drawTask(task: Task, target: ColumnFacts | undefined, scaled: boolean): TaskText {
  return task === UNASKED || target === undefined ? anomaly(target) : texts[task](target, scaled);
}

function anomaly(target: ColumnFacts | undefined): TaskText {
  const labels = target && rarerIsTrue(target);
  return {
    target: `${labels?.target ?? ""}, alarm: 0.99`,
    comment: `about one of a hundred observations is an alarm${labels?.comment === undefined ? "" : `; ${labels.comment}`}`,
    horizon:
      target === undefined
        ? "# Every observation is scored, then learned. No labels come."
        : `# Every observation is scored, then learned; a label only scores the models. How long an observation waits for one, at least.
labelHorizon: 7d`,
    models: `  forest:
    # Half-space trees look at each feature between 0 and 1.
    - min-max-scaler
    - half-space-trees`,
    serve: "forest",
    metrics: `${target === undefined ? "" : "roc_auc, precision, recall, "}alarm_rate, mean_score, { rolling: alarm_rate, over: 1000 }`,
  };
}

function rarerIsTrue({ type, rarer }: ColumnFacts): Pick<TaskText, "target" | "comment"> {
  if (type === "boolean" || rarer === undefined) return {};
  return { target: `, positive: ${valueText(rarer)}`, comment: "what is true is the value that fewer rows have" };
}

function valueText(value: string | number | boolean): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The task for which a column is the target, by what it holds; else, in words, why there is none. */
export function taskOf({ type, values, rarer, unique, longest }: ColumnFacts): Task | { readonly why: string } {
  switch (type) {
    case "empty":
      return { why: "has no value in any row; a model learns from the truth" };
    case "boolean":
      return "binary";
    case "number":
      return values === 2 && (rarer === 0 || rarer === 1) ? "binary" : "regression";
    case "text":
      if (values < 2) return { why: "has the same value in every row: there is nothing to learn" };
      if (values === 2) return "binary";
      if (unique) return { why: "is text that is another one in every row: there is nothing to learn" };
      if (values > MAX_LABELS)
        return { why: `has more than ${MAX_LABELS} different texts, too many labels for a model` };
      return longest > MAX_LABEL
        ? { why: `has texts of more than ${MAX_LABEL} characters, too long for labels` }
        : "multiclass";
  }
}
