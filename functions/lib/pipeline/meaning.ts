// The second check of a pipeline file: its meaning. Every section with a valid shape is checked, so that all problems are
// reported at once.

import { DAY_MS, parseDuration } from "../duration.ts";
import { ConfigurationError } from "../errors.ts";
import type { Feature, FeatureOutput } from "../features/feature.ts";
import { featureTypes } from "../features/index.ts";
import type { ChainContext } from "../learners/learner.ts";
import { createMetric, metricTypes, readMetric } from "../learners/metrics/index.ts";
import type { MetricType } from "../learners/metrics/metric.ts";
import { TASKS, type TargetSpec, type TaskType, tasks } from "../learners/task.ts";
import { suggestion } from "../nearest.ts";
import type { Problems } from "../problems.ts";
import { checkChain } from "./chain.ts";
import { checkDrift } from "./drift.ts";
import { type ModelPer, readModelPer } from "./model-per.ts";
import { outputContext } from "./outputs.ts";
import type { PipelineFile } from "./pipeline-file.ts";
import { checkPredict } from "./predict.ts";
import { type RecordSchema, readSchemas } from "./record/avro.ts";
import { type Field, fieldProblem, kindOf, readField } from "./record/field.ts";
import { checkSubject } from "./record/subject.ts";
import { checkSources } from "./sources/schema.ts";

/** A pipeline file with everything in it resolved. */
export interface Meaning {
  readonly schemas: readonly RecordSchema[];
  readonly target: TargetSpec;
  readonly labelHorizonMs: number;
  readonly features: readonly Feature[];
  readonly context: ChainContext;
  readonly serve: string;
  readonly modelPer: ModelPer | undefined;
}

const MAX_HORIZON_DAYS = 366;

/** `broken`: the top-level keys whose shape is wrong already. Undefined where anything is wrong. */
export function readMeaning(file: PipelineFile, broken: ReadonlySet<string>, problems: Problems): Meaning | undefined {
  const whole = (key: keyof PipelineFile) => !broken.has(key);
  const have = (...keys: (keyof PipelineFile)[]) => keys.every((key) => whole(key) && file[key] !== undefined);
  const schemas = have("event") ? readSchemas(file.event, problems) : undefined;
  const fields = schemas?.at(-1)?.fields;
  if (fields) checkTime(file, fields, problems);
  if (fields) checkSubject(file, fields, problems);
  const target = fields && have("target") ? readTarget(file, fields, whole("labelHorizon"), problems) : undefined;
  const modelPer = fields && have("modelPer") ? readModelPer(file, fields, problems) : undefined;
  const labelHorizonMs = whole("labelHorizon") ? readHorizon(file.labelHorizon, problems) : undefined;
  const features = fields && have("features", "target") ? readFeatures(file, fields, problems) : undefined;
  const outputs = features?.flatMap((feature) => feature.outputs);
  const context = outputs && outputContext(outputs);
  if (outputs && context && have("models")) {
    for (const [name, chain] of Object.entries(file.models)) {
      if (name in Object.prototype) problems.add(["models", name], "is a name JavaScript uses: take another");
      checkChain(chain, { path: ["models", name], task: file.target.task, outputs, context }, problems);
    }
  }
  const serve = have("models") && whole("serve") ? readServe(file, problems) : undefined;
  if (have("metrics", "target")) checkMetrics(file, problems);
  if (serve !== undefined && have("target")) checkBest(file, problems);
  if (whole("drift") && have("target")) checkDrift(file, problems);
  if (have("predict", "target")) checkPredict(file, problems);
  if (have("sources")) checkSources(file, fields, problems);
  if (!schemas || !target || !features || !context || labelHorizonMs === undefined || serve === undefined)
    return undefined;
  return { schemas, target, labelHorizonMs, features, context, serve, modelPer };
}

function checkTime(file: PipelineFile, fields: readonly Field[], problems: Problems): void {
  const { time } = file.event;
  if (time === undefined) return;
  const field = fields.find(({ name }) => name === time);
  if (!field) problems.add(["event", "time"], noField(time, fields));
  else if (field.type !== "timestamp") {
    const cure = "give it the type { type: long, logicalType: timestamp-millis }";
    problems.add(["event", "time"], `the field ${time} is a ${field.type}, and the event time is a timestamp: ${cure}`);
  }
}

