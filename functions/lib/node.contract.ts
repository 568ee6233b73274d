// Other versions of Node for tests, of npm's packages `node-<platform>-<cpu>`: what a platform runs is seldom what we run. Where one
// cannot be had its tests are skipped: tag them `node20`; with CI=true that is a failure.

import { join } from "node:path";
import { asError } from "./errors.ts";
import { npmFolder } from "./npm.contract.ts";

export interface OtherNode {
  /** The program; empty where `missing` says why. */
  readonly path: string;
  /** Why it cannot be had. */
  readonly missing: string | undefined;
}

/** What OpenWhisk's image runs. */
export const OLDEST_NODE = "20.17.0";

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
  return join(await npmFolder(name, version), "node_modules", name, "bin/node");
}
