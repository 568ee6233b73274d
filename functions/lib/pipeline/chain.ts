// Checks the chain of a model: transformers, then one predictor for the task; text is turned into numbers before a part that
// takes no text; no indicator is scaled to 0. The feature outputs are followed part by part.

import { asError, ConfigurationError } from "../errors.ts";
import type { FeatureOutput } from "../features/feature.ts";
import { learnerTypes } from "../learners/index.ts";
import type { ChainContext, LearnerType, Part } from "../learners/learner.ts";
import { type Task, tasks } from "../learners/task.ts";
import { type FeatureSelection, selection } from "../learners/transformers/selection.ts";
import { suggestion } from "../nearest.ts";
import type { Path, Problems } from "../problems.ts";

type Options = Readonly<Record<string, unknown>>;

/** A part of a chain, and its place in the file. */
export interface Step {
  readonly type: LearnerType;
  readonly options: Options;
  readonly path: Path;
}

/** Adds what is wrong with the chain at `path`. */
export function checkChain(
  chain: readonly Part[],
  given: {
    readonly path: Path;
    readonly task: Task;
    readonly outputs: readonly FeatureOutput[];
    readonly context: ChainContext;
  },
  problems: Problems,
): void {
  const steps = chain.map((part, i) => readPart(part, [...given.path, i]));
  let outputs = given.outputs;
  for (const [i, step] of steps.entries()) {
    const last = i === steps.length - 1;
    checkRole(step, last, given.task, problems);
    checkNames(step, outputs, problems);
    const misplaced = checkText(step, outputs, given.context, problems);
    outputs = outputs.filter(({ name }) => !misplaced.includes(name)); // told once
    if (step.type.scales) checkScaled(step, outputs, given.context, problems);
    checkPart(step, given.task, given.context, problems);
    const before = outputs.map(({ name }) => name);
    outputs = [...new Set(outputs.flatMap((output) => after(output, step, given.context)))];
    const twice = outputs.find(({ name }, j) => outputs.some((other, k) => k < j && other.name === name));
    if (twice !== undefined && new Set(before).size === before.length) {
      problems.add(
        step.path,
        `makes a feature ${JSON.stringify(twice.name)}, and there is one: give that one another name`,
      );
    }
  }
}

/** The baselines among models: they take nothing from the features. */
export function baselinesOf(models: Readonly<Record<string, readonly Part[]>>): ReadonlySet<string> {
  const isBaseline = (chain: readonly Part[]) => {
    const last = chain.at(-1);
    return last !== undefined && readPart(last, []).type.isBaseline === true;
  };
  return new Set(Object.keys(models).filter((name) => isBaseline(models[name] ?? [])));
}

export function readPart(part: Part, at: Path): Step {
  const name = typeof part === "string" ? part : (Object.keys(part)[0] as string);
  const options = typeof part === "string" ? {} : (part[name] as Options);
  return { type: learnerTypes[name] as LearnerType, options, path: typeof part === "string" ? at : [...at, name] };
}

function checkRole({ type, path }: Step, last: boolean, task: Task, problems: Problems): void {
  if (type.role === "transformer") {
    if (last)
      problems.add(
        path,
        `${type.name} is a transformer, and a chain ends in a predictor: add one of ${predictorsFor(task)}`,
      );
    return;
  }
  if (!last)
    problems.add(path, `${type.name} is a predictor and must be the last of its chain: remove what follows it`);
  if (type.tasks?.includes(task) === false) {
    const tasks = type.tasks.join(" and ");
    problems.add(path, `${type.name} does ${tasks}, and the task is ${task}: use one of ${predictorsFor(task)}`);
  }
}

/** The names of the registered predictors for the task, for people. */
function predictorsFor(task: Task): string {
  const names = Object.values(learnerTypes).filter(
    ({ role, tasks }) => role === "predictor" && (tasks?.includes(task) ?? true),
  );
  return names.map(({ name }) => name).join(", ");
}

function taken({ type, options }: Step): "all" | readonly string[] {
  return type.takesText?.(options) ?? [];
}

