// Examples as learners take them: named features as two parallel lists, and targets and features that are numbers.
//
// What is done for each feature of each example is most of the time that learning takes. So numbers are kept as doubles, not as
// objects, and loops over them call nothing that is imported: V8 looks up an imported name anew in each turn. They take text for NaN,
// and look for the feature that was no number once, where their sum turns out not to be finite.

import type { Features, Target } from "../events/vocabulary.ts";
import { NonFiniteError, type Vector } from "./learner.ts";

/** Lists of names that are remembered, each until another one of a length with the same remainder comes. */
const MOST_LISTS = 16;
const lists: (readonly string[])[] = [];

/** The features in the order of their keys. Equal lists of names that follow each other are one and the same array. */
export function toVector(x: Features): Vector {
  return { names: knownNames(Object.keys(x)), values: unboxed(Object.values(x)) };
}

function knownNames(names: readonly string[]): readonly string[] {
  const at = names.length % MOST_LISTS;
  const known = lists[at];
  if (known !== undefined && areEqual(names, known)) return known;
  lists[at] = names;
  return names;
}

function areEqual(names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false;
  for (let i = 0; i < names.length; i++) if (names[i] !== others[i]) return false;
  return true;
}

/** Not one of them is an integer, so V8 keeps them as plain doubles, in copies of the list too. */
const doubles = [0.5];

/** The same values; where all are numbers, in a list that V8 keeps as doubles. So are its copies, and what is written into them. */
function unboxed(values: Vector["values"]): Vector["values"] {
  while (doubles.length < values.length) doubles.push(0.5);
  const numbers = doubles.slice(0, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== "number") return values;
    numbers[i] = value;
  }
  return numbers;
}

/**
 * To be asked where a sum over x is not finite: the loop that makes it need not look at each number then.
 * @param least of the slots that were found: UNSEEN for those of names never seen too.
 * @throws NonFiniteError for the first feature that is text or not finite.
 */
export function checkNumbers(x: Vector, found: readonly number[], least = 0): void {
  for (let i = 0; i < x.names.length; i++) if ((found[i] as number) >= least) numberAt(x, i);
}

/** The number of the feature at position i. @throws NonFiniteError for text or a number that is not finite. */
export function numberAt(x: Vector, i: number): number {
  const value = x.values[i];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new NonFiniteError(`what is learned from feature ${x.names[i]}`);
}

/** The target of a regression. @throws NonFiniteError for what is no number or not finite. */
export function numberOf(y: Target): number {
  if (typeof y === "number" && Number.isFinite(y)) return y;
  throw new NonFiniteError("what is learned from the target");
}
