// Where the archive is that a command of `wadi archive` works on, and its options.

import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { DeltaTable } from "../../archive/delta/table.ts";
import { openObjects, readArchivePlace } from "../../archive/place.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { FailedError } from "../../lib/failure.ts";
import { VERSION } from "../../lib/version.ts";
import { findRunning } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";

export interface ArchiveFlags {
  readonly archive?: string;
  readonly data?: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
}

export function withArchiveOptions(command: Command): Command {
  return command
    .optionsGroup("Which archive:")
    .option("--archive <place>", "its folder or s3://bucket/prefix (WADI_ARCHIVE, if no Wadi is running here)")
    .option("--data <folder>", "the data folder of the Wadi that keeps it (.wadi/data, else .wadi/demo)")
    .option("--url <url>", "the admin API's address (WADI_ADMIN_URL, else the Wadi that runs on the data folder)")
    .option("--token <token>", "the admin API's token (WADI_ADMIN_TOKEN, else the data folder's)")
    .optionsGroup("What is shown:")
    .option("--json", "the answer as JSON");
}

/** The Wadi that is to be asked; undefined where a folder is named, or none runs. */
export async function runningOf(context: CommandContext, flags: ArchiveFlags) {
  if (flags.archive !== undefined) return undefined;
  return findRunning(context, { ...flags, pipelines: "", values: "" });
}

/** @throws UnsupportedError where there is none to work on. */
export async function placeOf(context: CommandContext, flags: ArchiveFlags): Promise<string> {
  const known = context.env["WADI_ARCHIVE"]?.trim() ?? "";
  if (flags.archive !== undefined) return flags.archive;
  const running = await runningOf(context, flags);
  if (running !== undefined) return (await running.admin.archive()).where;
  if (known !== "") return known;
  throw new UnsupportedError(
    "no-archive",
    "no Wadi runs here; name the archive's folder or address: --archive <place>",
  );
}

/** Its log is read, and nothing is changed. @throws FailedError where there is none. */
export async function openTable({ env, clock }: CommandContext, where: string): Promise<DeltaTable> {
  const place = readArchivePlace(where, env);
  const isMissing = place.kind === "folder" && !existsSync(place.folder);
  // Loaded only where it is wanted.
  const { openArchive } = await import("../../archive/read.ts");
  const table = isMissing ? undefined : await openArchive(await openObjects(place, clock), `Wadi ${VERSION}`);
  if (table !== undefined) return table;
  throw new FailedError(`there is no archive in ${where}; wadi start --archive ${where} makes one`);
}