function readTarget(
  file: PipelineFile,
  fields: readonly Field[],
  horizonKnown: boolean,
  problems: Problems,
): TargetSpec | undefined {
  const { field: name, task } = file.target;
  if (name === undefined) return readFieldless(file, problems);
  const field = fields.find((candidate) => candidate.name === name);
  if (!field) {
    problems.add(["target", "field"], noField(name, fields));
    return undefined;
  }
  if (horizonKnown) checkHorizon(file, field, tasks[task].learns, problems);
  return readTask(file.target, field, problems);
}

/** A target without a field: no label ever comes, so nothing may need one. */
function readFieldless(file: PipelineFile, problems: Problems): TargetSpec | undefined {
  const { target, labelHorizon } = file;
  if (tasks[target.task].learns === "labels") {
    problems.add(["target"], `has no field: ${target.task} learns from labels, so name the field that has them`);
    return undefined;
  }
  const cure = "name the field of the labels (target.field), or remove it";
  if (target.positive !== undefined) problems.add(["target", "positive"], `is a label, and there are none: ${cure}`);
  if (labelHorizon !== undefined) problems.add(["labelHorizon"], `waits for labels, and there are none: ${cure}`);
  checkOptions(target, problems);
  return target;
}

function checkOptions({ task, ...given }: TargetSpec, problems: Problems): void {
  const { options } = tasks[task];
  for (const option of ["positive", "threshold", "alarm"] as const) {
    if (given[option] === undefined || options.includes(option)) continue;
    const fitting = TASKS.filter((other) => tasks[other].options.includes(option)).join(" and ");
    problems.add(["target", option], `is for ${fitting}, and the task is ${task}: remove it`);
  }
}

/** The target with its positive value as a record has it. */
function readTask(target: TargetSpec, field: Field, problems: Problems): TargetSpec {
  const { name } = field;
  const { task, positive } = target;
  const { misfit, options } = tasks[task];
  checkOptions(target, problems);
  const why = misfit({ type: field.type, kind: kindOf(field.type) }, target);
  if (why !== undefined) {
    const problem = `the field ${name} is a ${field.type}, and ${task} predicts ${why}, or name another task`;
    problems.add(["target", "field"], problem);
  }
  if (positive === undefined || !options.includes("positive")) return target;
  const always = { ...field, nullable: false };
  const read = readField(always, positive);
  if (read !== undefined && read !== null) return { ...target, positive: read };
  problems.add(["target", "positive"], fieldProblem(always, positive));
  return target;
}

function checkHorizon(file: PipelineFile, field: Field, learns: TaskType["learns"], problems: Problems): void {
  const { name } = field;
  const optional = field.nullable && field.default === null;
  if (file.labelHorizon !== undefined && !optional) {
    const cure = `write { name: ${name}, type: ["null", ${field.type}], default: null }, or remove labelHorizon`;
    problems.add(
      ["target", "field"],
      `labels may come late (labelHorizon), so an observation must be free to come without ${name}: ${cure}`,
    );
  }
  // Where labels are not learned, nothing is lost without them.
  if (file.labelHorizon === undefined && field.nullable && learns === "labels") {
    problems.add(
      [],
      `has no labelHorizon, and ${name} may be null: say how long features wait for its label, such as labelHorizon: 7d`,
    );
  }
}

function readHorizon(text: string | undefined, problems: Problems): number | undefined {
  if (text === undefined) return 0;
  const ms = parseDuration(text) ?? 0;
  if (ms > 0 && ms <= MAX_HORIZON_DAYS * DAY_MS) return ms;
  problems.add(["labelHorizon"], `must be more than nothing and at most ${MAX_HORIZON_DAYS}d, and is ${text}`);
  return undefined;
}

