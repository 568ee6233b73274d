// Other versions of Node for tests, of npm's packages `node-<platform>-<cpu>`: what a platform runs is seldom what we run. They are
// kept below the system's folder for temporary files. Where one cannot be had its tests are skipped: tag them `node20`; with
// CI=true that is a failure.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { asError } from "./errors.ts";

const run = promisify(execFile);

export interface OtherNode {
  /** The program; empty where `missing` says why. */
  readonly path: string;
  /** Why it cannot be had. */
  readonly missing: string | undefined;
}

export async function nodeOf(version: string): Promise<OtherNode> {
  try {
    return { path: await installed(version), missing: undefined };
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    return { path: "", missing: asError(error).message };
  }
}

async function installed(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const cache = join(tmpdir(), `wadi-node-${userInfo().uid}`);
  const folder = join(cache, version);
  if (!existsSync(folder)) await install(cache, folder, `${name}@${version}`);
  return join(folder, "node_modules", name, "bin/node");
}

async function install(cache: string, folder: string, named: string): Promise<void> {
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const made = mkdtempSync(join(cache, "making-"));
  try {
    await run("npm", ["install", "--prefix", made, "--no-save", "--ignore-scripts", "--loglevel=error", named]);
    // Of two that fetch it at once, the first one's stays.
    if (!existsSync(folder)) renameSync(made, folder);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
