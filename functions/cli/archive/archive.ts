// wadi archive: the table in which every accepted event is kept.

import { existsSync } from "node:fs";
import { Command } from "commander";
import type { ArchiveStatus } from "../../admin/shapes/archive.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { FailedError } from "../../lib/failure.ts";
import { type AdminFlags, findRunning, withAdminOptions } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import { archiveLines } from "./view.ts";

const HELP = `
Examples:
  wadi start --archive .wadi/archive     begins one, or goes on with it
  wadi archive status                    what it has, and how far it is behind the log

Exit codes: 0 done; 1 there is no archive, or it cannot be read; 2 wrong use.`;

const STATUS_HELP = `
Examples:
  wadi archive status                             of the Wadi that runs here, with how far it is behind the log
  wadi archive status --archive .wadi/archive     of a folder, whether a Wadi runs or not
  wadi archive status --json | jq .table.rows

--json writes {where, table: {id, version, rows, files, bytes, committed, days: [{day, rows, files, bytes}]},
archiver: {lag, lagSeconds, failing, rows, conflicts, missed}}; archiver is absent where no Wadi is asked, table while it
cannot be read.

Exit codes: 0 shown; 1 there is no archive, or it cannot be read; 2 wrong use.`;

interface ArchiveFlags extends AdminFlags {
  readonly archive?: string;
}

export function archiveCommand(context: CommandContext): Command {
  return new Command("archive")
    .summary("the table in which every accepted event is kept")
    .description("Looks at the archive: a Delta Lake table that has every event which Wadi accepted, once.")
    .addHelpText("after", HELP)
    .addCommand(statusCommand(context));
}

function statusCommand(context: CommandContext): Command {
  const { out } = context.terminal;
  return withAdminOptions(new Command("status"))
    .summary("what the archive has, and how far it is behind the log")
    .description("Shows the table's version, rows, files and days; and the lag, where a Wadi runs.")
    .option("--archive <folder>", "a folder to read itself (WADI_ARCHIVE, if no Wadi is running here)")
    .addHelpText("after", STATUS_HELP)
    .action(async (flags: ArchiveFlags) => {
      const status = await archiveStatus(context, flags);
      if (flags.json === true) writeJson(status, out);
      else writeLines(archiveLines(status, context.clock.now(), out), out);
    });
}

async function archiveStatus(context: CommandContext, flags: ArchiveFlags): Promise<ArchiveStatus> {
  if (flags.archive !== undefined) return readFolder(flags.archive);
  const running = await findRunning(context, flags);
  const known = context.env["WADI_ARCHIVE"]?.trim() ?? "";
  if (running === undefined && known !== "") return readFolder(known);
  if (running !== undefined) return running.admin.archive();
  throw new UnsupportedError("no-archive", "no Wadi runs here; name the archive's folder: --archive <folder>");
}

/** Its log is read, and nothing is changed. */
async function readFolder(folder: string): Promise<ArchiveStatus> {
  const { readArchive } = await import("../../archive/figures.ts");
  const table = existsSync(folder) ? await readArchive(folder) : undefined;
  if (table === undefined)
    throw new FailedError(`there is no archive in ${folder}; wadi start --archive ${folder} makes one`);
  return { where: folder, table: { ...table, days: [...table.days] } };
}
