// Packages of npm for tests, as their users have them and not as ours: kept in the user's cache.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../local/services/kafka-jars.ts";

const run = promisify(execFile);

/** The folder in whose node_modules a package is, with what it needs. @throws Error where npm cannot fetch it. */
export async function npmFolder(name: string, version: string): Promise<string> {
  const cache = join(cacheFolder(process.env), "npm");
  const folder = join(cache, `${name}-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const made = mkdtempSync(join(cache, "making-"));
  try {
    const options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await run("npm", ["install", "--prefix", made, ...options, `${name}@${version}`]);
    // Of two that fetch it at once, the first one's stays.
    if (!existsSync(folder)) renameSync(made, folder);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return folder;
}