function readFeatures(
  file: PipelineFile,
  fields: readonly Field[],
  problems: Problems,
): readonly Feature[] | undefined {
  const features: Feature[] = [];
  const earlier: { readonly output: FeatureOutput; readonly index: number }[] = [];
  for (const [index, spec] of file.features.entries()) {
    const path = ["features", index];
    const field = fields.find(({ name }) => name === spec.from);
    const type = featureTypes[spec.as];
    if (!field || !type) {
      problems.add([...path, "from"], noField(spec.from, fields));
      continue;
    }
    if (spec.from === file.target.field) {
      problems.add(
        [...path, "from"],
        `${spec.from} is the target: a model must not see what it predicts; remove this feature`,
      );
    }
    if (!type.accepts.includes(kindOf(field.type))) {
      const fitting = Object.values(featureTypes).filter(({ accepts }) => accepts.includes(kindOf(field.type)));
      const cure = `use one of ${fitting.map(({ name }) => name).join(", ")}`;
      problems.add(
        [...path, "as"],
        `${spec.as} takes a ${type.accepts.join(" or ")}, and ${spec.from} is a ${field.type}: ${cure}`,
      );
    }
    try {
      const feature = type.create(spec);
      for (const output of feature.outputs) {
        const clash = earlier.find((other) => other.index !== index && overlap(other.output, output));
        if (clash) {
          const both = `${shown(clash.output)} of features[${clash.index}]`;
          problems.add(path, `its name ${shown(output)} meets ${both}: give one of them a name: of its own`);
        }
        if (!/^[A-Za-z]/.test(output.name) || output.name in Object.prototype) {
          problems.add(path, `${output.name} is no name for a feature: give it a name: that begins with a letter`);
        }
        earlier.push({ output, index });
      }
      features.push(feature);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.add(path, error.message);
    }
  }
  return features.length === file.features.length ? features : undefined;
}

/** Whether two outputs may have the same name. */
function overlap(a: FeatureOutput, b: FeatureOutput): boolean {
  if (a.open && b.open) return a.name.startsWith(b.name) || b.name.startsWith(a.name);
  if (a.open) return b.name.startsWith(a.name);
  return b.open ? a.name.startsWith(b.name) : a.name === b.name;
}

function shown({ name, open }: FeatureOutput): string {
  return open ? `${name}*` : name;
}

/** Without a field of the target only what scores predictions alone. */
function fittingMetrics({ task, field }: TargetSpec): readonly MetricType[] {
  return Object.values(metricTypes).filter((type) => {
    return type.tasks.includes(task) && (field !== undefined || type.of === "predictions");
  });
}

/** Why a metric does not fit the target, with the cure; undefined where it does, or where the file names one that is not there. */
function misfitOf(name: string, target: TargetSpec, fitting: readonly MetricType[]): string | undefined {
  const type = metricTypes[name];
  if (type === undefined || fitting.includes(type)) return undefined;
  const cure = fitting.length === 0 ? "name the field of the labels (target.field)" : `use one of ${namesOf(fitting)}`;
  if (!type.tasks.includes(target.task)) return `${name} does not score ${target.task}: ${cure}`;
  if (type.better === "neither") return `${name} says of no model that it is the better one: ${cure}`;
  return `${name} scores labels, and the target has no field for them: name it (target.field), or ${cure}`;
}

const namesOf = (types: readonly MetricType[]) => types.map(({ name }) => name).join(", ");

function readServe(file: PipelineFile, problems: Problems): string | undefined {
  const names = Object.keys(file.models);
  if (typeof file.serve === "object") return names[0];
  if (file.serve === undefined) {
    if (names.length === 1) return names[0];
    problems.add([], `has no serve: say which model serves, one of ${names.join(", ")}`);
    return undefined;
  }
  if (names.includes(file.serve)) return file.serve;
  problems.add(["serve"], `there is no model ${JSON.stringify(file.serve)}${suggestion(file.serve, names)}`);
  return undefined;
}

/** The metric that the best model is chosen by need not be one of `metrics`. */
function checkBest({ serve, target }: PipelineFile, problems: Problems): void {
  if (typeof serve !== "object") return;
  const fitting = fittingMetrics(target).filter(({ better }) => better !== "neither");
  const why = misfitOf(serve.best, target, fitting);
  if (why !== undefined) problems.add(["serve", "best"], why);
}

function checkMetrics({ metrics, target }: PipelineFile, problems: Problems): void {
  const fitting = fittingMetrics(target);
  const names = new Set<string>();
  for (const [i, metric] of metrics.entries()) {
    const called = createMetric(metric).name;
    if (names.has(called)) problems.add(["metrics", i], `is ${called}, which is there already: leave one of them out`);
    names.add(called);
    const why = misfitOf(readMetric(metric).name, target, fitting);
    if (why !== undefined) problems.add(["metrics", i], why);
  }
}

function noField(name: string, fields: readonly Field[]): string {
  const known = fields.map((field) => field.name);
  return `the newest schema has no field ${JSON.stringify(name)}${suggestion(name, known)}`;
}
