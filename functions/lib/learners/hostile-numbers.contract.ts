// What every transformer and predictor keeps of hostile numbers and of much that is new: tried in a model set, where an example that
// would make a model's state infinite is skipped and counted. No crash, no prediction that is not finite, and an end to what it keeps.

import { describe, expect, test } from "vitest";
import type { Features, Target } from "../events/vocabulary.ts";
import { context, expectPlain, HOSTILE } from "./learner.contract.ts";
import type { LearnerType, Part } from "./learner.ts";
import { createModelSet } from "./model-set.ts";
import type { LabelledExample, ModelSetState } from "./model-set-state.ts";
import { NAMED, optionsToTry } from "./options.contract.ts";
import { DEFAULT_MAX_STATE_BYTES } from "./state-budget.ts";
import type { MetricSpec, Task } from "./task.ts";

const MOST_OPTIONS = 8;

/** Examples that are learned together. */
const GROUP = 20;

const EXTREMES = [
  ...[1e308, -1e308, 1.7976931348623157e308, -1.7976931348623157e308, 5e-324, -5e-324, 2.2e-308, 0, -0],
  ...[1, -1, 1e154, -1e154, 1e-160, 2 ** 53, 1 / 3],
];

const ends: Readonly<Record<Task, Part>> = {
  regression: { "linear-regression": { optimizer: "adagrad" } },
  binary: { "logistic-regression": { optimizer: "adagrad" } },
  multiclass: "softmax-regression",
  anomaly: "half-space-trees",
};

const metrics: Readonly<Record<Task, readonly MetricSpec[]>> = {
  regression: ["mae", "rmse", "r2", "mape", { rolling: "mae", over: 5 }],
  binary: ["log_loss", "roc_auc", "f1"],
  multiclass: ["cross_entropy", "accuracy", { rolling: "confusion_matrix", over: 5 }],
  anomaly: ["roc_auc", "precision", "alarm_rate", "mean_score"],
};

/** Of turn i, out of numbers that may be targets of regression. */
const targets: Readonly<Record<Task, (i: number, numbers: readonly number[]) => Target>> = {
  regression: (i, numbers) => numbers[(i * 7 + 3) % numbers.length] as number,
  binary: (i) => i % 3 === 0,
  multiclass: (i) => HOSTILE[i % HOSTILE.length] as string,
  anomaly: (i) => i % 3 === 0,
};