function checkNames({ type, options, path }: Step, outputs: readonly FeatureOutput[], problems: Problems): void {
  const reaches = (name: string) =>
    outputs.some((output) => (output.open ? name.startsWith(output.name) : name === output.name));
  for (const name of type.names?.(options).filter((name) => !reaches(name)) ?? []) {
    const cure = suggestion(
      name,
      outputs.filter(({ open }) => !open).map((output) => output.name),
    );
    problems.add(path, `names the feature ${JSON.stringify(name)}, and no such one reaches it${cure}`);
  }
}

/** Returns the names of the text features that must not reach this part. */
function checkText(step: Step, outputs: readonly FeatureOutput[], context: ChainContext, problems: Problems) {
  const takes = taken(step);
  if (takes === "all") return [];
  const text = outputs.filter(({ kind }) => kind === "text");
  const names = text.map(({ name }) => name);
  for (const name of takes.filter((name) => !names.includes(name))) {
    const cure = names.length === 0 ? ": take a field as: text" : suggestion(name, names);
    problems.add(step.path, `takes the text feature ${JSON.stringify(name)}, and no such one reaches it${cure}`);
  }
  // A transformer that takes only some text, or touches only some features, passes on the rest.
  if (step.type.role === "transformer" && step.type.takesText) return [];
  const misplaced = text.filter((output) => !takes.includes(output.name) && touches(step, output, context));
  for (const { name } of misplaced) {
    const cure = `put ${encodersOf(name)} before it, or take the field as: one-hot`;
    const problem = `the text feature ${JSON.stringify(name)} reaches ${step.type.name}, which takes numbers: ${cure}`;
    problems.add(step.path, problem);
  }
  return misplaced.map(({ name }) => name);
}

/** The first of the registered transformers that turn a text feature into numbers, for people. */
function encodersOf(feature: string): string {
  const encoders = Object.values(learnerTypes).filter(({ role, takesText }) => role === "transformer" && takesText);
  const options = (type: LearnerType) => Object.keys((type.options["properties"] as object | undefined) ?? {});
  const shown = encoders.map((type) => (options(type).includes("by") ? `${type.name}: { by: ${feature} }` : type.name));
  return shown.slice(0, 3).join(" or ");
}

function checkScaled(step: Step, outputs: readonly FeatureOutput[], context: ChainContext, problems: Problems): void {
  const touched = outputs.filter((output) => output.kind === "indicator" && touches(step, output, context));
  if (touched.length === 0) return;
  const names = touched.slice(0, 5).map(({ name, open }) => (open ? `${name}*` : name));
  const problem = `would scale the indicators ${names.join(", ")} to nothing, since they do not vary where they are present`;
  problems.add(step.path, `${problem}: write ${step.type.name}: { only: numbers }`);
}

/** Whether a part touches a feature of this output: `only:` says so, and without it all are touched. */
export function touches({ options }: Step, { name, open, kind }: FeatureOutput, context: ChainContext): boolean {
  const only = options["only"] as FeatureSelection | undefined;
  if (only === undefined) return true;
  if (only === "numbers") return kind !== "indicator";
  if (!open) return selection(only, context)?.(name) === true;
  return only.some((glob) => {
    const [start = ""] = glob.split("*", 1);
    return start === glob ? glob.startsWith(name) : start.startsWith(name) || name.startsWith(start);
  });
}

/** Creates the part as a model will: what its own code refuses is a problem of the file. */
function checkPart({ type, options, path }: Step, task: Task, context: ChainContext, problems: Problems): void {
  try {
    const part = type.create(options, context);
    if (part.role !== "transformer" || !part.supervised || tasks[task].learns === "labels") return;
    problems.add(path, `${type.name} learns from labels, and ${task} teaches none: remove it`);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.add(path, asError(error).message);
  }
}

/** The outputs that a part makes of an output. */
export function after(output: FeatureOutput, step: Step, context: ChainContext): readonly FeatureOutput[] {
  const { becomes } = step.type;
  return becomes === undefined || !touches(step, output, context) ? [output] : becomes(output, step.options);
}
