// What a package has beside the program: pipelines, and the scripts that its Redis driver reads.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HOME } from "../../lib/program.ts";

export const SCRIPTS = join(HOME, "functions/lib/store/redis/scripts");

/** The files of a folder whose names end so, by their names in the package. */
export function contentsOf(folder: string, ending: string, below: string): Readonly<Record<string, Uint8Array>> {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending) && !name.startsWith("."));
  return Object.fromEntries(names.sort().map((name) => [`${below}/${name}`, readFileSync(join(folder, name))]));
}
