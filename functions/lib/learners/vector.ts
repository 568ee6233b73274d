// Named features as two parallel lists, and the slots that names have in a learner's arrays.

import type { Features } from "../events/vocabulary.ts";
import { NonFiniteError, type Vector } from "./learner.ts";

/** The features in the order of their keys. */
export function toVector(x: Features): Vector {
  const names = Object.keys(x);
  return { names, values: names.map((name) => x[name] as number | string) };
}

/** The numbers of a vector. @throws NonFiniteError for text or a number that is not finite. */
export function numberAt(x: Vector, i: number): number {
  const value = x.values[i];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new NonFiniteError(`feature ${x.names[i]}`);
}
