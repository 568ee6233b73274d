// Which pipeline an event belongs to, and whether what it carries is that pipeline's own.

import { RejectedError } from "../errors.ts";
import type { Event, Features } from "../events/vocabulary.ts";
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

/** What in a derived event cannot be this pipeline's: another's set, text where numbers belong, or numbers for text. */
export function foreignParts(pipeline: Pipeline, set: string, x: Features): string[] {
  const problems: string[] = [];
  if (set !== pipeline.name) problems.push(`set ${JSON.stringify(set)} is not of pipeline ${pipeline.name}`);
  const text = textNames(pipeline);
  for (const name in x) {
    const isText = typeof x[name] === "string";
    if (isText !== text.has(name))
      problems.push(`x.${name} is ${isText ? "text, and a number" : "a number, and text"} belongs there`);
  }
  return problems;
}

const textNamesByPipeline = new WeakMap<Pipeline, ReadonlySet<string>>();

function textNames(pipeline: Pipeline): ReadonlySet<string> {
  let names = textNamesByPipeline.get(pipeline);
  if (names === undefined) {
    names = new Set(pipeline.featureOutputs.filter(({ kind }) => kind === "text").map(({ name }) => name));
    textNamesByPipeline.set(pipeline, names);
  }
  return names;
}
