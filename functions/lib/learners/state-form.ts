// What a state must look like to be opened: its form. A state comes out of a store or a file, so it may be damaged, made by hand,
// older or newer than this Wadi.
//
//   F1  What passes the check can be opened, learned on and asked: that ends, and what it answers is finite or refused as any
//       number that is not. A name that stands twice shows only when it is opened, where there is an index of the names anyway.
//   F2  A form changes with its schema number, and then has an upgrade from the number before: a function beside the learner.
//       Members that a form does not know are left alone, so an addition that may be missing needs no new number.

import { UnavailableError } from "../errors.ts";
import { decodeExactly } from "./float64s.ts";

/** A state that cannot be opened. The message says where in it and why. */
export class UnsoundStateError extends Error {
  /** Such as `parts[2].state.weights[0]`; "" for the value itself. */
  readonly place: string;
  readonly problem: string;

  constructor(place: string, problem: string) {
    super(place === "" ? `it ${problem}` : `${place} ${problem}`);
    this.name = "UnsoundStateError";
    this.place = place;
    this.problem = problem;
  }
}

/** @param place where in the value; "" for the value itself. */
export function unsound(place: string, problem: string): UnsoundStateError {
  return new UnsoundStateError(place, problem);
}

/** Lets a value pass. @throws UnsoundStateError */
export type Check = (value: unknown) => void;

export type Members = Readonly<Record<string, unknown>>;

export interface StateForm {
  readonly schema: number;
  readonly check: Check;
  /** By schema number: makes of a state with that number one with the next. What it is given has not been checked. */
  readonly upgrades?: Readonly<Record<number, (state: Members) => Members>>;
}

/**
 * A state of that form: the given one, or what its upgrades make of it.
 * @throws UnsoundStateError
 * @throws UnavailableError `superseded` for a state of a newer Wadi.
 */
export function readState<S extends { readonly schema: number }>(
  { schema, check, upgrades = {} }: StateForm,
  given: unknown,
): S {
  let state = membersOf(given);
  let { schema: its } = state;
  if (!Number.isSafeInteger(its) || (its as number) < 1) throw unsound("schema", "must be a whole number from 1");
  if ((its as number) > schema) {
    const problem = `a state of schema ${its} was written by a newer Wadi: this one knows schema ${schema}`;
    throw new UnavailableError("superseded", problem);
  }
  while (its !== schema) {
    const upgrade = upgrades[its as number];
    if (upgrade === undefined) throw unsound("schema", `is ${its}, and there is no way from it to ${schema}`);
    state = { ...upgraded(upgrade, state), schema: (its as number) + 1 };
    its = state["schema"];
  }
  check(state);
  return state as unknown as S;
}

function upgraded(upgrade: (state: Members) => Members, state: Members): Members {
  try {
    return upgrade(state);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw unsound("", `cannot be upgraded: ${error.message}`);
    }
    throw error;
  }
}

/** What `read` does, with the place of what it reads in its errors. */
export function at<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw placed(place, error);
  }
}

function placed(place: string, error: unknown): unknown {
  if (!(error instanceof UnsoundStateError)) return error;
  const joint = error.place === "" || error.place.startsWith("[") ? "" : ".";
  return unsound(`${place}${joint}${error.place}`, error.problem);
}

/** The value as an object that is no list. @throws UnsoundStateError */
export function membersOf(value: unknown): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unlike("an object", value);
  return value as Members;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unlike("a list", value);
  return value;
}

function unlike(what: string, value: unknown): UnsoundStateError {
  return unsound("", `must be ${what}${typeof value === "object" && value !== null ? "" : `, and is ${shown(value)}`}`);
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
}

export const number: Check = (value) => {
  if (!Number.isFinite(value)) throw unlike("a finite number", value);
};

/** How often something happened. */
export const count: Check = (value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw unlike("a whole number from 0", value);
};

/** Of what is only kept once it happened. */
export const countFromOne: Check = (value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw unlike("a whole number from 1", value);
};

