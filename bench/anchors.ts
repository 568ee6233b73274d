// The packages of the anchors, in a folder of their own: Wadi itself needs none of them.

import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";

/** npm writes it last. */
const INSTALLED = join(import.meta.dirname, "node_modules/.package-lock.json");
const WANTED = join(import.meta.dirname, "package-lock.json");

/** Installs them where they are missing or of another lockfile. @throws Error where npm fails. */
export function installAnchors(say: (text: string) => void): void {
  const installed = statSync(INSTALLED, { throwIfNoEntry: false });
  if (installed !== undefined && installed.mtimeMs >= statSync(WANTED).mtimeMs) return;
  say("Installing the anchors (once): npm ci --prefix bench");
  // npm's own words are progress: they belong beside it, not into the table.
  const args = ["ci", "--prefix", import.meta.dirname, "--loglevel=error"];
  const { status } = spawnSync("npm", args, { stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error("the anchors could not be installed; see above, and run: npm ci --prefix bench");
}
