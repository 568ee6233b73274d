// What was served, as output tensors of the Open Inference Protocol v2 with one element for each row.

import type { Interval, PredictionAsk, Served } from "../lib/events/vocabulary.ts";
import { DEFAULT_LEVEL } from "../lib/learners/conformal.ts";
import { unexplained } from "../lib/learners/explanation.ts";
import { classOf, tasks } from "../lib/learners/task.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { refused } from "./parameters.ts";

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** -1: one for each row. */
  readonly shape: readonly number[];
}

/** `shape` is [rows]. Where a model has no prediction yet its element is null. */
export interface OutputTensor extends TensorMetadata {
  readonly datatype: OutputDatatype;
  readonly data: readonly unknown[];
}

export interface InferAnswer {
  readonly model_name: string;
  /** Left out where the rows belong to several model sets: each has versions of its own. */
  readonly model_version?: string;
  readonly id?: string;
  readonly parameters: {
    /** The store is away, and the last known version answered. */
    readonly stale: boolean;
    /**
     * An upper bound, in milliseconds: for how long the version had no longer been the newest when it answered. The largest of
     * all rows. Absent where an earlier Wadi, which did not record it, served the row.
     */
    readonly staleness_ms?: number;
    /** As it was asked for. */
    readonly interval?: number;
  };
  readonly outputs: readonly OutputTensor[];
}

/** What was served for a row, and the model set that it belongs to. */
export interface ServedRow extends Served {
  readonly set: string;
}

export type OutputDatatype = "FP64" | "INT64" | "BOOL" | "BYTES";

interface Output {
  readonly name: string;
  readonly datatype: OutputDatatype;
  read(served: ServedRow): unknown;
}

const SET: Output = { name: "set", datatype: "BYTES", read: ({ set }) => set };

/** `prediction` is the champion's, and `class` or `alarm` what it says where the task has classes or alarms. A row that was stored earlier may have another champion, version or generation. */
function outputsOf(pipeline: Pipeline): readonly Output[] {
  let outputs = outputsByPipeline.get(pipeline);
  if (outputs === undefined) {
    outputs = makeOutputs(pipeline);
    outputsByPipeline.set(pipeline, outputs);
  }
  return outputs;
}

const outputsByPipeline = new WeakMap<Pipeline, readonly Output[]>();

function makeOutputs(pipeline: Pipeline): readonly Output[] {
  const { output, classes } = tasks[pipeline.task];
  const { datatype, write } = output;
  return [
    { name: "prediction", datatype, read: ({ values, model }) => write(values[model] ?? null) },
    ...(classes === undefined ? [] : [classOutput(pipeline, classes)]),
    ...Object.keys(pipeline.models).map((model): Output => {
      return { name: `model:${model}`, datatype, read: ({ values }) => write(values[model] ?? null) };
    }),
    { name: "champion", datatype: "BYTES", read: ({ model }) => model },
    { name: "generation", datatype: "BYTES", read: ({ generation }) => generation },
    { name: "version", datatype: "INT64", read: ({ version }) => version },
    ...(pipeline.modelPer === undefined ? [] : [SET]),
  ];
}

function classOutput({ target }: Pipeline, { name, datatype }: Pick<Output, "name" | "datatype">): Output {
  return { name, datatype, read: ({ values, model }) => classOf(target, values[model] ?? null) ?? null };
}

/** Of an interval: its bounds, or its classes as a JSON list, and why there are none. */
function intervalOutputs({ task }: Pipeline, level: number): readonly Output[] {
  const read = (pick: (interval: Interval) => unknown) => (served: ServedRow) =>
    pick(intervalAt(served, level)) ?? null;
  const note: Output = {
    ...{ name: "interval_note", datatype: "BYTES" },
    read: read((interval) => ("none" in interval ? interval.none : undefined)),
  };
  if (tasks[task].classes !== undefined) {
    const pick = (interval: Interval) => ("classes" in interval ? JSON.stringify(interval.classes) : undefined);
    return [{ name: "classes", datatype: "BYTES", read: read(pick) }, note];
  }
  const bound = (name: "lower" | "upper"): Output => {
    return { name, datatype: "FP64", read: read((interval) => ("lower" in interval ? interval[name] : undefined)) };
  };
  return [bound("lower"), bound("upper"), note];
}

