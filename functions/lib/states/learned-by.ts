// What else than its state and its examples says what a model set learns: the pipeline file, the limit of the state, and the engine.
// It stands in the base, so that whoever reads it learns the tail as its writer did, under whatever file it runs itself.

import type { ModelSetState } from "../learners/model-set-state.ts";

/** To be raised with every change of the learners that could change one bit of a state. */
const LEARNERS = 1;

/** Another Node may have another exponential function. */
export const ENGINE = `wadi ${LEARNERS}, node ${process.versions.node.split(".")[0]}`;

export interface LearnedBy {
  readonly engine: string;
  /** Infinity, which JSON has as null: no limit. */
  readonly maxStateBytes: number;
  /** The text of the pipeline file. */
  readonly file: string;
}

export interface Base {
  readonly state: ModelSetState;
  /** Undefined where it was written by an earlier Wadi or by hand: nothing can be learned on it as a tail. */
  readonly by: LearnedBy | undefined;
}

export function isLearnedBy(by: LearnedBy | undefined, own: LearnedBy): boolean {
  return by?.engine === own.engine && by.maxStateBytes === own.maxStateBytes && by.file === own.file;
}

export function baseText(state: ModelSetState, by: LearnedBy): string {
  return JSON.stringify({ ...state, learnedBy: by });
}

/** What is in `state` has not been checked. @throws SyntaxError for what is no JSON. */
export function readBase(text: string): Base {
  const { learnedBy, ...state } = JSON.parse(text) as ModelSetState & { readonly learnedBy?: Partial<LearnedBy> };
  const { engine, maxStateBytes, file } = learnedBy ?? {};
  if (typeof engine !== "string" || typeof file !== "string") return { state, by: undefined };
  return { state, by: { engine, file, maxStateBytes: maxStateBytes ?? Number.POSITIVE_INFINITY } };
}
