// The folder that a package is written to. A list in it says which files are ours, so that nothing else is ever replaced or deleted.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { asError } from "../../lib/errors.ts";
import { FailedError } from "../../lib/failure.ts";

export interface PackageFile {
  /** Below the folder, with `/` between its parts. */
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly executable?: boolean;
}

const LIST = ".wadi-package";

/**
 * Checks that a package may be written to the folder; what it answers replaces what an earlier `wadi package` wrote there.
 * @throws FailedError, here and later, where that would touch anything else; then nothing is changed.
 */
export function outFolder(folder: string): (files: readonly PackageFile[]) => void {
  const tried = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof FailedError) throw error;
      throw new FailedError(`${folder} cannot be written: ${asError(error).message}`, { cause: error });
    }
  };
  tried(() => filesBefore(folder));
  return (files) => tried(() => replace(folder, files));
}

function replace(folder: string, files: readonly PackageFile[]): void {
  const before = filesBefore(folder);
  mkdirSync(folder, { recursive: true });
  const names = files.map(({ name }) => name);
  checkFree(folder, before, names);
  // First, so that a run that was killed can be repeated.
  put(folder, { name: LIST, content: listOf([...new Set([...before, ...names])]) });
  for (const file of files) put(folder, file);
  for (const name of before) if (!names.includes(name)) rmSync(join(folder, name), { force: true });
  put(folder, { name: LIST, content: listOf(names) });
}

function put(folder: string, { name, content, executable }: PackageFile): void {
  const part = join(folder, `${name}.part`);
  mkdirSync(dirname(part), { recursive: true });
  writeFileSync(part, content, { mode: executable === true ? 0o755 : 0o644 });
  renameSync(part, join(folder, name));
}

const listOf = (names: readonly string[]) => names.map((name) => `${name}\n`).join("");

/** What was made there before. Beside it there may be what a build made of it. @throws FailedError for a folder of somebody else. */
function filesBefore(folder: string): readonly string[] {
  const found = entriesOf(folder);
  if (found.length === 0) return [];
  if (found.includes(LIST)) return readFileSync(join(folder, LIST), "utf8").split("\n").filter(isOurs);
  throw foreignError(folder, found);
}

/** @throws FailedError where a file that is to be written is there and was not made here. */
function checkFree(folder: string, before: readonly string[], names: readonly string[]): void {
  const foreign = names.filter((name) => !before.includes(name) && existsSync(join(folder, name)));
  if (foreign.length > 0) throw foreignError(folder, foreign);
}

function foreignError(folder: string, names: readonly string[]): FailedError {
  const shown = names.slice(0, 3).join(", ") + (names.length > 3 ? ", ..." : "");
  return new FailedError(
    `${folder} has what wadi package did not make (${shown}): name another folder with --out, or empty it`,
  );
}

/** A list that someone else wrote leads to no other folder. */
const isOurs = (name: string) => name.split("/").every((part) => /^[\w.-]+$/.test(part) && !/^\.+$/.test(part));

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