/** What is stored of a row counts, whatever is asked for later. */
function intervalAt({ interval }: Served, level: number): Interval {
  if (interval === undefined) return { level, none: "this row was served before, without an interval" };
  if (interval.level === level) return interval;
  return { level, none: `this row was served before, with the interval ${interval.level}` };
}

const EXPLANATION: Output = {
  name: "explanation",
  datatype: "BYTES",
  read: ({ explanation = unexplained("this row was served before, without an explanation") }) =>
    JSON.stringify(explanation),
};

/** The outputs that are there only where they are asked for. */
function askedOutputs(pipeline: Pipeline, { interval, explain = false }: PredictionAsk): readonly Output[] {
  return [...(interval === undefined ? [] : intervalOutputs(pipeline, interval)), ...(explain ? [EXPLANATION] : [])];
}

/** With the parameter of a request that they need. */
export function askedMetadata(pipeline: Pipeline): readonly (TensorMetadata & { readonly needs: string })[] {
  const described = ({ name, datatype }: Output, needs: string) => ({ name, datatype, shape: [-1], needs });
  return [
    ...intervalOutputs(pipeline, DEFAULT_LEVEL).map((output) => described(output, "interval")),
    described(EXPLANATION, "explain"),
  ];
}

/** The subject of each row, by which a label names it. Only for requests with an id. */
export const SUBJECT = { name: "subject", datatype: "BYTES", shape: [-1] } as const satisfies TensorMetadata;

export function outputMetadata(pipeline: Pipeline): readonly TensorMetadata[] {
  return outputsOf(pipeline).map(({ name, datatype }) => ({ name, datatype, shape: [-1] }));
}

/** @throws RejectedError `request` for a wanted output that does not exist. */
export function checkOutputs(
  pipeline: Pipeline,
  wanted: readonly string[] | undefined,
  { hasId, ask }: { readonly hasId: boolean; readonly ask: PredictionAsk },
): void {
  if (wanted === undefined) return;
  const known = [...outputsOf(pipeline), ...askedOutputs(pipeline, ask)].map(({ name }) => name);
  if (hasId) known.push(SUBJECT.name);
  for (const [i, name] of wanted.entries()) {
    const path = `outputs[${i}].name`;
    if (name === SUBJECT.name && !hasId) throw refused(path, "subject is there only where the request has an id");
    const asked = askedMetadata(pipeline).find((one) => one.name === name);
    if (asked !== undefined && !known.includes(name))
      throw refused(path, `${name} is there only where the request has parameters.${asked.needs}`);
    if (!known.includes(name))
      throw refused(path, `${JSON.stringify(name)} is no output; there is: ${known.join(", ")}`);
  }
}

interface Wanted {
  /** The outputs; undefined for all. */
  readonly wanted?: readonly string[] | undefined;
  readonly ask: PredictionAsk;
  readonly id?: string;
  /** The subjects of the rows, where they were recorded. */
  readonly subjects?: readonly string[];
}

/** `name`: the model's, as in the request. */
export function answerOf(
  pipeline: Pipeline,
  name: string,
  { served, stale }: { readonly served: readonly ServedRow[]; readonly stale: boolean },
  { wanted, ask, id, subjects }: Wanted,
): InferAnswer {
  const shape = [served.length];
  const all: OutputTensor[] = [...outputsOf(pipeline), ...askedOutputs(pipeline, ask)].map(
    ({ name, datatype, read }) => {
      return { name, shape, datatype, data: served.map(read) };
    },
  );
  if (subjects !== undefined) all.push({ ...SUBJECT, shape, data: subjects });
  const staleness = served.flatMap(({ stalenessMs }) => (stalenessMs === undefined ? [] : [stalenessMs]));
  return {
    model_name: name,
    ...(new Set(served.map(({ set }) => set)).size === 1 && {
      model_version: String(Math.max(...served.map(({ version }) => version))),
    }),
    ...(id === undefined ? {} : { id }),
    parameters: {
      stale,
      ...(staleness.length > 0 && { staleness_ms: Math.max(...staleness) }),
      ...(ask.interval !== undefined && { interval: ask.interval }),
    },
    outputs: wanted === undefined ? all : wanted.map((name) => all.find((one) => one.name === name) as OutputTensor),
  };
}