export function hostileNumbersContract(type: LearnerType): void {
  const tried = optionsToTry(type, context);
  /** Losses and rates are no matter of how a state grows. */
  const few = tried.filter((_, i) => i % Math.ceil(tried.length / MOST_OPTIONS) === 0);
  const tasks: readonly Task[] = type.tasks ?? ["regression", "binary", "multiclass"].filter(isTaken);
  const textOf = (options: Readonly<Record<string, unknown>>) => (type.takesText?.(options) ?? []).length > 0;

  // target-mean and its kin take numbers and booleans.
  function isTaken(task: string): task is Task {
    const supervised = tried
      .map((options) => type.create(options, context))
      .some((part) => "supervised" in part && part.supervised);
    return !(supervised && task === "multiclass");
  }

  function setOf(options: Readonly<Record<string, unknown>>, task: Task, maxBytes: number) {
    const part: Part = { [type.name]: options };
    const chain = type.role === "predictor" ? [part] : [part, ends[task]];
    const spec = {
      task,
      target: { task },
      models: { tried: chain },
      modelDigests: { tried: "d" },
      metrics: metrics[task],
      serve: "tried",
      context,
    };
    return createModelSet(spec, maxBytes);
  }

  /** Learns group by group, and asks in between. Each time it is opened anew, with JSON between. */
  function through(
    options: Readonly<Record<string, unknown>>,
    task: Task,
    examples: readonly LabelledExample[],
    maxBytes = DEFAULT_MAX_STATE_BYTES,
  ) {
    const set = setOf(options, task, maxBytes);
    let state = set.init(1);
    let leftOut = 0;
    for (let i = 0; i < examples.length; i += GROUP) {
      const live = set.open(set.carryOver(JSON.parse(JSON.stringify(state))));
      const group = examples.slice(i, i + GROUP);
      leftOut += live.learn(group, "1").leftOut["tried"] ?? 0;
      for (const { x } of group) expectPlain(live.predict(x), "its prediction");
      expectPlain(live.scores(), "its scores");
      state = live.close(1);
      expectPlain(state);
    }
    return { state, leftOut };
  }

  /** With a text where it is taken. */
  const withText = (options: Readonly<Record<string, unknown>>, text: string, x: Features): Features =>
    textOf(options) ? { ...x, [NAMED]: text } : x;

  describe(`${type.name} and hostile numbers`, () => {
    test("stays finite with numbers at either end of doubles, whatever their names", () => {
      for (const options of tried) {
        for (const task of tasks) {
          const examples = Array.from({ length: 40 }, (_, i): LabelledExample => {
            const names = HOSTILE.filter((_name, j) => (i + j) % 4 !== 0);
            const entries = names.map(
              (name, j) => [name, EXTREMES[(i * 5 + j * 3) % EXTREMES.length] as number] as const,
            );
            return {
              x: withText(options, HOSTILE[i % HOSTILE.length] as string, own(entries)),
              y: targets[task](i, i < 20 ? [1, 2, -3] : EXTREMES),
            };
          });
          through(options, task, examples);
        }
      }
    });

    test("stays finite where no feature and no target ever changes", () => {
      for (const options of few) {
        for (const task of tasks) {
          const y = targets[task](0, [-4]);
          const x = withText(options, "same", { a: 7, b: 0, c: 1e9 });
          through(
            options,
            task,
            Array.from({ length: 60 }, () => ({ x, y })),
          );
        }
      }
    });

    test("takes 10,000 features in one example", () => {
      const [options = {}] = tried;
      for (const task of tasks) {
        const many = (i: number) =>
          Object.fromEntries(Array.from({ length: 10_000 }, (_, j) => [`f${j}`, (i + j) % 10]));
        const examples = [0, 1].map((i) => ({ x: withText(options, "t", many(i)), y: targets[task](i, [1, 2]) }));
        through(options, task, examples);
      }
    });

    test("keeps no more than its limit, however much is new, and says what it left out", () => {
      const maxBytes = 6000;
      for (const options of few) {
        // What is behind a transformer is tried by itself.
        for (const task of type.role === "predictor" ? tasks : tasks.slice(0, 1)) {
          const label = (i: number) => (task === "multiclass" ? `label${i}` : targets[task](i, [1, 2, 3.5]));
          const fresh = (from: number, to: number) =>
            Array.from({ length: to - from }, (_, at): LabelledExample => {
              const i = from + at;
              const numbers = Array.from({ length: 20 }, (_, j) => [`f${i}_${j}`, i + j / 7] as const);
              return {
                x: withText(options, `word${i} text${i}`, { ...Object.fromEntries(numbers), steady: i }),
                y: label(i),
              };
            });

          const half = through(options, task, fresh(0, 24), maxBytes);
          const whole = through(options, task, fresh(0, 48), maxBytes);

          // What a model keeps whatever it is given: windows, masses.
          const fixed = chainBytes(through(options, task, fresh(0, 1), Number.POSITIVE_INFINITY).state);
          expect(chainBytes(whole.state)).toBeLessThan(maxBytes * 1.5 + fixed);
          expect(chainBytes(whole.state) - chainBytes(half.state)).toBeLessThan(maxBytes / 2);
          if (options !== few[0]) continue;
          const grown = chainBytes(through(options, task, fresh(0, 24), Number.POSITIVE_INFINITY).state);
          if (grown > maxBytes * 2 + fixed) expect(whole.leftOut).toBeGreaterThan(0);
        }
      }
    });
  });
}

const chainBytes = (state: ModelSetState) => JSON.stringify(state.models["tried"]?.chain).length;

/** With `__proto__` as a name like any other. */
const own = (entries: readonly (readonly [string, number])[]) =>
  JSON.parse(`{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`) as Features;
