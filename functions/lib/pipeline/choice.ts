// Which pipeline an event belongs to, and which of its features are that pipeline's.

import { RejectedError } from "../errors.ts";
import type { Event, Features } from "../events/vocabulary.ts";
import type { FeatureOutput } from "../features/feature.ts";
import { ownsSet } from "./model-per.ts";
import type { Pipeline } from "./pipeline.ts";

/** The deployed pipelines by name. */
export type Pipelines = ReadonlyMap<string, Pipeline>;

/**
 * The pipeline a client names; it may name none where only one is deployed.
 * @throws RejectedError `unknown-pipeline`, naming those there are.
 */
export function choosePipeline(pipelines: Pipelines, name: unknown): Pipeline {
  if (name === undefined || name === "") {
    const [only] = pipelines.values();
    if (only !== undefined && pipelines.size === 1) return only;
    throw unknown(pipelines, "the event names no pipeline (ce-pipeline), and there are several");
  }
  const found = typeof name === "string" ? pipelines.get(name) : undefined;
  if (found !== undefined) return found;
  throw unknown(pipelines, `pipeline ${JSON.stringify(name)} is not deployed here`);
}

/** The pipeline of a derived event, which always names it. @throws RejectedError `unknown-pipeline`. */
export function pipelineOf(pipelines: Pipelines, event: Event): Pipeline {
  const name = event["pipeline"];
  const found = typeof name === "string" ? pipelines.get(name) : undefined;
  if (found !== undefined) return found;
  throw unknown(pipelines, `pipeline ${JSON.stringify(name ?? null)} is not deployed here`);
}

function unknown(pipelines: Pipelines, problem: string): RejectedError {
  return new RejectedError("unknown-pipeline", `${problem}; there is: ${[...pipelines.keys()].join(", ")}`, [
    { path: "pipeline", problem },
  ]);
}

/**
 * The features of a derived event that are this pipeline's. Features of an older file are left out, and so are names that no
 * feature makes: a model would keep a weight for each of them for good.
 * @throws RejectedError `payload` for a set of another pipeline, text in place of a number or the reverse, or more values than
 *   features: each feature gives at most one value of a record.
 */
export function ownFeatures(pipeline: Pipeline, set: string, x: Features): Features {
  const problems: string[] = [];
  if (!ownsSet(pipeline, set)) problems.push(`set ${JSON.stringify(set)} is not of pipeline ${pipeline.name}`);
  const { text, fixed, prefixes } = namesOf(pipeline);
  const names = Object.keys(x);
  const own = names.filter((name) => fixed.has(name) || prefixes.some((prefix) => name.startsWith(prefix)));
  for (const name of own) {
    const isText = typeof x[name] === "string";
    if (isText !== text.has(name))
      problems.push(`x.${name} is ${isText ? "text, and a number" : "a number, and text"} belongs there`);
  }
  if (own.length > pipeline.featureOutputs.length) {
    problems.push(`x has ${own.length} values, and the features give ${pipeline.featureOutputs.length} at most`);
  }
  if (problems.length > 0) throw new RejectedError("payload", `this cannot be used: ${problems.join("; ")}`);
  return own.length === names.length ? x : Object.fromEntries(own.map((name) => [name, x[name] as number | string]));
}

interface Names {
  readonly text: ReadonlySet<string>;
  readonly fixed: ReadonlySet<string>;
  /** Of the open-ended features: `origin_`. */
  readonly prefixes: readonly string[];
}

const namesByPipeline = new WeakMap<Pipeline, Names>();

function namesOf(pipeline: Pipeline): Names {
  let names = namesByPipeline.get(pipeline);
  if (names === undefined) {
    const all = (of: (output: FeatureOutput) => boolean) => pipeline.featureOutputs.filter(of).map(({ name }) => name);
    names = {
      text: new Set(all(({ kind }) => kind === "text")),
      fixed: new Set(all(({ open }) => !open)),
      prefixes: all(({ open }) => open),
    };
    namesByPipeline.set(pipeline, names);
  }
  return names;
}
