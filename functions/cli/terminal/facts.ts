// Names and values, a line each; a value of several lines is indented below its first.

import stringWidth from "string-width";
import type { Output } from "./output.ts";
import { wrap } from "./wrap.ts";

/** A value that is undefined is left out. */
export type Fact = readonly [name: string, value: string | undefined];

const LEAST = 20;

export function factLines(facts: readonly Fact[], { palette, room }: Output): readonly string[] {
  const told = facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
  const names = Math.max(...told.map(([name]) => stringWidth(name)));
  return told.flatMap(([name, value]) => {
    const [first = "", ...rest] = wrap(value, Math.max(LEAST, room() - names - 2));
    return [
      `${palette.quiet(name.padEnd(names))}  ${first}`.trimEnd(),
      ...rest.map((line) => " ".repeat(names + 2) + line),
    ];
  });
}
