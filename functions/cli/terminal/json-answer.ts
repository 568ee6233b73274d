// `--json`: one JSON value on standard output, for programs; on a terminal it is indented.

import type { Output } from "./output.ts";
import { printableJson } from "./printable.ts";

export function writeJson(value: unknown, out: Output): void {
  out.write(`${printableJson(JSON.stringify(value, undefined, out.interactive ? 2 : undefined))}\n`);
}

/** Lines for people. */
export function writeLines(lines: readonly string[], out: Output): void {
  out.write(lines.map((line) => `${line}\n`).join(""));
}
