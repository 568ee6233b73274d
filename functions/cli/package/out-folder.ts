// The folder that a package is written to. A list in it says which files are ours, so that nothing else is ever replaced or deleted.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asError } from "../../lib/errors.ts";
import { FailedError } from "../../lib/failure.ts";

export interface PackageFile {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly executable?: boolean;
}

const LIST = ".wadi-package";

/**
 * Checks that a package may be written to the folder; what it answers replaces what an earlier `wadi package` wrote there.
 * @throws FailedError, here and later, where there is anything else, and nothing is changed.
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
  // First, so that a run that was killed can be repeated.
  put(folder, { name: LIST, content: listOf([...new Set([...before, ...names])]) });
  for (const file of files) put(folder, file);
  for (const name of before) if (!names.includes(name)) rmSync(join(folder, name), { force: true });
  put(folder, { name: LIST, content: listOf(names) });
}

function put(folder: string, { name, content, executable }: PackageFile): void {
  const part = join(folder, `${name}.part`);
  writeFileSync(part, content, { mode: executable === true ? 0o755 : 0o644 });
  renameSync(part, join(folder, name));
}

const listOf = (names: readonly string[]) => names.map((name) => `${name}\n`).join("");

/** @throws FailedError where there is more than what was made. */
function filesBefore(folder: string): readonly string[] {
  const found = entriesOf(folder);
  const made = found.includes(LIST) ? readFileSync(join(folder, LIST), "utf8").split("\n").filter(isOurs) : [];
  const ours = new Set([LIST, ...made].flatMap((name) => [name, `${name}.part`]));
  const foreign = found.filter((name) => !ours.has(name));
  if (foreign.length === 0) return made;
  const shown = foreign.slice(0, 3).join(", ") + (foreign.length > 3 ? ", ..." : "");
  throw new FailedError(
    `${folder} has what wadi package did not make (${shown}): name another folder with --out, or empty it`,
  );
}

/** A list that someone else wrote leads to no other folder. */
const isOurs = (name: string) => /^[\w.-]+$/.test(name) && !/^\.+$/.test(name);

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
