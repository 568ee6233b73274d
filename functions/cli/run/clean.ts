// wadi clean: what running Wadi here has left behind goes, unless one still runs on it. `make clean` is its only user.

import { readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { Command } from "commander";
import { FailedError } from "../../lib/failure.ts";
import { isLocked } from "../../lib/lock.ts";
import type { CommandContext } from "../context.ts";
import { readRunning } from "./running.ts";

const FOLDER = ".wadi";

const HELP = `
Examples:
  wadi clean

Exit codes: 0 it is gone, or was not there; 1 a Wadi runs on a folder in it; 2 wrong use.`;

export function cleanCommand({ terminal: { out } }: CommandContext): Command {
  return new Command("clean")
    .description(`Removes ${FOLDER} here, unless a Wadi runs on it: all data of \`wadi start\` and \`wadi demo\`.`)
    .addHelpText("after", HELP)
    .action(() => {
      const gone = removeFolder(FOLDER);
      out.write(
        gone
          ? `${FOLDER} is gone; wadi start begins with nothing learned.\n`
          : `There is no ${FOLDER} here: nothing to do.\n`,
      );
    });
}

/** Whether there was one. @throws FailedError where a Wadi holds a data folder in it. */
export function removeFolder(folder: string): boolean {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return false;
  const held = dataFolders(folder).filter(isLocked);
  if (held.length > 0) {
    throw new FailedError(
      `${held.map(whoHolds).join("; ")}. Nothing was removed: stop it first (Ctrl-C where it runs), then try again`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  return true;
}

function dataFolders(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name === "lock")
    .map(({ parentPath }) => join(folder, relative(folder, parentPath)));
}

function whoHolds(folder: string): string {
  const running = readRunning(folder);
  return `a Wadi runs on ${folder}${running === undefined ? "" : ` (process ${running.pid}, ${running.ingress})`}`;
}
