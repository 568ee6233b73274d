// Where the program itself lies, and how it is called from where one stands.

import { join, relative } from "node:path";

/** Where the program itself lies: its pipelines and its topology are the defaults. */
export const HOME = join(import.meta.dirname, "../..");

/** A path as short as it can be written from here. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short || ".";
}

/** The command that runs this program, as it can be pasted here. */
export function programName(): string {
  const path = shown(join(HOME, "wadi"));
  return path === "wadi" ? "./wadi" : path;
}
