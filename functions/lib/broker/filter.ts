// Trigger filters of Knative: exact, prefix, suffix, all, any, not. Each element is of one dialect; a list is AND-ed.
//
//   F1  A missing attribute matches nothing, so `not` of it matches.
//   F2  Values are compared as Knative writes them: a boolean true is "true", an integer 7 is "7".
//   F3  There is no filtering on data.

import { ConfigurationError } from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Filter } from "./broker.ts";

export type Predicate = (event: Event) => boolean;

/** What can be said of a filter by an event's type alone. */
export interface TypeBound {
  /** No event of another type matches. */
  readonly types: readonly string[];
  /** Every event of these types does. */
  readonly decides: boolean;
}

const DIALECTS = ["exact", "prefix", "suffix", "all", "any", "not"];
const ATTRIBUTE = /^[a-z][a-z0-9]*$/;

/** Filters out of a file. @throws ConfigurationError that names `where` and the cure. */
export function checkFilters(value: unknown, where: string): readonly Filter[] {
  if (!Array.isArray(value)) throw new ConfigurationError(`${where} must be a list of filters`);
  value.forEach((filter, i) => {
    checkFilter(filter, `${where}[${i}]`);
  });
  return value;
}

function checkFilter(value: unknown, where: string): void {
  if (!isMap(value)) throw new ConfigurationError(`${where} must be a map such as { exact: { type: dev.wadi.label } }`);
  const dialects = Object.keys(value);
  const [dialect] = dialects;
  if (dialect === undefined || dialects.length > 1) {
    const found = dialect === undefined ? "no dialect" : `the dialects ${dialects.join(", ")}`;
    throw new ConfigurationError(`${where} has ${found}: write exactly one, and wrap several in all: or any:`);
  }
  if (!DIALECTS.includes(dialect)) {
    throw new ConfigurationError(
      `${where} has the dialect ${JSON.stringify(dialect)}: use one of ${DIALECTS.join(", ")}`,
    );
  }
  const operand = value[dialect];
  const inner = `${where}.${dialect}`;
  if (dialect === "not") checkFilter(operand, inner);
  else if (dialect === "all" || dialect === "any") {
    if (checkFilters(operand, inner).length === 0) throw new ConfigurationError(`${inner} is empty: name a filter`);
  } else checkAttributes(operand, inner);
}

function checkAttributes(value: unknown, where: string): void {
  const entries = isMap(value) ? Object.entries(value) : [];
  if (entries.length === 0) throw new ConfigurationError(`${where} must map attribute names to strings`);
  for (const [name, wanted] of entries) {
    if (!ATTRIBUTE.test(name) || name === "data") {
      throw new ConfigurationError(
        `${where}.${name} names no attribute: use lower-case letters and digits, and not data`,
      );
    }
    if (typeof wanted === "string" && wanted !== "") continue;
    throw new ConfigurationError(`${where}.${name} is ${JSON.stringify(wanted)}: write a string, in quotes, not empty`);
  }
}

/** All filters as one predicate; no filter at all matches everything. @throws ConfigurationError. */
export function compileFilters(filters: readonly Filter[], where = "filters"): Predicate {
  return allOf(checkFilters(filters, where).map(compile));
}

function compile(filter: Filter): Predicate {
  if ("exact" in filter) return attributes(filter.exact, (value, wanted) => value === wanted);
  if ("prefix" in filter) return attributes(filter.prefix, (value, wanted) => value.startsWith(wanted));
  if ("suffix" in filter) return attributes(filter.suffix, (value, wanted) => value.endsWith(wanted));
  if ("all" in filter) return allOf(filter.all.map(compile));
  if ("any" in filter) {
    const any = filter.any.map(compile);
    return (event) => any.some((matches) => matches(event));
  }
  const inner = compile(filter.not);
  return (event) => !inner(event);
}

function allOf(all: readonly Predicate[]): Predicate {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  return (event) => all.every((matches) => matches(event));
}

type Comparison = (value: string, wanted: string) => boolean;

function attributes(wanted: Readonly<Record<string, string>>, compare: Comparison): Predicate {
  const tests = Object.entries(wanted);
  return (event) => {
    for (const [name, text] of tests) {
      const value = event[name];
      // F1; a name such as `constructor` finds what every object inherits, which is a function.
      if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return false;
      if (!compare(String(value), text)) return false;
    }
    return true;
  };
}

/** Undefined where events of any type may match. What the log need not even read for a trigger is known by this. */
export function typeBound(filters: readonly Filter[]): TypeBound | undefined {
  const bounds = filters.map(boundOf);
  const bounded = bounds.filter((bound) => bound !== undefined);
  const [first, ...rest] = bounded;
  if (first === undefined) return undefined;
  const types = rest.reduce((both, bound) => both.filter((type) => bound.types.includes(type)), first.types);
  return { types, decides: bounded.length === bounds.length && bounded.every(({ decides }) => decides) };
}

function boundOf(filter: Filter): TypeBound | undefined {
  if ("exact" in filter) {
    const type = filter.exact["type"];
    return type === undefined ? undefined : { types: [type], decides: Object.keys(filter.exact).length === 1 };
  }
  if ("all" in filter) return typeBound(filter.all);
  if (!("any" in filter)) return undefined;
  const bounds = filter.any.map(boundOf).filter((bound) => bound !== undefined);
  if (bounds.length < filter.any.length) return undefined;
  const types = [...new Set(bounds.flatMap((bound) => bound.types))];
  // A type that one branch decides may stand in another, undecided one: it is decided all the same.
  const decided = new Set(bounds.filter(({ decides }) => decides).flatMap((bound) => bound.types));
  return { types, decides: types.every((type) => decided.has(type)) };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