export const numberFromZero: Check = (value) => {
  if (!(Number.isFinite(value) && (value as number) >= 0)) throw unlike("a finite number from 0", value);
};

export const flag: Check = (value) => {
  if (typeof value !== "boolean") throw unlike("true or false", value);
};

export const text: Check = (value) => {
  if (typeof value !== "string") throw unlike("a text", value);
};

/** A place in a list of that length. */
export function placeIn(length: number): Check {
  return (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) >= length)
      throw unlike(`a whole number below ${length}`, value);
  };
}

/** Of a member that may be missing. */
export function optional(of: Check): Check {
  return (value) => {
    if (value !== undefined) of(value);
  };
}

export function list(of: Check): Check {
  return (value) => {
    const items = listOf(value);
    // A loop without closures: most of a state is such lists, and a process that was just started checks all of it.
    let i = 0;
    try {
      for (; i < items.length; i++) of(items[i]);
    } catch (error) {
      throw placed(`[${i}]`, error);
    }
  };
}

// Nearly all of a state is lists of numbers and of names, and a process that was just started checks all of it: so these have loops of
// their own, without a call for each item.

export const numbers: Check = (value) => {
  const items = listOf(value);
  for (let i = 0; i < items.length; i++) if (!Number.isFinite(items[i])) at(`[${i}]`, () => number(items[i]));
};

export const counts: Check = (value) => {
  const items = listOf(value);
  for (let i = 0; i < items.length; i++) {
    if (!(Number.isSafeInteger(items[i]) && (items[i] as number) >= 0)) at(`[${i}]`, () => count(items[i]));
  }
};

export const countsFromOne: Check = (value) => {
  const items = listOf(value);
  for (let i = 0; i < items.length; i++) {
    if (!(Number.isSafeInteger(items[i]) && (items[i] as number) >= 1)) at(`[${i}]`, () => countFromOne(items[i]));
  }
};

export const texts: Check = (value) => {
  const items = listOf(value);
  for (let i = 0; i < items.length; i++) if (typeof items[i] !== "string") at(`[${i}]`, () => text(items[i]));
};

/** @param whole checks what its members have to do with each other, after each of them. */
export function object<S = Members>(members: Readonly<Record<string, Check>>, whole?: (state: S) => void): Check {
  const entries = Object.entries(members);
  return (value) => {
    const state = membersOf(value);
    for (const [name, check] of entries) {
      try {
        check(state[name]);
      } catch (error) {
        throw placed(name, error);
      }
    }
    whole?.(state as S);
  };
}

/** Lists with so many items for each name. @throws UnsoundStateError */
export function checkLengths(
  names: readonly unknown[],
  lists: Readonly<Record<string, readonly unknown[]>>,
  perName = 1,
): void {
  for (const [name, items] of Object.entries(lists)) checkLength(name, items, names.length * perName);
}

/** @throws UnsoundStateError */
export function checkLength(name: string, { length }: { readonly length: number }, expected: number): void {
  if (length !== expected) throw unsound(name, `has ${length} items, and ${expected} belong there`);
}

/**
 * The number of float64s in the text (see float64s.ts).
 * @param isAllowed which numbers may be among them; default: finite ones.
 * @throws UnsoundStateError
 */
export function checkFloat64s(value: unknown, isAllowed?: (one: number) => boolean): number {
  text(value);
  const given = value as string;
  const numbers = decodeExactly(given);
  if (numbers === undefined) throw unsound("", "is no list of float64s in base64");
  if (isAllowed === undefined) {
    for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) throw misplaced(numbers, i);
  } else {
    for (let i = 0; i < numbers.length; i++) if (!isAllowed(numbers[i] as number)) throw misplaced(numbers, i);
  }
  return numbers.length;
}

function misplaced(numbers: Float64Array, i: number): UnsoundStateError {
  return unsound("", `has ${numbers[i]} at place ${i}`);
}

/** Of a part that keeps nothing. */
export const NOTHING_KEPT: StateForm = { schema: 1, check: object({}) };
