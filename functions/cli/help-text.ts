// The texts below a command's options, made to fit the terminal. They are written for 120 columns: paragraphs at the
// left, and lines that are set in by two, each a command or a term, then two blanks or more, and what it is.

import stringWidth from "string-width";
import { wrap } from "./terminal/wrap.ts";

/** A line this long, or one that ends in a comma, was broken by hand: the next one goes on with its paragraph. */
const BROKEN_AT = 100;
const SET_IN = 2;
const BELOW = 6;

/** Nothing is changed where all fits. */
export function fitHelp(text: string, columns: number): string {
  return blocksOf(text.split("\n"))
    .flatMap((block) => {
      if (block.every((line) => stringWidth(line) <= columns)) return block;
      return block[0]?.startsWith(" ") ? listed(block, columns) : paragraphs(block, columns);
    })
    .join("\n");
}

/** Lines that stand together, all at the left or all set in; an empty line is one of its own. */
function blocksOf(lines: readonly string[]): readonly (readonly string[])[] {
  const blocks: string[][] = [];
  const kind = (line: string | undefined) => (line === undefined || line === "" ? "" : line[0] === " " ? "in" : "left");
  for (const line of lines) {
    const last = blocks.at(-1);
    if (last !== undefined && line !== "" && kind(line) === kind(last[0])) last.push(line);
    else blocks.push([line]);
  }
  return blocks;
}

function paragraphs(block: readonly string[], columns: number): readonly string[] {
  const joined: string[] = [];
  let goesOn = false;
  for (const line of block) {
    if (goesOn) joined.push(`${joined.pop()} ${line}`);
    else joined.push(line);
    goesOn = line.length >= BROKEN_AT || line.endsWith(",");
  }
  return joined.flatMap((line) => wrap(line, columns));
}

/** What it is goes below, for all of them alike. */
function listed(block: readonly string[], columns: number): readonly string[] {
  const below = (text: string) => wrap(text, columns - BELOW).map((line) => " ".repeat(BELOW) + line);
  return block.flatMap((line) => {
    const [, indent = "", term = "", what] = /^( *)(\S.*?)(?: {2,}(\S.*))?$/.exec(line) ?? [];
    if (indent.length > BELOW) return below(line.trim());
    if (what === undefined && !/(^|\| |\()wadi /.test(term)) {
      return wrap(term, columns - SET_IN).map((one) => " ".repeat(SET_IN) + one);
    }
    return [...command(term, columns), ...(what === undefined ? [] : below(what))];
  });
}

/** Broken between words; what stands in quotes is one. */
function command(text: string, columns: number): readonly string[] {
  if (SET_IN + stringWidth(text) <= columns) return [" ".repeat(SET_IN) + text];
  const words = text.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [text];
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const next = line === "" ? " ".repeat(SET_IN) + word : `${line} ${word}`;
    if (line === "" || stringWidth(next) + 2 <= columns) {
      line = next;
      continue;
    }
    lines.push(`${line} \\`);
    line = " ".repeat(BELOW) + word;
  }
  return [...lines, line];
}
